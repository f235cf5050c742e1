import type { Unsubscribe } from '../../events/index.ts';

/** The closing of a carrier: happens once, and is told to late listeners too. */
export class Closing {
  readonly #listeners = new Set<() => void>();
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  /** Returns false when it had happened before. */
  happen(): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
    return true;
  }

  subscribe(listener: () => void): Unsubscribe {
    if (this.#closed) {
      queueMicrotask(listener);
      return () => undefined;
    }
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
