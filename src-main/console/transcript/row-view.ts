import { DIRECTIONS, ENTRY_KINDS, type Direction, type EntryHead, type EntryKind } from './entry.ts';
import { readHeads, scanRecords } from './read-entries.ts';
import { PAGE_RECORDS, type RecordPage } from './record-page.ts';
import { RowList } from './row-list.ts';
import { TranscriptSearch, type Needle } from './search.ts';
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

/** Entries looked at between two looks at the clock. */
const SCAN_ENTRIES = 2048;
const UPDATE_BUDGET_MS = 150;

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
  readonly #search: TranscriptSearch | null;
  #matching = new RowList();
  #scanned = 0;
  #scanning: Promise<void> | null = null;
  #openRow: { connection: number; direction: Direction; bytes: number } | null = null;

  constructor(source: TranscriptSource, filter: EntryFilter, joined: boolean) {
    this.#source = source;
    this.#filter = filter;
    // What was searched for is shown chunk by chunk.
    this.#joined = joined && filter.contains === null;
    this.#identity = !joined && filter.contains === null && showsEverything(filter);
    this.#search =
      filter.contains &&
      new TranscriptSearch(source, filter.contains, (match) => {
        this.#matching.insertSorted(match.n);
        this.#matching.insertSorted(match.endN);
        return true;
      });
  }

  /** Rows known so far. */
  get length(): number {
    return this.#identity ? this.#source.written : this.#firsts.length;
  }

  /** Entries of the transcript that have been looked at. */
  get scanned(): number {
    return this.#identity ? this.#source.written : this.#scanned;
  }

  /**
   * Looks at what was written since the last time, for about `budgetMs` milliseconds: a filter that has to read through
   * a long transcript goes on with the next call, and shows meanwhile what it has found.
   */
  async update(budgetMs = UPDATE_BUDGET_MS): Promise<void> {
    if (this.#identity) return;
    while (this.#scanning) await this.#scanning;
    this.#scanning = this.#scan(performance.now() + budgetMs).finally(() => {
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

  async #scan(until: number): Promise<void> {
    while (this.#scanned < this.#source.written) {
      const end = Math.min(this.#source.written, this.#scanned + SCAN_ENTRIES);
      if (this.#search) await this.#scanContent(this.#search, end);
      else await scanRecords(this.#source, this.#scanned, end, (page, slot, n) => this.#visit(page, slot, n));
      this.#scanned = end;
      if (performance.now() > until) return;
    }
  }

  async #scanContent(search: TranscriptSearch, end: number): Promise<void> {
    await search.advance({ from: this.#scanned, to: end });
    const matching = this.#matching;
    this.#matching = new RowList();
    for (let i = 0; i < matching.length; i += 1) {
      const n = matching.at(i) ?? 0;
      const last = this.#lasts.at(this.#lasts.length - 1);
      // A match may begin in an entry that came before what is already shown; its end is shown then.
      if (last !== undefined && n <= last) continue;
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
