import type { Observable } from '../events/index.ts';
import { Signal } from '../events/index.ts';
import type { TargetLookup } from '../target/target.ts';
import type { AgentEndpointLookup } from './agent-endpoint.ts';
import type { DeviceLedOptions } from './device-led.ts';
import { DeviceLed } from './device-led.ts';
import type { LedOrder, LedSnapshot } from './snapshot.ts';

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
    const onChange = (): void => this.#announce(deviceId);
    const led = new DeviceLed({ deviceId, targets, endpoints, backOffMs, refreshMs, onChange });
    this.#leds.set(deviceId, led);
    return led;
  }

  #announce(deviceId: string): void {
    if (this.#due.has(deviceId)) return;
    const timer = setTimeout(() => {
      this.#due.delete(deviceId);
      const led = this.#leds.get(deviceId);
      if (led !== undefined) this.#changes.emit(led.snapshot);
    }, ANNOUNCE_EVERY_MS);
    this.#due.set(deviceId, timer);
  }
}
