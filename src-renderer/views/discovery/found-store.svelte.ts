import type { FoundChange, FoundDevice, FoundList, SearchNetwork } from '../../../src-main/api/contract/discovery.ts';
import { client } from '../../state/client.svelte.ts';

/** What was found, kept in step with the main side, and the search that runs. Lives as long as the window. */
class Found {
  #list = $state.raw<FoundList | null>(null);
  #networks = $state.raw<readonly SearchNetwork[] | null>(null);
  #error = $state.raw<unknown>(null);
  #watching: AbortController | null = null;
  /** The number of the last change. */
  #told = 0;

  constructor() {
    client.on('discovery.changed', (change) => this.#take(change));
    client.onResync(() => {
      if (this.#watching) this.watch();
      else void this.#load();
    });
  }

  get list(): FoundList | null {
    return this.#list;
  }

  get devices(): readonly FoundDevice[] {
    return this.#list?.devices ?? [];
  }

  /** Null until they were read. */
  get networks(): readonly SearchNetwork[] | null {
    return this.#networks;
  }

  /** What went wrong last, or null. */
  get error(): unknown {
    return this.#error;
  }

  set error(error: unknown) {
    this.#error = error;
  }

  /** Listens until the returned function is called. */
  watch(): () => void {
    this.#watching?.abort();
    const watching = new AbortController();
    this.#watching = watching;
    client.call('discovery.watch', {}, { signal: watching.signal }).catch((thrown: unknown) => {
      // A connection that broke comes back with `onResync`, which watches again.
      if (!watching.signal.aborted && client.state === 'connected') this.#error = thrown;
    });
    void this.#load();
    return () => {
      watching.abort();
      if (this.#watching === watching) this.#watching = null;
    };
  }

  async start(options: {
    readonly networks: string[];
    readonly large: boolean;
    readonly sshPort: number;
    readonly agentPort: number;
    readonly name: string;
  }): Promise<void> {
    this.#error = null;
    this.#replace(await client.call('discovery.start', options));
  }

  async stop(): Promise<void> {
    try {
      this.#replace(await client.call('discovery.stop', {}));
    } catch (thrown) {
      this.#error = thrown;
    }
  }

  async #load(): Promise<void> {
    try {
      await Promise.all([this.#readNetworks(), this.#readList()]);
    } catch (thrown) {
      if (client.state === 'connected') this.#error = thrown;
    }
  }

  async #readNetworks(): Promise<void> {
    this.#networks = await client.call('discovery.networks', {});
  }

  /** Takes the list with every change told so far: an answer can come later than a change that is newer than it. */
  async #readList(): Promise<void> {
    // A main process that started again counts from 0.
    this.#told = 0;
    let list = await client.call('discovery.list', {});
    while (list.number < this.#told) list = await client.call('discovery.list', {});
    this.#list = list;
  }

  #replace(list: FoundList): void {
    if (this.#list === null || list.number >= this.#list.number) this.#list = list;
  }

  #take({ number, changed, order, sources, search }: FoundChange): void {
    this.#told = number;
    const before = this.#list;
    if (before === null || number <= before.number) return;
    if (number !== before.number + 1) {
      void this.#load();
      return;
    }
    const devices = new Map([...before.devices, ...changed].map((device) => [device.id, device]));
    this.#list = { number, devices: order.flatMap((id) => devices.get(id) ?? []), sources, search };
  }
}

export const found = new Found();
