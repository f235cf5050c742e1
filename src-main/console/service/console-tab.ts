import type { Replay } from '../exchange/index.ts';
import type { Session, SessionOptions, SessionSnapshot, SessionState } from '../session/index.ts';
import {
  decodeDetails,
  findTime,
  readEntries,
  readHeads,
  readPayload,
  RowView,
  searchTranscript,
  type Direction,
  type Entry,
  type EntryDetail,
  type EntryFilter,
  type EntryKind,
  type Match,
  type Needle,
  type SavedTranscript,
  type TranscriptSource,
  type TranscriptTotals,
} from '../transcript/index.ts';
import { titleOf, type SessionRecord } from './session-record.ts';

/** Ways of looking at one transcript that are kept ready. */
const MOST_VIEWS = 4;
/** Bytes of payload one window carries at most. */
const WINDOW_BYTES = 4 * 1024 * 1024;
/** Matches a search returns at most. */
const MOST_MATCHES = 10_000;
/** Milliseconds between two progress reports of a search. */
const REPORT_MS = 100;

export interface View {
  readonly filter: EntryFilter;
  readonly joined: boolean;
}

/** One row as a page shows it. */
export interface WindowRow {
  readonly row: number;
  /** First and last entry in it; the same unless chunks are joined. */
  readonly n: number;
  readonly lastN: number;
  readonly chunks: number;
  readonly kind: EntryKind;
  readonly direction: Direction;
  readonly connection: number;
  readonly monoUs: number;
  readonly wallUs: number;
  /** Bytes in all; `bytes` may be fewer. */
  readonly length: number;
  readonly streamOffset: number;
  readonly carry: Uint8Array;
  readonly afterCarriageReturn: boolean;
  readonly bytes: Uint8Array;
  /** For every kind but data. */
  readonly detail: EntryDetail | null;
}

export interface Window {
  /** Rows of the view so far. */
  readonly total: number;
  /** Entries looked at, of `entries`; fewer while a filter still reads through a long transcript. */
  readonly scanned: number;
  readonly entries: number;
  readonly rows: readonly WindowRow[];
}

export interface SearchResult {
  readonly matches: readonly Match[];
  /** There are more than were returned. */
  readonly more: boolean;
}

export interface SearchProgress {
  readonly searched: number;
  readonly entries: number;
  readonly found: number;
}

/** Where a session's bytes come from: a live one, or the disk. */
export type Origin =
  | { readonly kind: 'live'; readonly session: Session }
  | { readonly kind: 'saved'; readonly transcript: SavedTranscript; readonly record: SessionRecord };

/** One tab of the console: a session with its transcript and the ways it is looked at. */
export class ConsoleTab {
  readonly id: string;
  readonly folder: string;
  readonly options: SessionOptions;
  readonly createdAt: number;
  readonly origin: Origin;
  /** Set in a tab that replays another session. */
  readonly replay: Replay | null;
  title: string;
  kept: boolean;
  /** Grows with every change other than more entries. */
  structure = 0;
  readonly #pins: Set<number>;
  readonly #views = new Map<string, RowView>();

  constructor(
    origin: Origin,
    facts: Pick<SessionRecord, 'id' | 'title' | 'options' | 'createdAt' | 'kept' | 'pins'> & { folder: string },
    replay: Replay | null = null,
  ) {
    this.origin = origin;
    this.replay = replay;
    this.id = facts.id;
    this.folder = facts.folder;
    this.title = facts.title;
    this.options = facts.options;
    this.createdAt = facts.createdAt;
    this.kept = facts.kept;
    this.#pins = new Set(facts.pins);
  }

  get source(): TranscriptSource {
    return this.origin.kind === 'live' ? this.origin.session.transcript : this.origin.transcript;
  }

  get live(): Session | null {
    return this.origin.kind === 'live' ? this.origin.session : null;
  }

  get totals(): TranscriptTotals {
    return this.origin.kind === 'live' ? this.origin.session.transcript.totals : this.origin.record.totals;
  }

