/** Microseconds by which the computer's clock may differ from the anchor before it counts as set anew. */
const CLOCK_STEP_US = 5000;

/** The times of entries: monotonic since the start, and by the computer's clock, both in whole microseconds. */
export class TranscriptClock {
  readonly #startMs = performance.now();
  #anchorUs: number;
  #lastUs = 0;

  constructor() {
    this.#anchorUs = Date.now() * 1000;
  }

  /** Microseconds since the clock was made; never less than before. */
  monoUs(): number {
    this.#lastUs = Math.max(this.#lastUs, Math.round((performance.now() - this.#startMs) * 1000));
    return this.#lastUs;
  }

  /** The computer's clock at `monoUs`, as fine as the monotonic one, and following when the clock is set anew. */
  wallUs(monoUs: number): number {
    const system = Date.now() * 1000;
    if (Math.abs(system - (this.#anchorUs + monoUs)) > CLOCK_STEP_US) this.#anchorUs = system - monoUs;
    return this.#anchorUs + monoUs;
  }
}
