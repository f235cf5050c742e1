import { readEntries, readHeads, type Entry, type EntryHead, type TranscriptSource } from '../transcript/index.ts';

/** Entries read at a time, and bytes of payload; a longer chunk comes alone. */
const ENTRIES_AT_ONCE = 512;
const BYTES_AT_ONCE = 4 * 1024 * 1024;

/** Every entry up to `end` with its whole payload, in order, a few megabytes at a time. */
export async function* wholeEntries(
  source: TranscriptSource,
  end: number,
  signal?: AbortSignal,
): AsyncGenerator<Entry> {
  for (let n = 0; n < end; n += ENTRIES_AT_ONCE) {
    const heads = await readHeads(source, n, Math.min(end, n + ENTRIES_AT_ONCE));
    for (const batch of batchesOf(heads)) {
      signal?.throwIfAborted();
      yield* await readEntries(source, batch, Number.POSITIVE_INFINITY);
    }
  }
}

function* batchesOf(heads: readonly EntryHead[]): Generator<EntryHead[]> {
  let batch: EntryHead[] = [];
  let bytes = 0;
  for (const head of heads) {
    if (batch.length > 0 && bytes + head.length > BYTES_AT_ONCE) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(head);
    bytes += head.length;
  }
  if (batch.length > 0) yield batch;
}
