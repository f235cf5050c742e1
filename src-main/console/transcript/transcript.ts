import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Signal, type Observable } from '../../events/index.ts';
import { AppendFile, type Stall, type WritableFile } from './append-file.ts';
import { encodeDetails, type DetailKind, type EntryDetails } from './details.ts';
import { EntryIndex, indexHeader } from './entry-index.ts';
import type { Direction, EntryKind } from './entry.ts';
import { payloadCheck } from './payload-check.ts';
import { RECORD_BYTES } from './record-page.ts';
import type { Slab } from './slab.ts';
import type { TranscriptSource } from './source.ts';
import { STREAM_START, StreamStates, type StreamPosition } from './stream-state.ts';
import { TranscriptClock } from './transcript-clock.ts';

export const DATA_FILE = 'data.bin';
export const INDEX_FILE = 'entries.idx';

/**
 * Bytes that may wait for the disk before sources have to pause, and where they may go on. What waits should still be in
 * the processor's cache when it is written (with 16 MiB here receiving took nearly twice the system time), and be enough
 * to go on with while the other side of the machine is late (1 MiB made receiving a seventh slower).
 */
const CONGESTED_BYTES = 2 * 1024 * 1024;
const RELIEVED_BYTES = 1024 * 1024;
/** Bytes written at once, about: less than what may wait, so that reading and writing go on side by side. */
const BATCH_BYTES = 512 * 1024;
const STALL_RETRY_MS = 1000;

export interface TranscriptOptions {
  readonly folder: string;
  readonly retryMs?: number;
  /** Wraps the data file's writing side; tests give a disk that is full. */
  readonly wrapDisk?: (file: FileHandle) => WritableFile;
  /** The same for the index file. */
  readonly wrapIndexDisk?: (file: FileHandle) => WritableFile;
}

/** A chunk to record. */
export interface DataChunk {
  readonly direction: 'sent' | 'received';
  readonly connection: number;
  /** Kept, not copied: nobody may change it afterwards. */
  readonly bytes: Uint8Array;
  /** The slab that `bytes` lies in; held until the chunk is on the disk. */
  readonly slab?: Slab | null;
  /** A whole datagram and no part of a stream. */
  readonly datagram?: boolean;
}

/** Times given from outside, for a transcript that is read in again. */
export interface EntryTimes {
  readonly monoUs: number;
  readonly wallUs: number;
}

export interface TranscriptTotals {
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly sentChunks: number;
  readonly receivedChunks: number;
}

interface Segment {
  bytes: Uint8Array;
  readonly slab: Slab | null;
  /** Entries that are complete once this is written, counted from the first of the transcript. */
  end: number;
}

/**
 * What crossed a session's sockets: appended to two files in the order it happened, never changed. Sources pause while
 * `congested`; nothing is dropped, reordered or merged.
 */
export class Transcript implements TranscriptSource {
  readonly dataBase = 0;
  readonly folder: string;
  readonly index: EntryIndex;
  readonly #data: FileHandle;
  readonly #indexHandle: FileHandle;
  readonly #dataFile: AppendFile;
  readonly #indexFile: AppendFile;
  readonly #clock = new TranscriptClock();
  readonly #streams = new StreamStates();
  readonly #written = new Signal<number>();
  readonly #relieved = new Signal<void>();
  readonly #stalls = new Signal<Stall | null>();
  #queue: Segment[] = [];
  #pendingBytes = 0;
  #end = 0;
  #stall: Stall | null = null;
  #congested = false;
  #flushing: Promise<void> | null = null;
  /** The index's last write: true when it is done, false when it was given up. */
  #indexing: Promise<boolean> = Promise.resolve(true);
  #totals = { sentBytes: 0, receivedBytes: 0, sentChunks: 0, receivedChunks: 0 };