  get pins(): number[] {
    return [...this.#pins].sort((a, b) => a - b);
  }

  /** A listener that let the system choose its port is called after the port it got, unless it was renamed. */
  nameByPort(): void {
    const state = this.live?.state;
    if (state?.kind !== 'listening' || this.options.port !== 0 || this.title !== titleOf(this.options)) return;
    this.title = titleOf({ ...this.options, port: state.local.port });
  }

  setPin(n: number, pinned: boolean): void {
    if (pinned) this.#pins.add(n);
    else this.#pins.delete(n);
  }

  snapshot(): SessionSnapshot {
    const { live, origin } = this;
    return {
      id: this.id,
      title: this.title,
      options: this.options,
      createdAt: this.createdAt,
      state: stateOf(origin),
      connections: live?.connections ?? [],
      connectionCount: origin.kind === 'live' ? origin.session.connectionCount : origin.record.connectionCount,
      entries: this.source.written,
      totals: this.totals,
      stall: live?.stall ?? null,
      repeat: live?.repeat ?? null,
      replay: this.replay?.status ?? null,
      pins: this.pins,
      kept: this.kept,
    };
  }

  record(closed: { at: number; properly: boolean } | null): SessionRecord {
    const snapshot = this.snapshot();
    return {
      version: 1,
      id: this.id,
      title: this.title,
      options: this.options,
      createdAt: this.createdAt,
      closedAt: closed?.at ?? null,
      closedProperly: closed?.properly ?? false,
      kept: this.kept,
      pins: this.pins,
      entries: snapshot.entries,
      connectionCount: snapshot.connectionCount,
      totals: snapshot.totals,
    };
  }

  /** `count` rows of a view from a row on, or the last ones there are, with the first bytes of each. */
  async window(
    view: View,
    range: { readonly from: number | 'end'; readonly count: number; readonly maxBytes: number },
  ): Promise<Window> {
    const rowView = await this.#ready(view);
    // Taken before anything is read: what comes meanwhile must not put the last rows out of the window.
    const counts = { total: rowView.length, scanned: rowView.scanned, entries: this.source.written };
    const from = range.from === 'end' ? Math.max(0, counts.total - range.count) : range.from;
    const rows = await rowView.rows(from, from + range.count);
    const maxBytes = Math.min(range.maxBytes, Math.floor(WINDOW_BYTES / Math.max(1, rows.length)));
    const entries = await readEntries(
      this.source,
      rows.flatMap((row) => row.heads),
      maxBytes,
    );
    let at = 0;
    const shown = rows.map((row) => {
      const own = entries.slice(at, at + row.heads.length);
      at += row.heads.length;
      return windowRow(row.row, own, maxBytes);
    });
    return { ...counts, rows: shown.filter((row) => row !== null) };
  }

  /** The row of a view that shows an entry, or the first at or after a time. */
  async rowOf(
    view: View,
    at: { readonly n: number } | { readonly monoUs: number } | { readonly wallUs: number },
  ): Promise<number> {
    const rowView = await this.#ready(view);
    return rowView.rowOf('n' in at ? at.n : await findTime(this.source, at));
  }

  /** Bytes of one entry's chunk. */
  async bytes(n: number, start: number, length: number): Promise<Uint8Array> {
    const [head] = await readHeads(this.source, n, n + 1);
    return head ? readPayload(this.source, head, start, length) : new Uint8Array(0);
  }

  /** Every place the bytes are found, as far as `MOST_MATCHES`. */
  async search(
    needle: Needle,
    options: { readonly signal: AbortSignal; readonly onProgress: (progress: SearchProgress) => void },
  ): Promise<SearchResult> {
    const matches: Match[] = [];
    const to = this.source.written;
    let reportedAt = performance.now();
    const onProgress = (searched: number): void => {
      if (performance.now() - reportedAt < REPORT_MS) return;
      reportedAt = performance.now();
      options.onProgress({ searched, entries: to, found: matches.length });
    };
    await searchTranscript(this.source, needle, { from: 0, to, signal: options.signal, onProgress }, (match) => {
      matches.push(match);
      return matches.length <= MOST_MATCHES;
    });
    return { matches: matches.slice(0, MOST_MATCHES), more: matches.length > MOST_MATCHES };
  }

  async #ready(view: View): Promise<RowView> {
    const key = JSON.stringify([view.joined, view.filter]);
    const known = this.#views.get(key) ?? new RowView(this.source, view.filter, view.joined);
    this.#views.delete(key);
    this.#views.set(key, known);
    if (this.#views.size > MOST_VIEWS) {
      const oldest = this.#views.keys().next();
      if (!oldest.done) this.#views.delete(oldest.value);
    }
    await known.update();
    return known;
  }
}

function stateOf(origin: Origin): SessionState {
  return origin.kind === 'live' ? origin.session.state : { kind: 'saved', torn: origin.transcript.torn };
}

function windowRow(row: number, entries: readonly Entry[], maxBytes: number): WindowRow | null {
  const [first] = entries;
  const last = entries.at(-1);
  if (!first || !last) return null;
  const joined = entries.length === 1 ? first.bytes : Buffer.concat(entries.map((entry) => entry.bytes));
  return {
    row,
    n: first.n,
    lastN: last.n,
    chunks: entries.length,
    kind: first.kind,
    direction: first.direction,
    connection: first.connection,
    monoUs: first.monoUs,
    wallUs: first.wallUs,
    length: entries.reduce((sum, entry) => sum + entry.length, 0),
    streamOffset: first.streamOffset,
    carry: first.carry,
    afterCarriageReturn: first.afterCarriageReturn,
    bytes: first.kind === 'data' ? Uint8Array.from(joined.subarray(0, maxBytes)) : new Uint8Array(0),
    detail: decodeDetails(first),
  };
}
