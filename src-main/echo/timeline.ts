/** Round trips over a run, in columns as a plot takes them; each entry sums up a few neighbouring messages. */
export interface TimelineColumns {
  /** Milliseconds since the start at which the first message of the entry was sent. */
  readonly at: readonly number[];
  /** Milliseconds; null where no reply came. */
  readonly fastest: readonly (number | null)[];
  readonly mean: readonly (number | null)[];
  readonly slowest: readonly (number | null)[];
  /** Messages without an intact reply. */
  readonly failed: readonly number[];
  /** Messages per entry. */
  readonly per: number;
}

interface Entry {
  at: number;
  fastest: number;
  slowest: number;
  sum: number;
  intact: number;
  failed: number;
}

/** Keeps a run of any length in a bounded number of entries: when they are full, neighbours become one. */
export class Timeline {
  readonly #maxEntries: number;
  #entries: Entry[] = [];
  #per = 1;
  #inLast = 0;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** Adds the next message; `rttMs` is NaN when no intact reply came. */
  add(atMs: number, rttMs: number): void {
    let last = this.#entries.at(-1);
    if (!last || this.#inLast >= this.#per) {
      if (this.#entries.length >= this.#maxEntries) this.#halve();
      last = { at: atMs, fastest: Number.POSITIVE_INFINITY, slowest: 0, sum: 0, intact: 0, failed: 0 };
      this.#entries.push(last);
      this.#inLast = 0;
    }
    this.#inLast += 1;
    if (Number.isNaN(rttMs)) {
      last.failed += 1;
      return;
    }
    last.intact += 1;
    last.sum += rttMs;
    if (rttMs < last.fastest) last.fastest = rttMs;
    if (rttMs > last.slowest) last.slowest = rttMs;
  }

  columns(): TimelineColumns {
    const entries = this.#entries;
    return {
      at: entries.map((entry) => entry.at),
      fastest: entries.map((entry) => (entry.intact === 0 ? null : entry.fastest)),
      mean: entries.map((entry) => (entry.intact === 0 ? null : entry.sum / entry.intact)),
      slowest: entries.map((entry) => (entry.intact === 0 ? null : entry.slowest)),
      failed: entries.map((entry) => entry.failed),
      per: this.#per,
    };
  }

  #halve(): void {
    const halved: Entry[] = [];
    for (let at = 0; at < this.#entries.length; at += 2) {
      const first = this.#entries[at] as Entry;
      const second = this.#entries[at + 1];
      halved.push(second ? join(first, second) : first);
    }
    this.#entries = halved;
    this.#per *= 2;
  }
}

function join(first: Entry, second: Entry): Entry {
  return {
    at: first.at,
    fastest: Math.min(first.fastest, second.fastest),
    slowest: Math.max(first.slowest, second.slowest),
    sum: first.sum + second.sum,
    intact: first.intact + second.intact,
    failed: first.failed + second.failed,
  };
}
