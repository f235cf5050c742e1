import type { DeviceList } from '../../src-main/api/contract/devices.ts';
import { client } from './client.svelte.ts';

const none: DeviceList = { number: -1, devices: [] };

class Devices {
  #list = $state.raw<DeviceList>(none);
  #error = $state.raw<unknown>(null);
  #loaded = $state(false);

  constructor() {
    client.on('devices.changed', (list) => this.#take(list));
    client.onResync(() => void this.load());
    void this.load();
  }

  /** The practice device first, then the most recently used. */
  get all(): DeviceList['devices'] {
    return this.#list.devices;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  /** Why the list could not be read, or null. */
  get error(): unknown {
    return this.#error;
  }

  find(id: string): DeviceList['devices'][number] | undefined {
    return this.#list.devices.find((device) => device.id === id);
  }

  /** Reads the list anew. */
  async load(): Promise<void> {
    try {
      // A main process that started again counts from 0: what it says now stands.
      this.#list = none;
      this.#take(await client.call('devices.list', {}));
      this.#error = null;
      this.#loaded = true;
    } catch (thrown) {
      this.#error = thrown;
    }
  }

  #take(list: DeviceList): void {
    if (list.number >= this.#list.number) this.#list = list;
  }
}

/** The list of devices; follows every change. */
export const devices = new Devices();
