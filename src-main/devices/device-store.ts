import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import { AppError } from '../errors/index.ts';
import { Signal, type Observable } from '../events/index.ts';
import { JsonFile, type SetAside } from '../storage/index.ts';
import { PRACTICE_DEVICE_ID, type Device, type DeviceConnection, type DeviceList } from './device.ts';
import { refuseHost, refusePort, refuseUser, type Refusal } from './validate.ts';

const SavedDevice = v.object({
  id: v.string(),
  label: v.string(),
  host: v.string(),
  port: v.number(),
  user: v.string(),
  method: v.picklist(['password', 'key', 'agent']),
  keyPath: v.nullable(v.string()),
  addedAt: v.number(),
  lastUsedAt: v.nullable(v.number()),
  lastAddress: v.nullable(v.string()),
  mac: v.nullable(v.string()),
  legacyAlgorithms: v.optional(v.boolean(), false),
});
const SavedDevices = v.object({ version: v.literal(1), devices: v.array(SavedDevice) });
type Saved = v.InferOutput<typeof SavedDevice>;

/** What a person types to add a device. */
export interface NewDevice {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly label: string;
}

const practice: Saved = {
  id: PRACTICE_DEVICE_ID,
  label: 'This computer (practice)',
  host: '',
  port: 0,
  user: '',
  method: 'password',
  keyPath: null,
  addedAt: 0,
  lastUsedAt: null,
  lastAddress: '127.0.0.1',
  mac: null,
  legacyAlgorithms: false,
};

/** The list of devices: the practice device first, then those added, the most recently used on top. */
export class DeviceStore {
  readonly #file: JsonFile<typeof SavedDevices>;
  readonly #changes = new Signal<DeviceList>();
  readonly #connections = new Map<string, DeviceConnection>();
  #saved: readonly Saved[] = [];
  #number = 0;

  private constructor(file: JsonFile<typeof SavedDevices>) {
    this.#file = file;
  }

  /** Opens `devices.json` of the data folder; one that cannot be read is kept aside and told. */
  static async open(dataDir: string, onSetAside?: (aside: SetAside) => void): Promise<DeviceStore> {
    const path = join(dataDir, 'devices.json');
    const file = new JsonFile({ path, schema: SavedDevices, fallback: { version: 1, devices: [] }, onSetAside });
    const store = new DeviceStore(file);
    store.#saved = (await file.read()).devices;
    return store;
  }

  get changes(): Observable<DeviceList> {
    return this.#changes;
  }

  list(): DeviceList {
    const recentFirst = [...this.#saved].sort((a, b) => (b.lastUsedAt ?? b.addedAt) - (a.lastUsedAt ?? a.addedAt));
    return { number: this.#number, devices: [practice, ...recentFirst].map((saved) => this.#toDevice(saved)) };
  }

  /** Raises `UNKNOWN_DEVICE`. */
  get(id: string): Device {
    const saved = id === PRACTICE_DEVICE_ID ? practice : this.#saved.find((device) => device.id === id);
    if (!saved) {
      throw new AppError('UNKNOWN_DEVICE', 'This device is no longer in the list.', { hint: 'Add it again.' });
    }
    return this.#toDevice(saved);
  }

  /**
   * Adds a device, or returns the one that already has this user, host and port. Raises `BAD_DEVICE` with the field and
   * the reason in its details.
   */
  async add(typed: NewDevice): Promise<Device> {
    const device = checked(typed);
    const isSame = ({ host, port, user }: Saved): boolean =>
      host === device.host && port === device.port && user === device.user;
    const same = this.#saved.find(isSame);
    if (same) return this.#toDevice(same);
    const added: Saved = {
      ...device,
      id: randomUUID(),
      method: 'password',
      keyPath: null,
      addedAt: Date.now(),
      lastUsedAt: null,
      lastAddress: null,
      mac: null,
      legacyAlgorithms: false,
    };
    await this.#change((devices) => (devices.some(isSame) ? devices : [...devices, added]));
    return this.#toDevice(this.#saved.find(isSame) ?? added);
  }

  /** Changes what a person typed. Raises `UNKNOWN_DEVICE`, `PRACTICE_DEVICE` or `BAD_DEVICE`. */
  async edit(id: string, typed: NewDevice): Promise<Device> {
    refusePractice(id);
    this.get(id);
    const device = checked(typed);
    await this.#change((devices) => devices.map((saved) => (saved.id === id ? { ...saved, ...device } : saved)));
    return this.get(id);
  }

  /** Remembers what a sign-in taught: method, key, address and time. */
  async remember(
    id: string,
    learnt: Partial<Pick<Saved, 'method' | 'keyPath' | 'lastUsedAt' | 'lastAddress' | 'mac' | 'legacyAlgorithms'>>,
  ): Promise<void> {
    if (id === PRACTICE_DEVICE_ID) return;
    await this.#change((devices) => devices.map((saved) => (saved.id === id ? { ...saved, ...learnt } : saved)));
  }

  /** Raises `PRACTICE_DEVICE`: that one always stays. */
  async remove(id: string): Promise<void> {
    refusePractice(id);
    this.#connections.delete(id);
    await this.#change((devices) => devices.filter((saved) => saved.id !== id));
  }

  setConnection(id: string, connection: DeviceConnection): void {
    this.#connections.set(id, connection);
    this.#tell();
  }

  async #change(edit: (devices: Saved[]) => Saved[]): Promise<void> {
    const stored = await this.#file.change(({ version, devices }) => ({ version, devices: edit(devices) }));
    this.#saved = stored.devices;
    this.#tell();
  }

  #tell(): void {
    this.#number += 1;
    this.#changes.emit(this.list());
  }

  #toDevice(saved: Saved): Device {
    const isPractice = saved.id === PRACTICE_DEVICE_ID;
    const signedIn: DeviceConnection = { kind: 'signed-in', address: '127.0.0.1', since: 0 };
    const connection = this.#connections.get(saved.id) ?? (isPractice ? signedIn : { kind: 'signed-out' });
    return { ...saved, kind: isPractice ? 'practice' : 'ssh', connection };
  }
}

function refusePractice(id: string): void {
  if (id === PRACTICE_DEVICE_ID) {
    throw new AppError('PRACTICE_DEVICE', 'The practice device always stays in the list.');
  }
}

function checked(typed: NewDevice): Pick<Saved, 'host' | 'port' | 'user' | 'label'> {
  const host = typed.host.trim();
  const user = typed.user.trim();
  refuse('host', refuseHost(host));
  refuse('port', refusePort(typed.port));
  refuse('user', refuseUser(user));
  return { host, port: typed.port, user, label: typed.label.trim() || host };
}

function refuse(field: string, reason: Refusal): void {
  if (reason !== null) throw new AppError('BAD_DEVICE', reason, { details: { field } });
}
