/** So many looks in a row are missed only by a computer that slept; a busy one misses one or two. */
const MISSED = 4;

/**
 * Notices that this computer slept. Asleep, it runs no timer while the wall clock goes on, so the next look comes far too
 * late. A process that was stopped and continued looks the same, and has missed the same.
 */
export class SleepWatch {
  readonly #everyMs: number;
  #lookedAt = 0;

  /** For looks every so many milliseconds. */
  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  begin(): void {
    this.#lookedAt = Date.now();
  }

  /** Milliseconds slept since the last look, or 0. */
  look(): number {
    const passed = Date.now() - this.#lookedAt;
    this.#lookedAt = Date.now();
    return passed > MISSED * this.#everyMs ? passed : 0;
  }
}
