import { Histogram } from './histogram.ts';
import { FATE, type Ledger } from './ledger.ts';
import type { RoundTrips } from './statistics.ts';
import { Timeline } from './timeline.ts';

export const TIMELINE_ENTRIES = 240;
export const HISTOGRAM_BINS = 40;

/**
 * Figures of a run while it goes on. Looks only at the messages settled since it looked last, so that watching a run
 * does not slow it down.
 */
export class LiveStatistics {
  readonly histogram = new Histogram();
  readonly timeline = new Timeline(TIMELINE_ENTRIES);
  readonly #ledger: Ledger;
  #done = 0;
  #sum = 0;
  #differences = 0;
  #previous = Number.NaN;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  advance(): void {
    const { fate, sent, rtt, sentAt } = this.#ledger;
    for (; this.#done < sent && fate[this.#done] !== FATE.open; this.#done += 1) {
      this.#add(sentAt[this.#done] as number, rtt[this.#done] as number);
    }
  }

  get roundTrips(): RoundTrips | null {
    const { total } = this.histogram;
    const at = (fraction: number): number => this.histogram.quantile(fraction) ?? 0;
    if (total === 0) return null;
    return {
      min: this.#min,
      median: at(0.5),
      mean: this.#sum / total,
      p95: at(0.95),
      p99: at(0.99),
      max: this.#max,
      jitter: total > 1 ? this.#differences / (total - 1) : 0,
    };
  }

  #add(sentAt: number, rtt: number): void {
    this.timeline.add(sentAt, rtt);
    if (Number.isNaN(rtt)) return;
    this.histogram.add(rtt);
    this.#sum += rtt;
    if (rtt < this.#min) this.#min = rtt;
    if (rtt > this.#max) this.#max = rtt;
    if (!Number.isNaN(this.#previous)) this.#differences += Math.abs(rtt - this.#previous);
    this.#previous = rtt;
  }
}
