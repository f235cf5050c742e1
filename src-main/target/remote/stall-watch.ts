/** Notices that nothing moves any more: `onStall` is called when `progress()` was not for so long. */
export class StallWatch {
  readonly #stallMs: number;
  readonly #onStall: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(stallMs: number, onStall: () => void) {
    this.#stallMs = stallMs;
    this.#onStall = onStall;
    this.progress();
  }

  progress(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onStall, this.#stallMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