  /** Starts a transcript in a new folder. Raises the system's error when the folder cannot be written. */
  static async create(options: TranscriptOptions): Promise<Transcript> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const data = await open(join(options.folder, DATA_FILE), 'wx+', 0o600);
    try {
      const index = await open(join(options.folder, INDEX_FILE), 'wx+', 0o600);
      await index.write(indexHeader(), 0, RECORD_BYTES, 0);
      return new Transcript(options, data, index);
    } catch (thrown) {
      await data.close();
      throw thrown;
    }
  }

  private constructor(options: TranscriptOptions, data: FileHandle, index: FileHandle) {
    this.folder = options.folder;
    this.#data = data;
    this.#indexHandle = index;
    const disk = options.wrapDisk?.(data) ?? data;
    const onStall = (stall: Stall | null): void => this.#setStall(stall);
    const retryMs = options.retryMs ?? STALL_RETRY_MS;
    this.#dataFile = new AppendFile({ file: disk, position: 0, retryMs, onStall });
    const indexDisk = options.wrapIndexDisk?.(index) ?? index;
    this.#indexFile = new AppendFile({ file: indexDisk, position: RECORD_BYTES, retryMs, onStall });
    this.index = new EntryIndex(index, 0);
  }

  /** Entries that are in the files; only these are shown. */
  get written(): number {
    return this.index.written;
  }

  get totals(): TranscriptTotals {
    return this.#totals;
  }

  get dataHandle(): FileHandle {
    return this.#data;
  }

  /** True while sources have to wait for the disk. */
  get congested(): boolean {
    return this.#congested;
  }

  /** Why the disk takes nothing just now, or null. */
  get stall(): Stall | null {
    return this.#stall;
  }

  /** Tells the number of written entries after each batch. */
  get writes(): Observable<number> {
    return this.#written;
  }

  /** Tells sources that they may go on. */
  get relieved(): Observable<void> {
    return this.#relieved;
  }

  get stalls(): Observable<Stall | null> {
    return this.#stalls;
  }

  /** Microseconds since the transcript began. */
  now(): number {
    return this.#clock.monoUs();
  }

  /** Records a chunk and returns its entry's number. */
  appendData(chunk: DataChunk, times?: EntryTimes): number {
    const { direction, connection, bytes } = chunk;
    const position = this.#streams.advance(connection, direction, bytes, chunk.datagram ?? false);
    if (direction === 'sent') {
      this.#totals.sentBytes += bytes.length;
      this.#totals.sentChunks += 1;
    } else {
      this.#totals.receivedBytes += bytes.length;
      this.#totals.receivedChunks += 1;
    }
    return this.#append('data', direction, connection, bytes, chunk.slab ?? null, position, times);
  }

  /** Records anything that is not data. */
  appendDetails<K extends DetailKind>(
    kind: K,
    direction: Direction,
    connection: number,
    details: EntryDetails[K],
    times?: EntryTimes,
  ): number {
    if (kind === 'close') this.#streams.forget(connection);
    return this.#append(kind, direction, connection, encodeDetails(details), null, STREAM_START, times);
  }

  /** Settles when everything recorded so far is in the files. Waits as long as the disk refuses. */
  async flushed(): Promise<void> {
    while (this.#flushing) await this.#flushing;
  }

  /** Tries the disk again at once. */
  retryNow(): void {
    this.#dataFile.retryNow();
    this.#indexFile.retryNow();
  }

  /**
   * Writes what waits and syncs the files to the disk. While the disk refuses, what it does not take at once is given
   * up; the number of entries lost is returned, 0 when all is kept.
   */
  async finish(): Promise<number> {
    if (this.#stall) {
      this.#dataFile.abandon();
      this.#indexFile.abandon();
    }
    await this.flushed();
    const lost = this.index.count - this.index.written;
    if (lost === 0) await Promise.all([this.#data.datasync(), this.#indexHandle.datasync()]);
    return lost;
  }

  /** Closes the files. Call `finish()` first. */
  async dispose(): Promise<void> {
    this.#dataFile.abandon();
    this.#indexFile.abandon();
    await this.flushed();
    await Promise.all([this.#data.close(), this.#indexHandle.close()]);
  }

  #append(
    kind: EntryKind,
    direction: Direction,
    connection: number,
    bytes: Uint8Array,
    slab: Slab | null,
    position: StreamPosition,
    times: EntryTimes | undefined,
  ): number {
    const monoUs = times?.monoUs ?? this.#clock.monoUs();
    const wallUs = times?.wallUs ?? this.#clock.wallUs(monoUs);
    const n = this.index.append({
      monoUs,
      wallUs,
      kind,
      direction,
      connection,
      length: bytes.length,
      fileOffset: this.#end,
      streamOffset: position.offset,
      carry: position.carry,
      afterCarriageReturn: position.afterCarriageReturn,
      check: payloadCheck(bytes),
    });
    this.#end += bytes.length;
    this.#pendingBytes += bytes.length;
    this.#enqueue(bytes, slab, n + 1);
    if (this.#pendingBytes > CONGESTED_BYTES) this.#congested = true;
    this.#flushing ??= this.#flush();
    return n;
  }

  /** Queues bytes; neighbours in the same slab become one write. */
  #enqueue(bytes: Uint8Array, slab: Slab | null, end: number): void {
    const last = this.#queue.at(-1);
    if (slab && last?.slab === slab && last.bytes.byteOffset + last.bytes.length === bytes.byteOffset) {
      last.bytes = new Uint8Array(bytes.buffer, last.bytes.byteOffset, last.bytes.length + bytes.length);
      last.end = end;
      return;
    }
    slab?.retain();
    this.#queue.push({ bytes, slab, end });
  }

  async #flush(): Promise<void> {
    // What is recorded in the same turn of the event loop is written together.
    await Promise.resolve();
    try {
      for (;;) {
        if (this.#queue.length === 0) await this.#indexing;
        if (this.#queue.length === 0 || !(await this.#writeBatch())) return;
      }
    } finally {
      this.#flushing = null;
    }
  }

  async #writeBatch(): Promise<boolean> {
    const batch = this.#takeBatch();
    const bytes = batch.segments.map((segment) => segment.bytes);
    const kept = await this.#dataFile.append(bytes);
    for (const segment of batch.segments) segment.slab?.release();
    this.#pendingBytes -= batch.length;
    if (!(await this.#indexing) || !kept) return false;
    this.#indexing = this.#writeIndex(batch.end);
    this.#relieve();
    return true;
  }

  /** Writes the records of what is in the data file, while that already takes the next batch. */
  async #writeIndex(end: number): Promise<boolean> {
    if (!(await this.index.write(this.#indexFile, end))) return false;
    this.#written.emit(this.index.written);
    this.#relieve();
    return true;
  }

  /** What waits, as one batch of a bounded size: its entries are then complete in the file. */
  #takeBatch(): { segments: Segment[]; length: number; end: number } {
    let count = 0;
    let length = 0;
    while (count < this.#queue.length && length < BATCH_BYTES) {
      length += this.#queue[count]?.bytes.length ?? 0;
      count += 1;
    }
    const segments = this.#queue.splice(0, count);
    return { segments, length, end: segments.at(-1)?.end ?? this.index.count };
  }

  #relieve(): void {
    if (!this.#congested || this.#stall || this.#pendingBytes > RELIEVED_BYTES) return;
    this.#congested = false;
    this.#relieved.emit();
  }

  #setStall(stall: Stall | null): void {
    const changed = this.#stall?.code !== stall?.code;
    this.#stall = stall;
    if (stall) this.#congested = true;
    if (changed) this.#stalls.emit(stall);
  }
}
