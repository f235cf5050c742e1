import { SlabCursor, type Slab } from '../transcript/index.ts';

/** Gets each chunk as `recv` returned it, and the slab that holds it. */
export type ChunkSink = (chunk: Uint8Array, slab: Slab | null) => void;

/**
 * Reads a socket straight into slabs (net.Socket's `onread`), so that a chunk goes from the kernel to the disk without
 * a copy, and one `recv` takes exactly the size asked for.
 */
export class SocketReader {
  readonly #cursor: SlabCursor;
  /** Who gets the chunks; set before the socket's first read, which follows its `connect` event. */
  sink: ChunkSink | null = null;

  constructor(receiveSize: number) {
    this.#cursor = new SlabCursor(receiveSize);
  }

  readonly onread = {
    buffer: (): Uint8Array => this.#cursor.next(),
    callback: (length: number): boolean => {
      const chunk = this.#cursor.take(length);
      this.sink?.(chunk, this.#cursor.slab);
      return true;
    },
  };

  dispose(): void {
    this.sink = null;
    this.#cursor.dispose();
  }
}
