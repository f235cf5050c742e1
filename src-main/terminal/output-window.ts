import type { Readable } from 'node:stream';

/** Bytes kept for the page before the source is paused, and under which it goes on. */
const HIGH_WATER = 256 * 1024;
const LOW_WATER = 64 * 1024;
/** The most one read gives. */
const READ_BYTES = 64 * 1024;

/** A piece of output: `from` is the position of its first byte, counted from the terminal's start. */
export interface OutputPiece {
  readonly from: number;
  readonly bytes: Uint8Array;
}

/**
 * Hands output over by acknowledgement: the page says how far it has come, gets what follows, and what it has is thrown
 * away only then. So nothing is lost when an answer is, and a page that does not keep up stops the program that prints.
 */
export class OutputWindow {
  readonly #source: Readable;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Position of the first byte still kept. */
  #start = 0;
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(source: Readable) {
    this.#source = source;
    source.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      if (this.#bytes > HIGH_WATER) source.pause();
      this.#wake();
    });
    source.once('end', () => this.end());
    source.once('close', () => this.end());
    source.on('error', () => undefined);
  }

  /** Nothing more will come. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** What follows the position, as soon as there is something; null at the end. */
  async read(from: number, signal: AbortSignal): Promise<OutputPiece | null> {
    this.#acknowledge(from);
    while (this.#bytes === 0) {
      if (this.#ended) return null;
      await this.#more(signal);
    }
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    return { from: this.#start, bytes: bytes.subarray(0, READ_BYTES) };
  }

  #acknowledge(position: number): void {
    let done = Math.min(Math.max(position - this.#start, 0), this.#bytes);
    this.#start += done;
    this.#bytes -= done;
    while (done > 0) {
      const first = this.#chunks[0];
      if (!first) break;
      if (first.length <= done) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(done);
      done -= first.length;
    }
    if (this.#bytes < LOW_WATER) this.#source.resume();
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason as Error);
      if (signal.aborted) {
        onAbort();
        return;
      }
      signal.addEventListener('abort', onAbort, { once: true });
      this.#wake = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
    });
  }
}
