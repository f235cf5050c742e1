/** Bytes of one slab. A connection reads into it until it is full, so that a burst needs one write and no copy. */
export const SLAB_BYTES = 1024 * 1024;
/** Slabs kept for reuse. */
const MOST_IDLE = 24;

const idle: Uint8Array<ArrayBuffer>[] = [];

/** Memory that is read into and written from. It returns to the pool when its last user lets go. */
export class Slab {
  readonly bytes: Uint8Array<ArrayBuffer>;
  #users = 1;

  constructor(size: number) {
    this.bytes = (size === SLAB_BYTES ? idle.pop() : undefined) ?? newMemory(size);
  }

  retain(): void {
    this.#users += 1;
  }

  release(): void {
    this.#users -= 1;
    if (this.#users === 0 && this.bytes.length === SLAB_BYTES && idle.length < MOST_IDLE) idle.push(this.bytes);
  }
}

function newMemory(size: number): Uint8Array<ArrayBuffer> {
  const memory = Buffer.allocUnsafeSlow(size);
  return new Uint8Array(memory.buffer, memory.byteOffset, size);
}

/** A place to read into that moves on through slabs. */
export class SlabCursor {
  readonly #room: number;
  #slab: Slab | null = null;
  #at = 0;

  /** `room` is the most bytes one read takes. */
  constructor(room: number) {
    this.#room = room;
  }

  /** The slab that holds what was taken last. */
  get slab(): Slab | null {
    return this.#slab;
  }

  /** Where the next read goes: exactly `room` bytes, unless nothing was taken since the last call. */
  next(): Uint8Array<ArrayBuffer> {
    if (!this.#slab || this.#slab.bytes.length - this.#at < this.#room) {
      this.#slab?.release();
      this.#slab = new Slab(Math.max(SLAB_BYTES, this.#room));
      this.#at = 0;
    }
    return this.#slab.bytes.subarray(this.#at, this.#at + this.#room);
  }

  /** Marks the first `length` bytes of the last `next()` as used and returns them. */
  take(length: number): Uint8Array<ArrayBuffer> {
    const start = this.#at;
    this.#at += length;
    return (this.#slab?.bytes ?? new Uint8Array(0)).subarray(start, this.#at);
  }

  dispose(): void {
    this.#slab?.release();
    this.#slab = null;
  }
}
