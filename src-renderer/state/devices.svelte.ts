import type { DeviceList } from '../../src-main/api/contract/devices.ts';
import { client } from './client.svelte.ts';
import { Newest } from './newest.svelte.ts';

class Devices {
  readonly #list = new Newest<DeviceList>();
  #error = $state.raw<unknown>(null);
  #loaded = $state(false);

  constructor() {
    client.on('devices.changed', (list) => this.#list.take(list));
    client.onResync(() => void this.load());
    void this.load();
  }

  /** The practice device first, then the most recently used. */
  get all(): DeviceList['devices'] {
    return this.#list.current?.devices ?? [];
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  /** Why the list could not be read, or null. */
  get error(): unknown {
    return this.#error;
  }

  find(id: string): DeviceList['devices'][number] | undefined {
    return this.all.find((device) => device.id === id);
  }

  /** Reads the list anew. */
  async load(): Promise<void> {
    try {
      this.#list.countAnew();
      this.#list.take(await client.call('devices.list', {}));
      this.#error = null;
      this.#loaded = true;
    } catch (thrown) {
      this.#error = thrown;
    }
  }
}

/** The list of devices; follows every change. */
export const devices = new Devices();
