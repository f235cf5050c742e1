export type Unsubscribe = () => void;

/** The reading side of a signal: what a service shows to others. */
export interface Observable<T> {
  /** Calls `listener` on every later value until the returned function is called. */
  subscribe(listener: (value: T) => void): Unsubscribe;
}

/** A typed event source. One listener's error never keeps the others from being called. */
export class Signal<T> implements Observable<T> {
  readonly #listeners = new Set<(value: T) => void>();

  subscribe(listener: (value: T) => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  emit(value: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (thrown) {
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }
}
