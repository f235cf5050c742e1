import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../../errors/index.ts';
import { Slab, SLAB_BYTES, type Transcript } from '../transcript/index.ts';
import { openToRead } from './open-to-read.ts';
import type { StreamChannel } from './stream-channel.ts';

/** Bytes read and sent at a time: one slab. Every call and every change of thread is paid for once a piece. */
const PIECE_BYTES = SLAB_BYTES;
/** Bytes handed over and not yet taken by the system, below which the next piece follows. */
const IN_FLIGHT_BYTES = 2 * PIECE_BYTES;
/** Milliseconds between two progress reports. */
const REPORT_MS = 100;

export interface SendFileOptions {
  readonly path: string;
  readonly signal: AbortSignal;
  readonly onProgress: (sentBytes: number, totalBytes: number) => void;
}

/**
 * Sends a file's bytes, held back by the peer and by the transcript's disk. Returns the bytes sent. Raises
 * `FILE_NOT_READABLE`, `CANCELLED` between two chunks, and what sending raises.
 */
export async function sendFile(
  channel: StreamChannel,
  transcript: Transcript,
  options: SendFileOptions,
): Promise<number> {
  const file = await openToRead(options.path);
  const pieces = new ReadAhead(file);
  const flow = new Flow(options.signal);
  try {
    const { size } = await file.stat();
    let sent = 0;
    let reportedAt = 0;
    for (let piece = await pieces.next(); piece; piece = await pieces.next()) {
      const { bytes, slab } = piece;
      try {
        await flow.below(IN_FLIGHT_BYTES);
        await uncongested(transcript, options.signal);
        options.signal.throwIfAborted();
        flow.add(bytes.length);
        channel.sendFromSlab(bytes, slab, (error) => flow.done(bytes.length, error));
      } finally {
        slab.release();
      }
      sent += bytes.length;
      if (Date.now() - reportedAt < REPORT_MS) continue;
      reportedAt = Date.now();
      options.onProgress(sent, size);
    }
    await flow.below(1);
    options.onProgress(sent, size);
    return sent;
  } finally {
    flow.dispose();
    await pieces.dispose();
    await file.close();
  }
}

/** Bytes of a file and the slab they lie in, which whoever gets the piece lets go of. */
interface Piece {
  readonly bytes: Uint8Array;
  readonly slab: Slab;
}

/** Reads a file from its start; the next piece is on its way while the last one is being sent. */
class ReadAhead {
  readonly #file: FileHandle;
  #position = 0;
  #coming: Promise<Piece>;

  constructor(file: FileHandle) {
    this.#file = file;
    this.#coming = this.#read();
  }

  /** The next piece, or null at the file's end. */
  async next(): Promise<Piece | null> {
    const piece = await this.#coming;
    if (piece.bytes.length === 0) return null;
    this.#position += piece.bytes.length;
    this.#coming = this.#read();
    // A failure is raised by the next call; it must not count as one that nobody handles until then.
    this.#coming.catch(() => undefined);
    return piece;
  }

  /** Waits for what is still being read, and lets go of it. */
  async dispose(): Promise<void> {
    const [last] = await Promise.allSettled([this.#coming]);
    if (last.status === 'fulfilled') last.value.slab.release();
  }

  async #read(): Promise<Piece> {
    const slab = new Slab(PIECE_BYTES);
    try {
      const { bytesRead } = await this.#file.read(slab.bytes, 0, PIECE_BYTES, this.#position);
      return { bytes: slab.bytes.subarray(0, bytesRead), slab };
    } catch (thrown) {
      slab.release();
      throw thrown;
    }
  }
}

function uncongested(transcript: Transcript, signal: AbortSignal): Promise<void> {
  if (!transcript.congested) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      stop();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const stop = transcript.relieved.subscribe(done);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** Bytes on their way, and a wait until they are fewer. */
class Flow {
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.#wake?.();
  #bytes = 0;
  #failure: Error | null = null;
  #wake: (() => void) | null = null;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort);
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  done(bytes: number, failure?: Error | null): void {
    this.#bytes -= bytes;
    if (failure) this.#failure = failure;
    this.#wake?.();
  }

  /**
   * Waits until fewer than `limit` bytes are on their way; raises `NOT_CONNECTED` when sending failed, and the signal's
   * reason, also while the peer reads nothing.
   */
  async below(limit: number): Promise<void> {
    while (!this.#failure && !this.#signal.aborted && this.#bytes >= limit) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#signal.throwIfAborted();
    if (!this.#failure) return;
    throw new AppError('NOT_CONNECTED', 'The connection ended before the whole file was sent.', {
      cause: this.#failure,
    });
  }

  dispose(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}
