import type { AgentPorts } from '../../src-main/api/contract/console.ts';
import { client } from './client.svelte.ts';
import type { RouteQuery } from './route.ts';

/** The agents of the devices one is signed in to, and the way a socket is opened to each by hand. */
class Agents {
  #all = $state.raw<readonly AgentPorts[]>([]);
  #error = $state.raw<unknown>(null);
  /** Counts the readings, so that a late answer does not replace a newer one. */
  #readings = 0;

  constructor() {
    client.on('console.agentsChanged', () => void this.load());
    client.onResync(() => void this.load());
    void this.load();
  }

  get all(): readonly AgentPorts[] {
    return this.#all;
  }

  /** Why the last reading failed, or null. */
  get error(): unknown {
    return this.#error;
  }

  /** Reads them anew. */
  async load(): Promise<void> {
    this.#readings += 1;
    const reading = this.#readings;
    try {
      const all = await client.call('console.agents', {});
      if (reading !== this.#readings) return;
      this.#all = all;
      this.#error = null;
    } catch (thrown) {
      if (reading === this.#readings) this.#error = thrown;
    }
  }

  /** What the console's address says to reach the LED port of a device's agent; null while no agent is known there. */
  consoleQuery(deviceId: string): RouteQuery | null {
    const agent = this.#all.find((one) => one.deviceId === deviceId);
    if (!agent) return null;
    const { host, ledPort, through } = agent;
    return { host, port: String(ledPort), ...(through === null ? {} : { through }) };
  }
}

export const agents = new Agents();
