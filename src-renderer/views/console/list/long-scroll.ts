/** Browsers stop growing an element above some 16 million pixels; longer lists are reached by scale. */
const TALLEST = 8_000_000;

/** How the place of a scroll bar and the true place in a list of any height belong together. */
export class LongScroll {
  readonly #total: number;
  readonly #view: number;

  /** Pixels: the height of all rows, and of what is in sight. */
  constructor(total: number, view: number) {
    this.#total = total;
    this.#view = view;
  }

  /** Height to give the scrolled element. */
  get height(): number {
    return Math.min(this.#total, TALLEST);
  }

  get scaled(): boolean {
    return this.#total > TALLEST;
  }

  /** The greatest true place. */
  get end(): number {
    return Math.max(0, this.#total - this.#view);
  }

  /** The true place for a position of the scroll bar. */
  placeOf(scrollTop: number): number {
    if (!this.scaled) return Math.max(0, Math.min(this.end, scrollTop));
    const range = TALLEST - this.#view;
    return Math.max(0, Math.min(this.end, (scrollTop / range) * this.end));
  }

  /** The position of the scroll bar for a true place. */
  scrollTopOf(place: number): number {
    const held = Math.max(0, Math.min(this.end, place));
    if (!this.scaled || this.end === 0) return held;
    return (held / this.end) * (TALLEST - this.#view);
  }
}
