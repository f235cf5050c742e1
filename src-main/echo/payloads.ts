import type { EchoOptions, EchoPattern } from './options.ts';

/** Starts of neighbouring messages in the ramp are this far apart: odd, so that 256 in a row all differ. */
const RAMP_STEP = 167;
const RANDOM_STARTS = 65_536;
const RANDOM_STEP = 40_503;
const TEXT_STEP = 7;
const COUNTER_BYTES = 8;

/**
 * The messages of a run. Each can be made again from its number at any time, so that late replies can still be
 * recognised; buffers are used again, so that a round allocates nothing.
 */
export class Payloads {
  readonly size: number;
  readonly #pattern: EchoPattern;
  /** What messages are cut from, each at a start of its own. */
  readonly #tape: Buffer;
  readonly #starts: number;
  readonly #slots: Buffer[];
  readonly #owners: Int32Array;
  readonly #scratch: Buffer;

  constructor({ size, inFlight, pattern, text }: Pick<EchoOptions, 'size' | 'inFlight' | 'pattern' | 'text'>) {
    this.size = size;
    this.#pattern = pattern;
    const { tape, starts } = makeTape(pattern, size, text);
    this.#tape = tape;
    this.#starts = starts;
    this.#slots = Array.from({ length: inFlight }, () => Buffer.alloc(size));
    this.#owners = new Int32Array(inFlight).fill(-1);
    this.#scratch = Buffer.alloc(size);
  }

  /**
   * The message to send. Its buffer is used again for the message `inFlight` numbers later; `mayReuse` false gives a
   * new one, for when the old may still wait to be written.
   */
  prepare(index: number, mayReuse: boolean): Buffer {
    const slot = index % this.#slots.length;
    let buffer = this.#slots[slot] as Buffer;
    if (!mayReuse) {
      buffer = Buffer.alloc(this.size);
      this.#slots[slot] = buffer;
    }
    this.#owners[slot] = index;
    this.#fill(buffer, index);
    return buffer;
  }

  /** The content of a message; valid until the next call. */
  expected(index: number): Buffer {
    const slot = index % this.#slots.length;
    if (this.#owners[slot] === index) return this.#slots[slot] as Buffer;
    this.#fill(this.#scratch, index);
    return this.#scratch;
  }

  #fill(buffer: Buffer, index: number): void {
    const start = startOf(this.#pattern, index) % this.#starts;
    this.#tape.copy(buffer, 0, start, start + this.size);
    if (this.#pattern === 'counter') writeCounter(buffer, index);
    if (this.#pattern === 'text') writeDigits(buffer, index);
  }
}

function startOf(pattern: EchoPattern, index: number): number {
  switch (pattern) {
    case 'counter':
      return index * RAMP_STEP;
    case 'random':
      return index * RANDOM_STEP;
    case 'text':
      return index * TEXT_STEP;
  }
}

function makeTape(pattern: EchoPattern, size: number, text: string): { tape: Buffer; starts: number } {
  switch (pattern) {
    case 'counter':
      return { tape: Buffer.from(Uint8Array.from({ length: size + 256 }, (_, n) => n & 255)), starts: 256 };
    case 'random':
      return { tape: pseudoRandom(size + RANDOM_STARTS), starts: RANDOM_STARTS };
    case 'text': {
      const unit = Buffer.from(text === '' ? ' ' : text);
      return { tape: Buffer.alloc(size + unit.length, unit), starts: unit.length };
    }
  }
}

/** The number, big-endian, in front; where it does not fit the ramp alone has to do. */
function writeCounter(buffer: Buffer, index: number): void {
  if (buffer.length >= 2 * COUNTER_BYTES) buffer.writeUInt32BE(index, COUNTER_BYTES - 4);
}

/** Eight digits in front and a line end behind, so that servers that answer line by line do. */
function writeDigits(buffer: Buffer, index: number): void {
  if (buffer.length >= COUNTER_BYTES + 2) {
    let rest = index;
    for (let at = COUNTER_BYTES - 1; at >= 0; at -= 1) {
      buffer[at] = 48 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    buffer[COUNTER_BYTES] = 32;
  }
  buffer[buffer.length - 1] = 10;
}

/** xorshift32: the same bytes in every run, no pattern that a person or a compressor sees. */
function pseudoRandom(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 0x9e3779b9;
  for (let at = 0; at < length; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state & 255;
  }
  return bytes;
}
