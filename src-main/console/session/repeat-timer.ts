import { AppError } from '../../errors/index.ts';
import type { RepeatSnapshot } from './session-snapshot.ts';

export interface RepeatOptions {
  readonly everyMs: number;
  /** How often in all; null until stopped. */
  readonly times: number | null;
}

/** Sends the same again and again until it is stopped, has sent all, or sending fails, as it does on a disconnect. */
export class RepeatTimer {
  readonly #options: RepeatOptions;
  readonly #send: () => void;
  readonly #onEnd: (problem: AppError | null) => void;
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;
  #due = 0;

  constructor(options: RepeatOptions, send: () => void, onEnd: (problem: AppError | null) => void) {
    this.#options = options;
    this.#send = send;
    this.#onEnd = onEnd;
  }

  get snapshot(): RepeatSnapshot {
    const { everyMs, times } = this.#options;
    return { everyMs, sent: this.#sent, left: times === null ? null : times - this.#sent };
  }

  start(): void {
    try {
      this.#send();
    } catch (thrown) {
      this.#onEnd(AppError.from(thrown));
      return;
    }
    this.#sent += 1;
    if (this.#options.times !== null && this.#sent >= this.#options.times) {
      this.#onEnd(null);
      return;
    }
    // Counted from turn to turn, so that the pace does not drift; a turn that was missed is not made up for.
    const now = performance.now();
    this.#due = Math.max(this.#due + this.#options.everyMs, now);
    if (this.#sent === 1) this.#due = now + this.#options.everyMs;
    this.#timer = setTimeout(() => this.start(), this.#due - now);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
