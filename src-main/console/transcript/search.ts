import { readFully } from './entry-index.ts';
import type { Direction, EntryHead } from './entry.ts';
import { readHeads } from './read-entries.ts';
import type { TranscriptSource } from './source.ts';

/** Bytes to look for. */
export interface Needle {
  readonly bytes: Uint8Array;
  /** Takes ASCII letters of either case for the same. */
  readonly ignoreCase: boolean;
}

/** Where bytes were found. They may go on into later chunks of the same connection and direction. */
export interface Match {
  /** The entry in which it starts. */
  readonly n: number;
  /** Offset of its first byte in that entry's chunk. */
  readonly offset: number;
  /** The entry in which it ends. */
  readonly endN: number;
}

export interface SearchOptions {
  readonly from: number;
  /** The entry to stop before. */
  readonly to: number;
  readonly signal?: AbortSignal;
  /** Called after each stretch with the entries searched so far. */
  readonly onProgress?: (searched: number) => void;
}

/** Bytes read at a time. */
const BLOCK_BYTES = 1024 * 1024;
const HEADS_AT_ONCE = 4096;

/**
 * Looks through the chunks of a transcript in order and tells each match, those that lie across the border of two
 * chunks included. Returning false from `found` stops the search. Reads the file in blocks, whatever its size.
 */
export async function searchTranscript(
  source: TranscriptSource,
  needle: Needle,
  options: SearchOptions,
  found: (match: Match) => boolean,
): Promise<void> {
  await new TranscriptSearch(source, needle, found).advance(options);
}

/** A search that can go on where it stopped, as the transcript grows. */
export class TranscriptSearch {
  readonly #source: TranscriptSource;
  readonly #matcher: StreamMatcher;

  constructor(source: TranscriptSource, needle: Needle, found: (match: Match) => boolean) {
    this.#source = source;
    this.#matcher = new StreamMatcher(needle, found);
  }

  /** Searches the entries `from` to `to` (not included), which have to follow those searched before. */
  async advance({ from, to, signal, onProgress }: SearchOptions): Promise<void> {
    for (let n = from; n < to; n += HEADS_AT_ONCE) {
      const heads = await readHeads(this.#source, n, Math.min(to, n + HEADS_AT_ONCE));
      for (const block of blocksOf(heads.filter((head) => head.kind === 'data' && head.length > 0))) {
        signal?.throwIfAborted();
        await searchBlock(this.#source, block, this.#matcher);
        if (this.#matcher.stopped) return;
      }
      onProgress?.(n + heads.length);
    }
  }
}

/** One read: a stretch of the file and the pieces of chunks that lie in it. */
interface Block {
  readonly start: number;
  end: number;
  readonly pieces: { readonly head: EntryHead; readonly from: number; readonly to: number }[];
}

function* blocksOf(heads: readonly EntryHead[]): Generator<Block> {
  let block: Block | null = null;
  for (const head of heads) {
    for (let from = 0; from < head.length; from += BLOCK_BYTES) {
      const to = Math.min(head.length, from + BLOCK_BYTES);
      const start = head.fileOffset + from;
      const end = head.fileOffset + to;
      if (block && end - block.start > BLOCK_BYTES) {
        yield block;
        block = null;
      }
      block ??= { start, end, pieces: [] };
      block.pieces.push({ head, from, to });
      block.end = end;
    }
  }
  if (block) yield block;
}

async function searchBlock(source: TranscriptSource, block: Block, matcher: StreamMatcher): Promise<void> {
  const bytes = Buffer.allocUnsafe(block.end - block.start);
  await readFully(source.dataHandle, bytes, source.dataBase + block.start);
  for (const { head, from, to } of block.pieces) {
    const at = head.fileOffset + from - block.start;
    matcher.push(head, from, bytes.subarray(at, at + to - from));
    if (matcher.stopped) return;
  }
}

/** The last bytes of one connection and direction, and where each came from. */
interface Tail {
  bytes: Buffer;
  readonly origins: { readonly n: number; readonly offset: number; length: number }[];
}

/** Finds the needle in chunks pushed one after another, keeping streams apart. */
class StreamMatcher {
  readonly #needle: Buffer;
  readonly #ignoreCase: boolean;
  readonly #found: (match: Match) => boolean;
  readonly #tails = new Map<string, Tail>();
  stopped = false;

  constructor(needle: Needle, found: (match: Match) => boolean) {
    this.#needle = needle.ignoreCase ? lowerCase(Buffer.from(needle.bytes)) : Buffer.from(needle.bytes);
    this.#ignoreCase = needle.ignoreCase;
    this.#found = found;
  }

  /** `offset` is where `piece` starts in the chunk of `head`. */
  push(head: EntryHead, offset: number, piece: Buffer): void {
    const chunk = this.#ignoreCase ? lowerCase(piece) : piece;
    const key = streamKey(head.connection, head.direction);
    const tail = this.#tails.get(key);
    if (tail) this.#searchBorder(tail, head.n, chunk);
    for (let at = chunk.indexOf(this.#needle); at !== -1 && !this.stopped; at = chunk.indexOf(this.#needle, at + 1)) {
      this.#tell({ n: head.n, offset: offset + at, endN: head.n });
    }
    if (this.#needle.length > 1) this.#tails.set(key, this.#nextTail(tail, head.n, offset, chunk));
  }

  #searchBorder(tail: Tail, n: number, chunk: Buffer): void {
    const joined = Buffer.concat([tail.bytes, chunk.subarray(0, this.#needle.length - 1)]);
    for (let at = joined.indexOf(this.#needle); at !== -1 && !this.stopped; at = joined.indexOf(this.#needle, at + 1)) {
      const start = locate(tail, at);
      if (start) this.#tell({ ...start, endN: n });
    }
  }

  #nextTail(tail: Tail | undefined, n: number, offset: number, chunk: Buffer): Tail {
    const keep = this.#needle.length - 1;
    if (chunk.length >= keep) {
      const from = chunk.length - keep;
      return { bytes: Buffer.from(chunk.subarray(from)), origins: [{ n, offset: offset + from, length: keep }] };
    }
    const bytes = Buffer.concat([tail?.bytes ?? Buffer.alloc(0), chunk]);
    const origins = [...(tail?.origins ?? []), { n, offset, length: chunk.length }];
    let surplus = Math.max(0, bytes.length - keep);
    const next: Tail = { bytes: bytes.subarray(surplus), origins: [] };
    for (const origin of origins) {
      const dropped = Math.min(surplus, origin.length);
      surplus -= dropped;
      if (dropped < origin.length) {
        next.origins.push({ n: origin.n, offset: origin.offset + dropped, length: origin.length - dropped });
      }
    }
    return next;
  }

  #tell(match: Match): void {
    if (!this.#found(match)) this.stopped = true;
  }
}

function locate(tail: Tail, at: number): { n: number; offset: number } | null {
  let rest = at;
  for (const origin of tail.origins) {
    if (rest < origin.length) return { n: origin.n, offset: origin.offset + rest };
    rest -= origin.length;
  }
  return null;
}

function streamKey(connection: number, direction: Direction): string {
  return `${connection}${direction}`;
}

function lowerCase(bytes: Buffer): Buffer {
  const lower = Buffer.from(bytes);
  for (let i = 0; i < lower.length; i += 1) {
    const byte = lower[i] ?? 0;
    if (byte >= 0x41 && byte <= 0x5a) lower[i] = byte + 0x20;
  }
  return lower;
}
