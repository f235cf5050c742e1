import { carryAfter } from '../display/utf8.ts';
import type { Direction } from './entry.ts';

const NOTHING = new Uint8Array(0);
const CARRIAGE_RETURN = 0x0d;

/** Where a chunk starts in its stream, and what the chunk before left open. */
export interface StreamPosition {
  readonly offset: number;
  readonly carry: Uint8Array;
  readonly afterCarriageReturn: boolean;
}

/** Where every stream begins; also of an entry that is no part of a stream. */
export const STREAM_START: StreamPosition = { offset: 0, carry: NOTHING, afterCarriageReturn: false };

/** Where each connection and direction stands: bytes so far, and the character or the line ending left unfinished. */
export class StreamStates {
  readonly #states = new Map<string, StreamPosition>();

  /** The position before `chunk`, which then counts. A datagram starts anew: nothing goes on into the next one. */
  advance(connection: number, direction: Direction, chunk: Uint8Array, datagram: boolean): StreamPosition {
    const key = `${connection}${direction}`;
    const before = this.#states.get(key) ?? STREAM_START;
    const offset = before.offset + chunk.length;
    const left = datagram
      ? STREAM_START
      : { carry: carryAfter(before.carry, chunk), afterCarriageReturn: chunk.at(-1) === CARRIAGE_RETURN };
    this.#states.set(key, { ...left, offset });
    return before;
  }

  /** Forgets a connection that was closed. */
  forget(connection: number): void {
    this.#states.delete(`${connection}sent`);
    this.#states.delete(`${connection}received`);
  }
}
