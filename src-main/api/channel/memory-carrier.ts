import type { Unsubscribe } from '../../events/index.ts';
import type { Carrier } from './carrier.ts';
import { Closing } from './closing.ts';

/** Two carriers joined in memory. Messages are cloned and arrive in a later task, as over a real carrier. */
export function memoryPair(): readonly [Carrier, Carrier] {
  const closing = new Closing();
  const first = new MemoryCarrier(closing);
  const second = new MemoryCarrier(closing);
  first.peer = second;
  second.peer = first;
  return [first, second];
}

class MemoryCarrier implements Carrier {
  peer: MemoryCarrier | null = null;
  readonly #closing: Closing;
  readonly #waiting: unknown[] = [];
  #listener: ((message: unknown) => void) | null = null;

  constructor(closing: Closing) {
    this.#closing = closing;
  }

  send(message: unknown): void {
    if (this.#closing.closed) return;
    const copy: unknown = structuredClone(message);
    setImmediateAnywhere(() => this.peer?.receive(copy));
  }

  receive(message: unknown): void {
    if (this.#closing.closed) return;
    if (this.#listener) this.#listener(message);
    else this.#waiting.push(message);
  }

  onMessage(listener: (message: unknown) => void): Unsubscribe {
    this.#listener = listener;
    for (const message of this.#waiting.splice(0)) listener(message);
    return () => {
      this.#listener = null;
    };
  }

  onClose(listener: () => void): Unsubscribe {
    return this.#closing.subscribe(listener);
  }

  close(): void {
    this.#closing.happen();
  }
}

/** The next task; a page has no `setImmediate`. */
function setImmediateAnywhere(task: () => void): void {
  if (typeof setImmediate === 'function') setImmediate(task);
  else setTimeout(task, 0);
}
