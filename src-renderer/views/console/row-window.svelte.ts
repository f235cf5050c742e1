import type { Direction, EntryKind, WindowRow } from '../../../src-main/api/contract/console.ts';
import { client } from '../../state/client.svelte.ts';
import { RowCache } from './row-cache.ts';

/** Bytes of each row that are asked for; the rest is shown on demand. */
export const ROW_BYTES = 512;
/** Rows asked for before and after those in sight. */
const MARGIN = 20;
const MOST_AT_ONCE = 400;
/** Milliseconds between two questions while the transcript keeps growing. */
const ASK_SPACING_MS = 80;

export interface Contains {
  readonly format: 'text' | 'hex';
  readonly text: string;
  readonly ignoreCase: boolean;
}

/** What of a transcript is shown. */
export interface RowFilter {
  readonly show: 'all' | 'data' | 'sent' | 'received' | 'problems';
  readonly connection: number | null;
  readonly contains: Contains | null;
  readonly joined: boolean;
}

export const NO_FILTER: RowFilter = { show: 'all', connection: null, contains: null, joined: false };

const EVERY_KIND: readonly EntryKind[] = [
  ...['data', 'connect', 'accept', 'listen', 'half-close', 'close', 'error', 'note'],
] as EntryKind[];
const EVERY_DIRECTION: readonly Direction[] = ['none', 'sent', 'received'];

/** The filter as the contract has it. */
export function viewOf(filter: RowFilter) {
  const kinds: Record<RowFilter['show'], readonly EntryKind[]> = {
    all: EVERY_KIND,
    data: ['data'],
    sent: ['data'],
    received: ['data'],
    problems: ['error', 'note', 'close'],
  };
  const directions = filter.show === 'sent' || filter.show === 'received' ? [filter.show] : [...EVERY_DIRECTION];
  const { connection, contains, joined } = filter;
  return { joined, filter: { kinds: [...kinds[filter.show]], directions, connection, contains } };
}

/**
 * The rows of one transcript that are in sight, asked for as they are needed. Only one question is on its way at a time;
 * what changed meanwhile is asked for after it, so that a fast sender never piles up work in the page.
 */
export class RowWindow {
  readonly #sessionId: string;
  readonly #failed: () => (thrown: unknown) => void;
  #filter = $state.raw<RowFilter>(NO_FILTER);
  #total = $state(0);
  /** Entries of the transcript, and how many of them the filter has looked at. */
  entries = $state(0);
  scanned = $state(0);
  #rows = $state.raw(new RowCache());
  #first = 0;
  #end = 60;
  #asking = false;
  #stale = true;
  /** Set while the list is shown: nothing is asked for otherwise. */
  #watched = false;
  follow = true;

  constructor(sessionId: string, failed: () => (thrown: unknown) => void) {
    this.#sessionId = sessionId;
    this.#failed = failed;
  }

  get total(): number {
    return this.#total;
  }

  get filter(): RowFilter {
    return this.#filter;
  }

  /** Names what is shown, for heights that have to be forgotten when it changes. */
  get name(): string {
    return JSON.stringify(this.#filter);
  }

  /** A row, or undefined while it is on its way. */
  row(index: number): WindowRow | undefined {
    return this.#rows.at(index);
  }

  setFilter(filter: RowFilter): void {
    this.#filter = filter;
    this.#rows = new RowCache();
    this.#total = 0;
    this.scanned = 0;
    this.#first = 0;
    this.#end = 60;
    this.#ask();
  }

  get watched(): boolean {
    return this.#watched;
  }

  watch(watched: boolean): void {
    this.#watched = watched;
    if (watched) this.#ask();
  }

  /** Asks again, as after a lost link to the main process. */
  again(): void {
    this.#ask();
  }

  /** The transcript has grown. */
  entriesAre(entries: number): void {
    if (entries === this.entries) return;
    this.entries = entries;
    // Where every entry is a row and the end is not followed, the rows in sight stay what they are.
    if (!this.follow && this.#plain && this.#rows.holds(this.#first, this.#end)) this.#total = entries;
    else this.#ask();
  }

  /** Rows `first` to `end` (not included) are in sight. */
  inSight(first: number, end: number): void {
    this.#first = first;
    this.#end = end;
    if (!this.#rows.holds(first, Math.min(end, this.#total))) this.#ask();
  }

  #ask(): void {
    this.#stale = true;
    if (!this.#asking && this.#watched) void this.#askAll();
  }

  async #askAll(): Promise<void> {
    this.#asking = true;
    while (this.#stale && this.#watched) {
      this.#stale = false;
      try {
        await this.#askOnce();
      } catch (thrown) {
        this.#failed()(thrown);
        break;
      }
      if (this.#stale) await pause();
    }
    this.#asking = false;
  }

  async #askOnce(): Promise<void> {
    const filter = this.#filter;
    const count = Math.min(MOST_AT_ONCE, this.#end - this.#first + 2 * MARGIN);
    // While the end is followed, the newest rows come with the count: nothing flashes empty.
    const from = this.follow ? 'end' : Math.max(0, this.#first - MARGIN);
    const view = viewOf(filter);
    const answer = await client.call('console.window', { id: this.#sessionId, view, from, count, maxBytes: ROW_BYTES });
    if (filter !== this.#filter) return;
    this.#rows = this.#rows.with(answer.rows, { first: this.#first, end: this.#end });
    this.#total = answer.total;
    this.scanned = answer.scanned;
    this.entries = Math.max(this.entries, answer.entries);
    if (answer.scanned < answer.entries) this.#stale = true;
  }

  get #plain(): boolean {
    return JSON.stringify(this.#filter) === JSON.stringify(NO_FILTER);
  }
}

/** Lets the page draw what has come: a fast sender makes a few changes a second and not one for each chunk. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(() => requestAnimationFrame(() => resolve()), ASK_SPACING_MS));
}
