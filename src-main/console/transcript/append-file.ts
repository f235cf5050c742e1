import { systemCode } from '../../errors/index.ts';

/** The part of a file handle that is written through; a test gives a disk that is full. */
export interface WritableFile {
  writev(buffers: Uint8Array[], position: number): Promise<{ readonly bytesWritten: number }>;
}

/** Why writing does not go on just now. */
export interface Stall {
  /** The system's code: `ENOSPC`, `EDQUOT`, `EIO`. */
  readonly code: string;
}

export interface AppendFileOptions {
  readonly file: WritableFile;
  /** Where the next byte goes. */
  readonly position: number;
  /** Milliseconds between two tries while the disk refuses. */
  readonly retryMs: number;
  /** Told of a refusal (`stall`) and of the first success after it (null). */
  readonly onStall: (stall: Stall | null) => void;
}

/** Buffers one `writev` takes at most; Linux's IOV_MAX. */
const MOST_BUFFERS = 1024;

/**
 * Appends to a file and never gives up: while the disk refuses (full, over quota, failing) it tries again, so that what
 * waits is written in order as soon as there is room.
 */
export class AppendFile {
  readonly #options: AppendFileOptions;
  #position: number;
  #stalled = false;
  #abandoned = false;
  #wake: (() => void) | null = null;

  constructor(options: AppendFileOptions) {
    this.#options = options;
    this.#position = options.position;
  }

  get position(): number {
    return this.#position;
  }

  /** Writes all buffers in order. Returns false only after `abandon()`. */
  async append(buffers: readonly Uint8Array[]): Promise<boolean> {
    let rest = buffers.filter((buffer) => buffer.length > 0);
    while (rest.length > 0) {
      if (this.#abandoned) return false;
      const written = await this.#tryOnce(rest.slice(0, MOST_BUFFERS));
      this.#position += written;
      rest = withoutFirst(rest, written);
    }
    return true;
  }

  /** Tries again at once, without waiting for the next turn. */
  retryNow(): void {
    this.#wake?.();
  }

  /** Gives up what the disk refuses to take. */
  abandon(): void {
    this.#abandoned = true;
    this.#wake?.();
  }

  async #tryOnce(buffers: readonly Uint8Array[]): Promise<number> {
    try {
      const { bytesWritten } = await this.#options.file.writev([...buffers], this.#position);
      if (this.#stalled && bytesWritten > 0) this.#setStall(null);
      return bytesWritten;
    } catch (thrown) {
      this.#setStall({ code: systemCode(thrown) ?? 'EIO' });
      await this.#pause();
      return 0;
    }
  }

  #setStall(stall: Stall | null): void {
    this.#stalled = stall !== null;
    this.#options.onStall(stall);
  }

  #pause(): Promise<void> {
    if (this.#abandoned) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(done, this.#options.retryMs);
      const wake = (): void => {
        clearTimeout(timer);
        done();
      };
      function done(): void {
        resolve();
      }
      this.#wake = wake;
    });
  }
}

function withoutFirst(buffers: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  let first = 0;
  while (first < buffers.length && skip >= (buffers[first]?.length ?? 0)) {
    skip -= buffers[first]?.length ?? 0;
    first += 1;
  }
  const rest = buffers.slice(first);
  const head = rest[0];
  if (head && skip > 0) rest[0] = head.subarray(skip);
  return rest;
}
