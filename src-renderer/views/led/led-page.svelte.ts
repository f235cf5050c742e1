import type { LedOrder, LedSnapshot } from '../../../src-main/api/led.ts';
import { client } from '../../state/client.svelte.ts';
import { Newest } from '../../state/newest.svelte.ts';

/** The LED of one device as this page shows it: what the agent said, and the order under way. */
export class LedPage {
  readonly deviceId: string;
  readonly #newest = new Newest<LedSnapshot>();
  /** What cannot be shown because the LED could not be asked for, or an order failed; stays until the next success. */
  error = $state.raw<unknown>(null);
  /** The order that waits for its reply. */
  pending = $state.raw<LedOrder['kind'] | null>(null);
  readonly #stop: readonly (() => void)[];

  constructor(deviceId: string) {
    this.deviceId = deviceId;
    this.#stop = [
      client.on('led.changed', (snapshot) => this.#take(snapshot)),
      client.onResync(() => void this.watch()),
    ];
  }

  /** Null until the first answer of the main process. */
  get snapshot(): LedSnapshot | null {
    return this.#newest.current;
  }

  /** Begins to follow the LED, or reads it anew. */
  async watch(): Promise<void> {
    try {
      this.#newest.countAnew();
      this.#take(await client.call('led.watch', { deviceId: this.deviceId }));
    } catch (thrown) {
      this.error = thrown;
    }
  }

  async reconnect(): Promise<void> {
    try {
      this.#take(await client.call('led.reconnect', { deviceId: this.deviceId }));
      this.error = null;
    } catch (thrown) {
      this.error = thrown;
    }
  }

  /** Sends an order; the picture changes with the reply, never with the click. */
  async order(order: LedOrder): Promise<void> {
    if (this.pending !== null) return;
    this.pending = order.kind;
    try {
      this.#take(await client.call('led.command', { deviceId: this.deviceId, order }));
      this.error = null;
    } catch (thrown) {
      this.error = thrown;
    } finally {
      this.pending = null;
    }
  }

  dispose(): void {
    for (const stop of this.#stop) stop();
  }

  #take(snapshot: LedSnapshot): void {
    if (snapshot.deviceId === this.deviceId) this.#newest.take(snapshot);
  }
}
