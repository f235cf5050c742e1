import { FATE, type Ledger } from './ledger.ts';
import type { Payloads } from './payloads.ts';

/** Below this size a message is too short to tell a damaged byte from a missing one. */
const TOO_SHORT_TO_JUDGE = 4;
const TAIL = 8;
/** Messages around the expected one that a strange reply is compared with. */
const CANDIDATES = 1024;
const RESYNC_CANDIDATES = 64;

/**
 * Finds in the stream of replies what became of each message, by content. As long as the expected bytes come, nothing
 * is copied. When they do not, the bytes are held until it is clear what happened: another message came first (order,
 * RFC 4737: late is what comes after one sent later), bytes were damaged in place, or bytes are missing or were added,
 * after which the next intact message gives the position back.
 */
export class ReplyMatcher {
  readonly #payloads: Payloads;
  readonly #ledger: Ledger;
  /** The message expected next, and how many of its bytes have come. */
  #cursor = 0;
  #have = 0;
  #held: Buffer = Buffer.alloc(0);
  /** Bytes that belong to no message. */
  extraBytes = 0;

  constructor(payloads: Payloads, ledger: Ledger) {
    this.#payloads = payloads;
    this.#ledger = ledger;
  }

  /** Takes `length` bytes that arrived at `now`; `chunk` may be used again afterwards. */
  feed(chunk: Buffer, length: number, now: number): void {
    const at = this.#held.length === 0 ? this.#takeExpected(chunk, length, now) : 0;
    if (at === length) return;
    const prefix = this.#have > 0 ? this.#payloads.expected(this.#cursor).subarray(0, this.#have) : this.#held;
    this.#held = Buffer.concat([prefix, chunk.subarray(at, length)]);
    this.#have = 0;
    this.#resolve(now);
  }

