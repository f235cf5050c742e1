import { DIRECTIONS, ENTRY_KINDS, type Direction, type EntryHead, type EntryKind } from './entry.ts';
import { readHeads, scanRecords } from './read-entries.ts';
import { PAGE_RECORDS, type RecordPage } from './record-page.ts';
import { RowList } from './row-list.ts';
import { searchTranscript, type Needle } from './search.ts';
import type { TranscriptSource } from './source.ts';

/** Which entries are shown. */
export interface EntryFilter {
  readonly kinds: readonly EntryKind[];
  readonly directions: readonly Direction[];
  /** One connection and the session's own entries, or null for all. */
  readonly connection: number | null;
  /** Only chunks with these bytes in them; null for all. */
  readonly contains: Needle | null;
}

export const SHOW_ALL: EntryFilter = { kinds: ENTRY_KINDS, directions: DIRECTIONS, connection: null, contains: null };

/** Bytes at which a row of joined chunks ends and the next begins, so that every row can be shown. */
const JOINED_ROW_BYTES = 16 * 1024;

/** One row: a single entry, or chunks of one connection and direction that follow each other. */
export interface Row {
  /** Its place in the view, from 0. */
  readonly row: number;
  readonly heads: readonly EntryHead[];
}

/**
 * The rows of one way of looking at a transcript. It grows with the transcript; the entries themselves never change,
 * so joining is only a view.
 */
export class RowView {
  readonly #source: TranscriptSource;
  readonly #filter: EntryFilter;
  readonly #joined: boolean;
  readonly #identity: boolean;
  readonly #firsts = new RowList();
  readonly #lasts = new RowList();
  #scanned = 0;
  #scanning: Promise<void> | null = null;
  #openRow: { connection: number; direction: Direction; bytes: number } | null = null;

  constructor(source: TranscriptSource, filter: EntryFilter, joined: boolean) {
    this.#source = source;
    this.#filter = filter;
    // What was searched for is shown chunk by chunk.
    this.#joined = joined && filter.contains === null;
    this.#identity = !joined && filter.contains === null && showsEverything(filter);
  }

  /** Rows known so far. */
  get length(): number {
    return this.#identity ? this.#source.written : this.#firsts.length;
  }

  /** Entries of the transcript that have been looked at. */
  get scanned(): number {
    return this.#identity ? this.#source.written : this.#scanned;
  }

  /** Looks at what was written since the last time. */
  async update(signal?: AbortSignal): Promise<void> {
    if (this.#identity) return;
    while (this.#scanning) await this.#scanning;
    if (this.#scanned >= this.#source.written) return;
    this.#scanning = this.#scan(this.#source.written, signal).finally(() => {
      this.#scanning = null;
    });
    await this.#scanning;
  }

  /** Rows `from` to `to` (not included), as far as they exist. */
  async rows(from: number, to: number): Promise<Row[]> {
    const end = Math.min(to, this.length);
    if (this.#identity) {
      const heads = await readHeads(this.#source, from, end);
      return heads.map((head) => ({ row: head.n, heads: [head] }));
    }
    const rows: Row[] = [];
    for (let row = from; row < end; row += 1) rows.push({ row, heads: await this.#headsOf(row) });
    return rows;
  }

  /** The row that shows entry `n`, or the next row after it. */
  rowOf(n: number): number {
    if (this.#identity) return Math.min(n, Math.max(0, this.length - 1));
    const at = this.#lasts.lowerBound(n);
    return Math.min(at, Math.max(0, this.length - 1));
  }

  async #headsOf(row: number): Promise<EntryHead[]> {
    const first = this.#firsts.at(row) ?? 0;
    const last = this.#lasts.at(row) ?? first;
    const heads = await readHeads(this.#source, first, last + 1);
    const [head] = heads;
    if (heads.length === 1 || !head) return heads;
    return heads.filter(
      (one) => one.kind === 'data' && one.connection === head.connection && one.direction === head.direction,
    );
  }

  async #scan(end: number, signal?: AbortSignal): Promise<void> {
    const { contains } = this.#filter;
    if (!contains) {
      await scanRecords(this.#source, this.#scanned, end, (page, slot, n) => this.#visit(page, slot, n), signal);
      this.#scanned = end;
      return;
    }
    // A match may have begun in the last chunks of the stretch before.
    const from = Math.max(0, this.#scanned - contains.bytes.length);
    const matching = new RowList();
    await searchTranscript(this.#source, contains, { from, to: end, signal }, (match) => {
      matching.insertSorted(match.n);
      matching.insertSorted(match.endN);
      return true;
    });
    await this.#addMatching(matching);
    this.#scanned = end;
  }

  async #addMatching(matching: RowList): Promise<void> {
    for (let i = 0; i < matching.length; i += 1) {
      const n = matching.at(i) ?? 0;
      const last = this.#lasts.at(this.#lasts.length - 1);
      const known = last !== undefined && n <= last;
      if (known) continue;
      const page = await this.#source.index.page(n);
      this.#visit(page, n % PAGE_RECORDS, n);
    }
  }

  #visit(page: RecordPage, slot: number, n: number): void {
    const kind = page.kind(slot);
    const direction = page.direction(slot);
    const connection = page.connection(slot);
    if (!this.#shows(kind, direction, connection)) return;
    const length = page.length(slot);
    const open = this.#openRow;
    const joins =
      this.#joined &&
      kind === 'data' &&
      open?.connection === connection &&
      open.direction === direction &&
      open.bytes + length <= JOINED_ROW_BYTES;
    if (joins && open) {
      this.#lasts.setLast(n);
      open.bytes += length;
      return;
    }
    this.#firsts.push(n);
    this.#lasts.push(n);
    this.#openRow = kind === 'data' ? { connection, direction, bytes: length } : null;
  }

  #shows(kind: EntryKind, direction: Direction, connection: number): boolean {
    const { kinds, directions, connection: only } = this.#filter;
    return (
      kinds.includes(kind) &&
      directions.includes(direction) &&
      (only === null || connection === only || connection === 0)
    );
  }
}

function showsEverything(filter: EntryFilter): boolean {
  return (
    filter.connection === null &&
    ENTRY_KINDS.every((kind) => filter.kinds.includes(kind)) &&
    DIRECTIONS.every((direction) => filter.directions.includes(direction))
  );
}
