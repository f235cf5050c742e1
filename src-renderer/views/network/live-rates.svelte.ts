import { ratesBetween, type CounterSample, type InterfaceSample } from '../../../src-main/api/network.ts';
import { client } from '../../state/client.svelte.ts';

/** The rates of one interface, oldest first and always `RATE_POINTS` long; null is a gap. */
export interface RateHistory {
  readonly rx: readonly (number | null)[];
  readonly tx: readonly (number | null)[];
  readonly faults: readonly (number | null)[];
}

export const RATE_POINTS = 60;
export const RATE_INTERVAL_MS = 2000;

const nothing: readonly null[] = Array.from({ length: RATE_POINTS }, () => null);
const noHistory: RateHistory = { rx: nothing, tx: nothing, faults: nothing };

/** Asks for the counters again and again while it runs, and keeps the rates of the last two minutes. */
export class LiveRates {
  readonly deviceId: string;
  histories = $state.raw<Readonly<Record<string, RateHistory>>>({});
  /** The counters last read, by interface. */
  counters = $state.raw<Readonly<Record<string, InterfaceSample>>>({});
  /** Why the last sample failed, or null. */
  error = $state.raw<unknown>(null);
  /** Called when an interface came or went since the sample before. */
  oninterfaces: () => void = () => undefined;
  #before: CounterSample | null = null;
  #running: AbortController | null = null;

  constructor(deviceId: string) {
    this.deviceId = deviceId;
  }

  start(): void {
    if (this.#running) return;
    this.#running = new AbortController();
    void this.#run(this.#running.signal);
  }

  stop(): void {
    this.#running?.abort();
    this.#running = null;
    this.#before = null;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Nobody looks at a hidden page; what passed meanwhile is a gap.
      if (document.visibilityState === 'hidden') this.#before = null;
      else await this.#sample(signal);
      await pause(RATE_INTERVAL_MS, signal);
    }
  }

  async #sample(signal: AbortSignal): Promise<void> {
    try {
      const now = await client.call('network.sample', { deviceId: this.deviceId }, { signal });
      if (signal.aborted) return;
      this.#take(now);
      this.error = null;
    } catch (thrown) {
      if (signal.aborted) return;
      this.error = thrown;
      this.#take(null);
    }
  }

  /** Null is a sample that failed: a gap for every interface. */
  #take(now: CounterSample | null): void {
    const rates = now && this.#before ? ratesBetween(this.#before, now) : [];
    const names = now ? now.interfaces.map(({ name }) => name) : Object.keys(this.histories);
    this.histories = Object.fromEntries(
      names.map((name) => {
        const rate = rates.find((one) => one.name === name);
        const { rx, tx, faults } = this.histories[name] ?? noHistory;
        return [
          name,
          {
            rx: append(rx, rate?.rxBytesPerSecond ?? null),
            tx: append(tx, rate?.txBytesPerSecond ?? null),
            faults: append(faults, rate?.faultsPerSecond ?? null),
          },
        ] as const;
      }),
    );
    if (now && this.#before && !sameInterfaces(this.#before, now)) this.oninterfaces();
    if (now) this.counters = Object.fromEntries(now.interfaces.map((one) => [one.name, one]));
    this.#before = now;
  }
}

/** A new number under the same name is another interface. */
function sameInterfaces(before: CounterSample, now: CounterSample): boolean {
  const keys = ({ interfaces }: CounterSample): string =>
    interfaces
      .map(({ name, index }) => `${name} ${index ?? ''}`)
      .toSorted()
      .join('\n');
  return keys(before) === keys(now);
}

const append = (values: readonly (number | null)[], value: number | null): readonly (number | null)[] => [
  ...values.slice(1),
  value,
];

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
