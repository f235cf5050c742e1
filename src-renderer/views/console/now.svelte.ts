import { createSubscriber } from 'svelte/reactivity';

const TICK_MS = 1000;

/** The time, for texts such as "last data 12 s ago": it moves once a second while something shows it. */
class Now {
  readonly #subscribe = createSubscriber((update) => {
    const timer = setInterval(update, TICK_MS);
    return () => clearInterval(timer);
  });

  get ms(): number {
    this.#subscribe();
    return Date.now();
  }
}

export const now = new Now();
