import type { Duplex } from 'node:stream';
import { connect } from 'node:net';
import { once } from 'node:events';
import { AppError } from '../../../src-main/errors/index.ts';
import { Signal } from '../../../src-main/events/index.ts';
import type { AgentEndpoint, AgentEndpointLookup, LedSnapshot } from '../../../src-main/led/index.ts';
import { LedService } from '../../../src-main/led/index.ts';
import type { Target, TargetLookup, TargetState } from '../../../src-main/target/target.ts';

/** The machine an agent runs on, reduced to what the LED's client uses of it: its address and its tunnel. */
export class TunnelTarget implements Target {
  readonly deviceId = 'pi';
  readonly name = 'pi@test';
  readonly user = 'pi';
  readonly state: TargetState = { kind: 'connected' };
  readonly stateChanges = new Signal<TargetState>();
  /** Ports asked for through the tunnel. */
  readonly tunnelled: number[] = [];
  readonly kind: 'ssh' | 'local';
  readonly address: string;

  constructor(kind: 'ssh' | 'local', address = '127.0.0.1') {
    this.kind = kind;
    this.address = address;
  }

  async connect(host: string, port: number): Promise<Duplex> {
    this.tunnelled.push(port);
    const socket = connect({ host, port, noDelay: true });
    await once(socket, 'connect');
    return socket;
  }

  exec = (): Promise<never> => this.#unused();
  sudo = (): Promise<never> => this.#unused();
  spawn = (): Promise<never> => this.#unused();
  terminal = (): Promise<never> => this.#unused();
  upload = (): Promise<never> => this.#unused();
  readFile = (): Promise<never> => this.#unused();
  home = (): Promise<never> => this.#unused();
  dispose = (): Promise<void> => Promise.resolve();

  #unused(): Promise<never> {
    return Promise.reject(new AppError('UNEXPECTED', 'The LED client has no business here.'));
  }
}

/** One device that can be signed in to, and one agent that can be deployed on it. */
export class World {
  target: Target | undefined;
  endpoint: AgentEndpoint | null = null;
  readonly #targetChanges = new Signal<{ deviceId: string; target: Target | undefined }>();
  readonly #endpointChanges = new Signal<string>();
  readonly service: LedService;
  readonly deviceId: string;
  readonly snapshots: LedSnapshot[] = [];
  #wake: () => void = () => undefined;

  constructor(target: Target | undefined, deviceId = 'pi') {
    this.target = target;
    this.deviceId = deviceId;
    const targets: TargetLookup = {
      get: () => {
        if (this.target === undefined) throw new AppError('NOT_SIGNED_IN', 'Not signed in.');
        return this.target;
      },
      find: () => this.target,
      changes: this.#targetChanges,
    };
    const endpoints: AgentEndpointLookup = {
      endpoint: () => Promise.resolve(this.endpoint),
      changes: this.#endpointChanges,
    };
    this.service = new LedService({ targets, endpoints, backOffMs: [20, 50], refreshMs: 100 });
    this.service.changes.subscribe((snapshot) => {
      this.snapshots.push(snapshot);
      this.#wake();
    });
  }

  signIn(target: Target | undefined): void {
    this.target = target;
    this.#targetChanges.emit({ deviceId: this.deviceId, target });
  }

  deploy(endpoint: Partial<AgentEndpoint> | null): void {
    this.endpoint =
      endpoint === null ? null : { ledPort: 0, echoPort: 0, bcm: 27, access: 'local', token: null, ...endpoint };
    this.#endpointChanges.emit(this.deviceId);
  }

  /** The first snapshot from now on that is as wanted; the present one counts. */
  async until(wanted: (snapshot: LedSnapshot) => boolean): Promise<LedSnapshot> {
    for (;;) {
      const snapshot = this.service.watch(this.deviceId);
      if (wanted(snapshot)) return snapshot;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

export const isConnected = ({ connection }: LedSnapshot): boolean => connection.kind === 'connected';
