import { open, type FileHandle } from 'node:fs/promises';
import { AppError, systemCode } from '../../errors/index.ts';
import { SlabCursor, type Slab, type Transcript } from '../transcript/index.ts';
import type { StreamChannel } from './stream-channel.ts';

/** Bytes read and sent at a time. */
const CHUNK_BYTES = 256 * 1024;
/** Bytes handed over and not yet taken by the system, at most. */
const IN_FLIGHT_BYTES = 1024 * 1024;
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
  const flow = new Flow();
  const reader = new ReadAhead(file);
  try {
    const { size } = await file.stat();
    let sent = 0;
    let reportedAt = 0;
    for (let piece = await reader.next(); piece; piece = await reader.next()) {
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
    await reader.dispose();
    await file.close();
  }
}

interface Piece {
  readonly bytes: Uint8Array;
  /** Retained for whoever takes the piece. */
  readonly slab: Slab;
}

/** Reads a file piece by piece; the next one is read while the last is sent. */
class ReadAhead {
  readonly #file: FileHandle;
  readonly #cursor = new SlabCursor(CHUNK_BYTES);
  #position = 0;
  #reading: Promise<Piece | null>;

  constructor(file: FileHandle) {
    this.#file = file;
    this.#reading = this.#read();
  }

  /** The next piece, or null at the file's end. */
  async next(): Promise<Piece | null> {
    const piece = await this.#reading;
    if (piece) this.#reading = this.#read();
    // It may fail while nobody waits for it yet; the next call tells.
    this.#reading.catch(() => undefined);
    return piece;
  }

  async dispose(): Promise<void> {
    const left = await this.#reading.catch(() => null);
    left?.slab.release();
    this.#cursor.dispose();
  }

  async #read(): Promise<Piece | null> {
    const room = this.#cursor.next();
    const { bytesRead } = await this.#file.read(room, 0, room.length, this.#position);
    const { slab } = this.#cursor;
    if (bytesRead === 0 || !slab) return null;
    this.#position += bytesRead;
    slab.retain();
    return { bytes: this.#cursor.take(bytesRead), slab };
  }
}

async function openToRead(path: string): ReturnType<typeof open> {
  try {
    const file = await open(path, 'r');
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (thrown) {
    throw new AppError('FILE_NOT_READABLE', `The file ${path} cannot be read.`, {
      hint: systemCode(thrown) === 'ENOENT' ? 'There is no such file. Check the path.' : 'Check its permissions.',
      cause: thrown,
    });
  }
  throw new AppError('FILE_NOT_READABLE', `${path} is not a file.`, { hint: 'Choose a file, not a folder.' });
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
  #bytes = 0;
  #failure: Error | null = null;
  #wake: (() => void) | null = null;

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  done(bytes: number, failure?: Error | null): void {
    this.#bytes -= bytes;
    if (failure) this.#failure = failure;
    this.#wake?.();
  }

  /** Waits until fewer than `limit` bytes are on their way; raises `NOT_CONNECTED` when sending failed. */
  async below(limit: number): Promise<void> {
    while (!this.#failure && this.#bytes >= limit) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (!this.#failure) return;
    throw new AppError('NOT_CONNECTED', 'The connection ended before the whole file was sent.', {
      cause: this.#failure,
    });
  }
}
