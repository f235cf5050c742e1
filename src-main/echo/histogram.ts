/** Counts per doubling of time: 64 give bins at most 1.6 % wide. */
const PER_OCTAVE = 64;
/** Microseconds to about a thousand seconds. */
const OCTAVES = 30;
const SMALLEST_MS = 0.001;

/** Equal bins for a plot. `counts[n]` is for `from + n * width` up to the next; `beyond` is what is slower than the last. */
export interface HistogramBins {
  /** Milliseconds. */
  readonly from: number;
  /** Milliseconds. */
  readonly width: number;
  readonly counts: readonly number[];
  readonly beyond: number;
}

/** Round-trip times counted in bins whose width grows with the time; adding one allocates nothing. */
export class Histogram {
  readonly #counts = new Uint32Array(PER_OCTAVE * OCTAVES);
  #total = 0;
  #smallest = Number.POSITIVE_INFINITY;
  #largest = 0;

  add(ms: number): void {
    const position = Math.floor(Math.log2(Math.max(ms, SMALLEST_MS) / SMALLEST_MS) * PER_OCTAVE);
    const bin = Math.min(position, this.#counts.length - 1);
    this.#counts[bin] = (this.#counts[bin] as number) + 1;
    this.#total += 1;
    if (ms < this.#smallest) this.#smallest = ms;
    if (ms > this.#largest) this.#largest = ms;
  }

  get total(): number {
    return this.#total;
  }

  /** The time that `fraction` of all stay at or below, within a bin's width; null when empty. */
  quantile(fraction: number): number | null {
    if (this.#total === 0) return null;
    const wanted = Math.max(1, Math.ceil(fraction * this.#total));
    let seen = 0;
    for (let bin = 0; bin < this.#counts.length; bin += 1) {
      seen += this.#counts[bin] as number;
      if (seen >= wanted) return Math.min(Math.max(middleOf(bin), this.#smallest), this.#largest);
    }
    return this.#largest;
  }

  /** Up to `maxBins` equal bins of a round width that hold all but the slowest 1 %; null when empty. */
  bins(maxBins: number): HistogramBins | null {
    const top = this.quantile(0.99);
    if (top === null) return null;
    const width = roundWidth(Math.max(top - this.#smallest, this.#smallest * 0.1, SMALLEST_MS) / (maxBins - 1));
    const from = Math.floor(this.#smallest / width) * width;
    const counts = new Array<number>(Math.min(maxBins, Math.floor((top - from) / width) + 1)).fill(0);
    let beyond = 0;
    for (let bin = 0; bin < this.#counts.length; bin += 1) {
      const count = this.#counts[bin] as number;
      if (count === 0) continue;
      const at = Math.max(0, Math.floor((middleOf(bin) - from) / width));
      if (at < counts.length) counts[at] = (counts[at] as number) + count;
      else beyond += count;
    }
    return { from, width, counts, beyond };
  }
}

function middleOf(bin: number): number {
  return SMALLEST_MS * 2 ** ((bin + 0.5) / PER_OCTAVE);
}

/** The next of 1, 2, 2.5, 5 times a power of ten, so that the axis has round numbers. */
function roundWidth(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 2.5, 5, 10].find((one) => one * power >= least * 0.999_999) ?? 10;
  return step * power;
}
