import type { WindowRow } from '../../../src-main/api/contract/console.ts';

/** Rows kept while there are more than `MOST_KEPT`: those in sight and this many before and after them. */
const NEAR = 400;
const MOST_KEPT = 1200;

/** The rows that are known of a transcript. It never changes: new rows make a new cache. */
export class RowCache {
  readonly #rows: ReadonlyMap<number, WindowRow>;

  constructor(rows: ReadonlyMap<number, WindowRow> = new Map()) {
    this.#rows = rows;
  }

  get size(): number {
    return this.#rows.size;
  }

  at(row: number): WindowRow | undefined {
    return this.#rows.get(row);
  }

  /** Whether every row from `first` to `end` (not included) is known. */
  holds(first: number, end: number): boolean {
    for (let row = first; row < end; row += 1) if (!this.#rows.has(row)) return false;
    return true;
  }

  /**
   * This cache and what has come. Entries never change: a row that is the same as before stays the same object and is
   * not drawn again. Rows far from `sight` are forgotten when there are many.
   */
  with(came: readonly WindowRow[], sight: { readonly first: number; readonly end: number }): RowCache {
    const near = (row: number): boolean => row >= sight.first - NEAR && row < sight.end + NEAR;
    const kept = [...this.#rows].filter(([row]) => this.#rows.size <= MOST_KEPT || near(row));
    return new RowCache(new Map([...kept, ...came.map((row): [number, WindowRow] => [row.row, this.#knownOr(row)])]));
  }

  #knownOr(row: WindowRow): WindowRow {
    const known = this.#rows.get(row.row);
    return known?.n === row.n && known.lastN === row.lastN && known.length === row.length ? known : row;
  }
}
