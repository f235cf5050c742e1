import type { DeviceConnection } from '../../../src-main/api/contract/devices.ts';
import type { NetworkSnapshot } from '../../../src-main/api/network.ts';
import { client } from '../../state/client.svelte.ts';

/** The network of one device as the page shows it, and this computer's beside it. */
export class NetworkPage {
  readonly deviceId: string;
  /** The last reading that succeeded; it stays while a newer one is made and when that fails. */
  snapshot = $state.raw<NetworkSnapshot | null>(null);
  error = $state.raw<unknown>(null);
  reading = $state(false);
  /** This computer's network, for comparison; null until read and for the practice device. */
  here = $state.raw<NetworkSnapshot | null>(null);
  hereError = $state.raw<unknown>(null);
  #controller: AbortController | null = null;

  constructor(deviceId: string) {
    this.deviceId = deviceId;
  }

  /** Reads the device, and this computer when `withHere`; a reading under way is given up for it. */
  async read(withHere: boolean): Promise<void> {
    this.#controller?.abort();
    const controller = new AbortController();
    this.#controller = controller;
    this.reading = true;
    const { signal } = controller;
    if (withHere) void this.#readHere(signal);
    try {
      const snapshot = await client.call('network.read', { deviceId: this.deviceId }, { signal });
      if (signal.aborted) return;
      this.snapshot = snapshot;
      this.error = null;
    } catch (thrown) {
      if (!signal.aborted) this.error = thrown;
    } finally {
      if (!signal.aborted) this.reading = false;
    }
  }

  async #readHere(signal: AbortSignal): Promise<void> {
    try {
      const snapshot = await client.call('network.read', { deviceId: null }, { signal });
      if (signal.aborted) return;
      this.here = snapshot;
      this.hereError = null;
    } catch (thrown) {
      if (!signal.aborted) this.hereError = thrown;
    }
  }

  dispose(): void {
    this.#controller?.abort();
  }
}

/** The address a device is spoken to at, or null. */
export function contactOf(connection: DeviceConnection | undefined): string | null {
  return connection?.kind === 'signed-in' ? connection.address : null;
}
