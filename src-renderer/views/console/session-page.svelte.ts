import type {
  ConnectionSnapshot,
  SessionNotice,
  SessionSnapshot,
  WindowRow,
} from '../../../src-main/api/contract/console.ts';
import type { PayloadInput, TextEncoding } from '../../../src-main/api/payload.ts';
import { client } from '../../state/client.svelte.ts';
import { RowWindow } from './row-window.svelte.ts';
import { TranscriptSearch } from './transcript-search.svelte.ts';
import type { TimeStyle } from './transcript-time.ts';

export const VIEW_MODES = ['text', 'hex', 'both', 'flow'] as const;
export type ViewMode = (typeof VIEW_MODES)[number];

/** Milliseconds between two readings of a session whose state keeps changing. */
const SNAPSHOT_SPACING_MS = 200;

/** What is typed for a session and not sent yet. */
export interface ComposerDraft {
  payload: PayloadInput;
  to: 'all' | number;
  /** Null leaves it to whether the other side is an LED agent. */
  ledButtons: boolean | null;
}

/** How a transcript is shown. */
export interface Look {
  mode: ViewMode;
  encoding: TextEncoding;
  time: TimeStyle;
  follow: boolean;
}

/** One session as the page knows it: its state, its rows in sight, and what was typed for it. */
export class SessionPage {
  readonly id: string;
  readonly rows: RowWindow;
  readonly search: TranscriptSearch;
  #snapshot = $state.raw<SessionSnapshot>() as SessionSnapshot;
  #structure = -1;
  #reading = false;
  #stale = false;
  /** Ends the pause between two readings. */
  #hurry: () => void = () => undefined;
  sentBytes = $state(0);
  receivedBytes = $state(0);
  /** A problem with the last action, shown above the transcript. */
  problem = $state.raw<unknown>(null);
  /** The selected entry, or null. */
  selected = $state<number | null>(null);
  /** Rows shown in full. */
  readonly expanded = $state<Record<number, WindowRow>>({});
  readonly look = $state<Look>({ mode: 'text', encoding: 'utf-8', time: 'clock', follow: true });
  readonly composer = $state<ComposerDraft>({
    payload: { format: 'python', text: '', encoding: 'utf-8', lineEnding: 'none' },
    to: 'all',
    ledButtons: null,
  });

  constructor(snapshot: SessionSnapshot) {
    this.id = snapshot.id;
    this.rows = new RowWindow(snapshot.id, () => this.#failed);
    this.search = new TranscriptSearch(snapshot.id);
    this.take(snapshot);
    this.look.follow = snapshot.state.kind !== 'saved';
  }

  get snapshot(): SessionSnapshot {
    return this.#snapshot;
  }

  get live(): boolean {
    return this.#snapshot.state.kind !== 'saved';
  }

  /** Connections that take something. */
  get recipients(): ConnectionSnapshot[] {
    return this.#snapshot.connections.filter(({ state }) => state === 'open' || state === 'peer-ended');
  }

  take(snapshot: SessionSnapshot): void {
    this.#snapshot = snapshot;
    this.sentBytes = snapshot.totals.sentBytes;
    this.receivedBytes = snapshot.totals.receivedBytes;
    this.rows.entriesAre(snapshot.entries);
  }

  /** Something changed: the counts are in the notice, anything else is read. */
  noticed(notice: SessionNotice): void {
    this.sentBytes = notice.sentBytes;
    this.receivedBytes = notice.receivedBytes;
    this.rows.entriesAre(notice.entries);
    // The shown session also tells what each of its connections carried, and when.
    if (this.rows.watched) this.refresh();
    if (notice.structure === this.#structure) return;
    this.#structure = notice.structure;
    this.refresh();
    this.#hurry();
  }

  /** Reads the session's state, not too often and one reading at a time. */
  refresh(): void {
    this.#stale = true;
    if (!this.#reading) void this.#read();
  }

  /** Does something and shows its problem above the transcript when it fails. Gives whether it worked. */
  async attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      this.problem = null;
      return true;
    } catch (thrown) {
      this.problem = thrown;
      return false;
    }
  }

  async setPin(n: number, pinned: boolean): Promise<void> {
    await this.attempt(() => client.call('console.setPin', { id: this.id, n, pinned }));
  }

  readonly #failed = (thrown: unknown): void => {
    this.problem = thrown;
  };

  async #read(): Promise<void> {
    this.#reading = true;
    while (this.#stale) {
      this.#stale = false;
      // A session that was closed meanwhile has nothing to say.
      const snapshot = await client.call('console.session', { id: this.id }).catch(() => null);
      if (snapshot) this.take(snapshot);
      await new Promise<void>((resolve) => {
        this.#hurry = resolve;
        setTimeout(resolve, SNAPSHOT_SPACING_MS);
      });
    }
    this.#reading = false;
  }
}
