import { readFully } from './entry-index.ts';
import type { Entry, EntryHead } from './entry.ts';
import { PAGE_RECORDS, type RecordPage } from './record-page.ts';
import type { TranscriptSource } from './source.ts';

/** Payloads that lie this close together are read in one go. */
const SPAN_BYTES = 256 * 1024;

/** The heads of entries `from` to `to` (not included), as far as they exist. */
export async function readHeads(source: TranscriptSource, from: number, to: number): Promise<EntryHead[]> {
  const end = Math.min(to, source.written);
  const heads: EntryHead[] = [];
  for (let n = from; n < end;) {
    const page = await source.index.page(n);
    const stop = Math.min(end, (Math.floor(n / PAGE_RECORDS) + 1) * PAGE_RECORDS);
    for (; n < stop; n += 1) heads.push(page.head(n % PAGE_RECORDS, n));
  }
  return heads;
}

/** Bytes of an entry's payload from `start`, at most `length`. */
export async function readPayload(
  source: TranscriptSource,
  head: EntryHead,
  start = 0,
  length = head.length,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.max(0, Math.min(length, head.length - start)));
  await readFully(source.dataHandle, bytes, source.dataBase + head.fileOffset + start);
  return bytes;
}

/** Entries with the first `maxBytes` of each payload; the details of other kinds are always whole. */
export async function readEntries(
  source: TranscriptSource,
  heads: readonly EntryHead[],
  maxBytes: number,
): Promise<Entry[]> {
  const groups = groupNeighbours(heads);
  const read = await Promise.all(groups.map((group) => readGroup(source, group, maxBytes)));
  return read.flat();
}

/** Runs of entries that one read of up to `SPAN_BYTES` covers; a longer payload stands alone. */
function groupNeighbours(heads: readonly EntryHead[]): EntryHead[][] {
  const groups: EntryHead[][] = [];
  let start = 0;
  for (const head of heads) {
    const group = groups.at(-1);
    const fits = group && head.fileOffset >= start && head.fileOffset + head.length - start <= SPAN_BYTES;
    if (fits) {
      group.push(head);
    } else {
      groups.push([head]);
      start = head.fileOffset;
    }
  }
  return groups;
}

async function readGroup(source: TranscriptSource, group: readonly EntryHead[], maxBytes: number): Promise<Entry[]> {
  const [first] = group;
  const last = group.at(-1);
  if (!first || !last) return [];
  const lengthOf = (head: EntryHead): number => (head.kind === 'data' ? Math.min(head.length, maxBytes) : head.length);
  const span = new Uint8Array(last.fileOffset + lengthOf(last) - first.fileOffset);
  await readFully(source.dataHandle, span, source.dataBase + first.fileOffset);
  return group.map((head) => {
    const at = head.fileOffset - first.fileOffset;
    return { ...head, bytes: span.slice(at, at + lengthOf(head)) };
  });
}

/**
 * Visits the records of `from` to `to` (not included) in order, a page at a time, without making an object for each.
 * `visit` gets the page, the slot and the entry's number.
 */
export async function scanRecords(
  source: TranscriptSource,
  from: number,
  to: number,
  visit: (page: RecordPage, slot: number, n: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  for (let n = from; n < to;) {
    signal?.throwIfAborted();
    const page = await source.index.page(n);
    const stop = Math.min(to, (Math.floor(n / PAGE_RECORDS) + 1) * PAGE_RECORDS);
    for (; n < stop; n += 1) visit(page, n % PAGE_RECORDS, n);
  }
}

/** The first entry at or after a time, by bisection; `written` when there is none. */
export async function findTime(
  source: TranscriptSource,
  time: { readonly monoUs: number } | { readonly wallUs: number },
): Promise<number> {
  let low = 0;
  let high = source.written;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const head = await source.index.head(middle);
    const before = 'monoUs' in time ? head.monoUs < time.monoUs : head.wallUs < time.wallUs;
    if (before) low = middle + 1;
    else high = middle;
  }
  return low;
}