  /** No more bytes are awaited for what is held: it is a damaged reply. Called when a message is overdue, and at the end. */
  giveUp(now: number): void {
    if (this.#held.length === 0) return;
    const damaged = this.#ledger.oldestOpen;
    if (damaged < this.#ledger.sent) this.#ledger.settle(damaged, FATE.corrupted, now);
    else this.extraBytes += this.#held.length;
    this.#held = Buffer.alloc(0);
  }

  /** The fast way: compares in place. Returns where the expected bytes end. */
  #takeExpected(chunk: Buffer, length: number, now: number): number {
    const { size } = this.#payloads;
    let at = 0;
    while (at < length) {
      this.#skipSettled();
      if (this.#cursor >= this.#ledger.sent) return at;
      const count = Math.min(size - this.#have, length - at);
      const expected = this.#payloads.expected(this.#cursor);
      if (expected.compare(chunk, at, at + count, this.#have, this.#have + count) !== 0) return at;
      at += count;
      this.#have += count;
      if (this.#have < size) continue;
      this.#ledger.settle(this.#cursor, FATE.matched, now);
      this.#cursor += 1;
      this.#have = 0;
    }
    return at;
  }

  /** The slow way: takes what it can from the held bytes. */
  #resolve(now: number): void {
    const { size } = this.#payloads;
    while (this.#held.length > 0) {
      this.#skipSettled();
      if (this.#ledger.oldestOpen === this.#ledger.sent) {
        this.extraBytes += this.#held.length;
        this.#held = Buffer.alloc(0);
        return;
      }
      if (this.#held.length < size) {
        this.#returnToFastWay();
        return;
      }
      const found = this.#messageAt(this.#held.subarray(0, size));
      if (found !== null) this.#takeMessage(found, now);
      else if (!this.#resynchronize(now) && !this.#takeDamaged(now)) return;
    }
  }

  #takeMessage(index: number, now: number): void {
    this.#ledger.settle(index, index < this.#cursor ? FATE.reordered : FATE.matched, now);
    this.#cursor = Math.max(this.#cursor, index + 1);
    this.#drop(this.#payloads.size);
  }

  /** Looks for the next intact message; what lies before it are damaged ones and bytes of nobody. */
  #resynchronize(now: number): boolean {
    const { size } = this.#payloads;
    let offset = -1;
    let index = -1;
    for (const candidate of this.#openMessages(RESYNC_CANDIDATES)) {
      const at = this.#held.indexOf(this.#payloads.expected(candidate), 1);
      if (at > 0 && (offset < 0 || at < offset)) {
        offset = at;
        index = candidate;
      }
    }
    if (offset < 0) return false;
    let damaged = Math.max(1, Math.round(offset / size));
    for (let before = this.#cursor; before < index && damaged > 0; before += 1) {
      if (!this.#ledger.isOpen(before)) continue;
      this.#ledger.settle(before, FATE.corrupted, now);
      damaged -= 1;
      if (this.#cursor === before) this.#cursor += 1;
    }
    if (damaged > 0) this.extraBytes += Math.min(offset, damaged * size);
    this.#drop(offset);
    return true;
  }

  /** Takes a whole message that was damaged in place; false while that is not certain. */
  #takeDamaged(now: number): boolean {
    const { size } = this.#payloads;
    const index = this.#cursor < this.#ledger.sent ? this.#cursor : this.#ledger.oldestOpen;
    const nothingElse = this.#held.length === size && this.#openMessages(2).length === 1;
    const certain = size < TOO_SHORT_TO_JUDGE || nothingElse || this.#isDamagedInPlace(index);
    if (!certain && this.#held.length < 4 * size + CANDIDATES) return false;
    this.#ledger.settle(index, FATE.corrupted, now);
    if (index === this.#cursor) this.#cursor += 1;
    this.#drop(size);
    return true;
  }

  /**
   * True when the held bytes are the message with some of them changed. Damage in place leaves the tail where it was, or
   * else the message after it; a missing or added byte moves both.
   */
  #isDamagedInPlace(index: number): boolean {
    const { size } = this.#payloads;
    const frame = this.#held.subarray(0, size);
    const expected = this.#payloads.expected(index);
    if (!isMostly(frame, expected)) return false;
    const tail = Math.min(TAIL, size >> 1);
    if (frame.subarray(-tail).equals(expected.subarray(-tail))) return true;
    const after = this.#held.subarray(size, 2 * size);
    const next = this.#openMessages(2).find((open) => open > index);
    return next !== undefined && after.length === size && isMostly(after, this.#payloads.expected(next));
  }

  /** The open message that equals `frame`: the expected one, later ones, then earlier ones. */
  #messageAt(frame: Buffer): number | null {
    for (const index of this.#openMessages(CANDIDATES)) {
      if (this.#payloads.expected(index).equals(frame)) return index;
    }
    return null;
  }

  #openMessages(limit: number): number[] {
    const { sent } = this.#ledger;
    const found: number[] = [];
    for (let index = this.#cursor; index < sent && found.length < limit; index += 1) {
      if (this.#ledger.isOpen(index)) found.push(index);
    }
    for (let index = this.#ledger.oldestOpen; index < this.#cursor && found.length < limit; index += 1) {
      if (this.#ledger.isOpen(index)) found.push(index);
    }
    return found;
  }

  /** An incomplete rest that begins as the expected message does is compared in place again. */
  #returnToFastWay(): void {
    if (this.#cursor >= this.#ledger.sent) return;
    const length = this.#held.length;
    if (this.#payloads.expected(this.#cursor).compare(this.#held, 0, length, 0, length) !== 0) return;
    this.#have = length;
    this.#held = Buffer.alloc(0);
  }

  #skipSettled(): void {
    if (this.#have > 0) return;
    while (this.#cursor < this.#ledger.sent && !this.#ledger.isOpen(this.#cursor)) this.#cursor += 1;
  }

  #drop(count: number): void {
    this.#held = this.#held.subarray(count);
  }
}

/** True when at least half of the bytes are the expected ones, each in its place. */
function isMostly(frame: Buffer, expected: Buffer): boolean {
  let same = 0;
  for (let at = 0; at < expected.length; at += 1) if (frame[at] === expected[at]) same += 1;
  return same * 2 >= expected.length;
}
