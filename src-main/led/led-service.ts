import type { Observable } from '../events/index.ts';
import { Signal } from '../events/index.ts';
import type { TargetLookup } from '../target/target.ts';
import type { AgentEndpointLookup } from './agent-endpoint.ts';
import type { DeviceLedOptions } from './device-led.ts';
import { DeviceLed } from './device-led.ts';
import type { LedConnection, LedOrder, LedSnapshot } from './snapshot.ts';

export interface LedServiceOptions extends Pick<DeviceLedOptions, 'backOffMs' | 'refreshMs'> {
  readonly targets: TargetLookup;
  readonly endpoints: AgentEndpointLookup;
}

/** Milliseconds between two announcements of one device: an LED may blink fifty times a second. */
const ANNOUNCE_EVERY_MS = 33;

/** The LEDs of all devices. A device is followed from the first question about it, while the user is signed in to it. */
export class LedService {
  readonly #options: LedServiceOptions;
  readonly #leds = new Map<string, DeviceLed>();
  readonly #changes = new Signal<LedSnapshot>();
  readonly #due = new Map<string, NodeJS.Timeout>();
  readonly #announced = new Map<string, { readonly at: number; readonly kind: LedConnection['kind'] }>();
  readonly #unsubscribe: readonly (() => void)[];

  constructor(options: LedServiceOptions) {
    this.#options = options;
    this.#unsubscribe = [
      options.targets.changes.subscribe(({ deviceId }) => this.#leds.get(deviceId)?.restart()),
      options.endpoints.changes.subscribe((deviceId) => this.#leds.get(deviceId)?.restart()),
    ];
  }

  /** The newest snapshot of a device after it changed, at most thirty times a second each. */
  get changes(): Observable<LedSnapshot> {
    return this.#changes;
  }

  /** Begins to follow a device, and gives what is known of its LED by now. */
  watch(deviceId: string): LedSnapshot {
    return this.#led(deviceId).snapshot;
  }

  /** Connects again at once instead of waiting. */
  reconnect(deviceId: string): LedSnapshot {
    const led = this.#led(deviceId);
    led.poke();
    return led.snapshot;
  }

  /** Sends an order to the agent and gives the LED after its reply. Raises AppError. */
  order(deviceId: string, order: LedOrder): Promise<LedSnapshot> {
    return this.#led(deviceId).order(order);
  }

  async dispose(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const timer of this.#due.values()) clearTimeout(timer);
    await Promise.all([...this.#leds.values()].map((led) => led.dispose()));
    this.#leds.clear();
  }

  #led(deviceId: string): DeviceLed {
    const known = this.#leds.get(deviceId);
    if (known !== undefined) return known;
    const { targets, endpoints, backOffMs, refreshMs } = this.#options;
    const onChange = (snapshot: LedSnapshot): void => this.#announce(snapshot);
    const led = new DeviceLed({ deviceId, targets, endpoints, backOffMs, refreshMs, onChange });
    this.#leds.set(deviceId, led);
    return led;
  }

  /** A change of the connection is told at once; one of the level may wait for the next that follows closely. */
  #announce(snapshot: LedSnapshot): void {
    const { deviceId } = snapshot;
    const before = this.#announced.get(deviceId);
    const waited = before === undefined || Date.now() - before.at >= ANNOUNCE_EVERY_MS;
    if (waited || before.kind !== snapshot.connection.kind) this.#emit(snapshot);
    else if (!this.#due.has(deviceId))
      this.#due.set(
        deviceId,
        setTimeout(() => this.#catchUp(deviceId), ANNOUNCE_EVERY_MS),
      );
  }

  #catchUp(deviceId: string): void {
    const led = this.#leds.get(deviceId);
    if (led !== undefined) this.#emit(led.snapshot);
  }

  #emit(snapshot: LedSnapshot): void {
    const { deviceId, connection } = snapshot;
    clearTimeout(this.#due.get(deviceId));
    this.#due.delete(deviceId);
    this.#announced.set(deviceId, { at: Date.now(), kind: connection.kind });
    this.#changes.emit(snapshot);
  }
}
