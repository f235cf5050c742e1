import { carryAfter } from '../display/utf8.ts';
import type { Direction } from './entry.ts';

const NOTHING = new Uint8Array(0);

export interface StreamPosition {
  readonly offset: number;
  readonly carry: Uint8Array;
}

/** Where each connection and direction stands: bytes so far, and the character left unfinished. */
export class StreamStates {
  readonly #states = new Map<string, StreamPosition>();

  /** The position before `chunk`, which then counts. A datagram starts anew: no character goes on into the next one. */
  advance(connection: number, direction: Direction, chunk: Uint8Array, datagram: boolean): StreamPosition {
    const key = `${connection}${direction}`;
    const before = this.#states.get(key) ?? { offset: 0, carry: NOTHING };
    const carry = datagram ? NOTHING : carryAfter(before.carry, chunk);
    this.#states.set(key, { offset: before.offset + chunk.length, carry });
    return before;
  }

  /** Forgets a connection that was closed. */
  forget(connection: number): void {
    this.#states.delete(`${connection}sent`);
    this.#states.delete(`${connection}received`);
  }
}
