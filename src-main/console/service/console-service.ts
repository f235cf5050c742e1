import { randomBytes } from 'node:crypto';
import { AppError } from '../../errors/index.ts';
import type { Observable } from '../../events/index.ts';
import {
  nodeCode,
  pythonCode,
  readExchange,
  Replay,
  shellCode,
  type CodeLanguage,
  type Exchange,
  type ReplayOptions,
  type Role,
} from '../exchange/index.ts';
import {
  exportParts,
  writeExport,
  type ExportFormat,
  type JsonLinesHeader,
  type WriteExportOptions,
} from '../export/index.ts';
import { parsePayload, type PayloadInput } from '../payload/index.ts';
import { Session, type SessionOptions, type SessionSnapshot, type TcpClientSurroundings } from '../session/index.ts';
import { SavedTranscript, scanRecords, Transcript } from '../transcript/index.ts';
import { ChangeFeed, type ConsoleChange, type SessionNotice } from './change-feed.ts';
import { ConsoleTab } from './console-tab.ts';
import { importSession } from './import-session.ts';
import { SessionLibrary, type SavedSession } from './session-library.ts';
import { readSessionRecord, titleOf, writeSessionRecord } from './session-record.ts';

/** Bytes of a connection that can be replayed, and shown as code. */
const REPLAY_BYTES = 64 * 1024 * 1024;
const CODE_BYTES = 256 * 1024;

const CODE_WRITERS: Readonly<Record<CodeLanguage, (exchange: Exchange, role: Role) => string>> = {
  python: pythonCode,
  node: nodeCode,
  shell: shellCode,
};

/** Tabs open at once. */
const MOST_TABS = 64;

export interface ConsoleServiceOptions extends TcpClientSurroundings {
  /** Where sessions are kept, a folder each. */
  readonly folder: string;
}

/** The console's tabs: live sessions and saved ones. Owns their sockets and files. */
export class ConsoleService {
  readonly #options: ConsoleServiceOptions;
  readonly #library: SessionLibrary;
  readonly #tabs = new Map<string, ConsoleTab>();
  readonly #feed = new ChangeFeed((id) => this.#notice(id));

  constructor(options: ConsoleServiceOptions) {
    this.#options = options;
    this.#library = new SessionLibrary(options.folder);
  }

  /** Small numbered notices; never bytes. */
  get changes(): Observable<ConsoleChange> {
    return this.#feed.notices;
  }

  list(): SessionSnapshot[] {
    return [...this.#tabs.values()].map((tab) => tab.snapshot());
  }

  /** Raises `NO_SUCH_SESSION` for a tab that is not open. */
  tab(id: string): ConsoleTab {
    const tab = this.#tabs.get(id);
    if (tab) return tab;
    throw new AppError('NO_SUCH_SESSION', 'This session is no longer open.', { hint: 'Open it again from the list.' });
  }

  /** The live session of a tab. Raises `NOT_LIVE` for a saved one. */
  session(id: string): Session {
    const { live } = this.tab(id);
    if (live) return live;
    throw new AppError('NOT_LIVE', 'This is a saved session: it can be looked at, exported and replayed.', {
      hint: 'Open a new session to send.',
    });
  }

  /**
   * Opens a tab and starts to connect or listen. What goes wrong with the sockets is in the transcript and the state.
   * Raises `BAD_RULE`, `BAD_PAYLOAD`, `TOO_MANY_TABS`, and `NO_TRANSCRIPT` when the disk takes none.
   */
  open(options: SessionOptions, title = titleOf(options)): Promise<SessionSnapshot> {
    return this.#openLive(options, title, () => null);
  }

  /**
   * Plays one end of a recorded connection against a real peer, in a tab of its own. Raises `NOTHING_RECORDED`,
   * `TOO_LARGE`, and what `open` raises.
   */
  async replay(
    id: string,
    connection: number,
    options: ReplayOptions,
    where: SessionOptions,
  ): Promise<SessionSnapshot> {
    const { source, options: recorded, title } = this.tab(id);
    const exchange = await readExchange(source, recorded, { connection, maxBytes: REPLAY_BYTES });
    return this.#openLive(where, `Replay of ${title}`, (transcript) => {
      return new Replay(exchange, options, (text) => transcript.appendDetails('note', 'none', 0, { text }));
    });
  }

  /** The exchange of one connection as a program. Raises `NOTHING_RECORDED` and `TOO_LARGE`. */
  async code(
    id: string,
    connection: number,
    language: CodeLanguage,
    role: Role,
    signal?: AbortSignal,
  ): Promise<string> {
    const { source, options } = this.tab(id);
    const exchange = await readExchange(source, options, { connection, maxBytes: CODE_BYTES }, signal);
    return CODE_WRITERS[language](exchange, role);
  }

  /** Writes an export. Raises what `writeExport` raises. Returns its size in bytes. */
  export(id: string, format: ExportFormat, connection: number | null, to: WriteExportOptions): Promise<number> {
    return writeExport(exportParts(this.tab(id), format, connection, to.signal), to);
  }

  /** Reads a JSON Lines export in and opens it as a saved session. Raises what `importSession` raises. */
  async import(path: string, signal: AbortSignal): Promise<SessionSnapshot> {
    this.#requireRoom();
    const id = randomBytes(8).toString('hex');
    const folder = this.#library.folderOf(id);
    let transcript: Transcript | undefined;
    try {
      let header: JsonLinesHeader | undefined;
      const begin = async (read: JsonLinesHeader): Promise<Transcript> => {
        header = read;
        transcript = await this.#createTranscript(folder);
        return transcript;
      };
      await importSession(path, begin, signal);
      if (transcript && header) await finishImport(transcript, id, header);
    } catch (thrown) {
      await transcript?.dispose();
      await this.#library.delete(id);
      throw thrown;
    }
    return this.openSaved(id);
  }

  /** Connects or listens again in the same tab. */
  async start(id: string): Promise<void> {
    await this.session(id).start();
  }

  /** Closes the connections of a tab, or stops trying or listening. The tab stays. */
  async stop(id: string): Promise<void> {
    await this.session(id).stop();
  }

  /** Closes a tab. Its transcript stays among the saved ones unless nothing was ever sent or received. */
  async close(id: string): Promise<void> {
    const tab = this.tab(id);
    this.#tabs.delete(id);
    this.#feed.removed(id);
    await this.#closeTab(tab);
  }

  /** The bytes a payload stands for. Raises `BAD_PAYLOAD` with the place. */
  bytesOf(payload: PayloadInput): Uint8Array {
    const parsed = parsePayload(payload);
    if (parsed.ok) return parsed.bytes;
    throw new AppError('BAD_PAYLOAD', parsed.message, {
      hint: 'Nothing was sent.',
      details: { offset: parsed.offset },
    });
  }

  async rename(id: string, title: string): Promise<void> {
    await this.#change(id, (tab) => {
      tab.title = title;
    });
  }

  /** Keeps a transcript for good, or lets it go with the others when there are many. */
  async setKept(id: string, kept: boolean): Promise<void> {
    await this.#change(id, (tab) => {
      tab.kept = kept;
    });
  }

  async setPin(id: string, n: number, pinned: boolean): Promise<void> {
    await this.#change(id, (tab) => tab.setPin(n, pinned));
  }

  /** Sessions on the disk that are not open. */
  saved(): Promise<SavedSession[]> {
    return this.#library.list(new Set(this.#tabs.keys()));
  }

  /** Opens a saved session in a tab. A torn end is cut off and told in its state. */
  async openSaved(id: string): Promise<SessionSnapshot> {
    const known = this.#tabs.get(id);
    if (known) return known.snapshot();
    this.#requireRoom();
    const folder = this.#library.folderOf(id);
    const record = await readSessionRecord(folder);
    const transcript = await SavedTranscript.open(folder, record.closedProperly);
    const tab = new ConsoleTab({ kind: 'saved', transcript, record }, { ...record, id, folder });
    this.#tabs.set(id, tab);
    this.#feed.changed(id);
    return tab.snapshot();
  }

  async deleteSaved(id: string): Promise<void> {
    if (this.#tabs.has(id))
      throw new AppError('SESSION_OPEN', 'This session is open in a tab.', { hint: 'Close it first.' });
    await this.#library.delete(id);
  }

  /** Removes old transcripts that nobody asked to keep, when there are many. */
  prune(): Promise<number> {
    return this.#library.prune(new Set(this.#tabs.keys()));
  }

  async dispose(): Promise<void> {
    const tabs = [...this.#tabs.values()];
    this.#tabs.clear();
    await Promise.all(tabs.map((tab) => this.#closeTab(tab)));
    this.#feed.dispose();
  }

  async #openLive(
    options: SessionOptions,
    title: string,
    script: (transcript: Transcript) => Replay | null,
  ): Promise<SessionSnapshot> {
    this.#requireRoom();
    const id = randomBytes(8).toString('hex');
    const folder = this.#library.folderOf(id);
    const transcript = await this.#createTranscript(folder);
    try {
      const replay = script(transcript);
      const onChange = (): void => this.#structureChanged(id);
      const session = new Session(options, transcript, this.#options, onChange, replay);
      const facts = { id, folder, title, options, createdAt: Date.now(), kept: false, pins: [] };
      const tab = new ConsoleTab({ kind: 'live', session }, facts, replay);
      this.#tabs.set(id, tab);
      transcript.writes.subscribe(() => this.#feed.changed(id));
      await writeSessionRecord(folder, tab.record(null));
    } catch (thrown) {
      this.#tabs.delete(id);
      await transcript.dispose();
      await this.#library.delete(id);
      throw thrown;
    }
    void this.start(id);
    return this.tab(id).snapshot();
  }

  async #change(id: string, change: (tab: ConsoleTab) => void): Promise<void> {
    const tab = this.tab(id);
    change(tab);
    this.#structureChanged(id);
    const { origin } = tab;
    const closed = origin.kind === 'saved' ? { at: origin.record.closedAt ?? Date.now(), properly: true } : null;
    await writeSessionRecord(tab.folder, tab.record(closed));
  }

  async #closeTab(tab: ConsoleTab): Promise<void> {
    const { origin } = tab;
    if (origin.kind === 'saved') {
      await origin.transcript.dispose();
      await writeSessionRecord(tab.folder, tab.record({ at: origin.record.closedAt ?? Date.now(), properly: true }));
      return;
    }
    const { session } = origin;
    await session.stop();
    await session.allClosed();
    const lost = await session.transcript.finish();
    const { sentChunks, receivedChunks } = session.transcript.totals;
    await session.transcript.dispose();
    if (sentChunks + receivedChunks === 0 && !tab.kept) await this.#library.delete(tab.id);
    else await writeSessionRecord(tab.folder, tab.record({ at: Date.now(), properly: lost === 0 }));
  }

  async #createTranscript(folder: string): Promise<Transcript> {
    try {
      return await Transcript.create({ folder });
    } catch (thrown) {
      throw new AppError('NO_TRANSCRIPT', 'The transcript cannot be written, so nothing was opened.', {
        hint: `Check that there is room on the disk and that ${this.#options.folder} can be written.`,
        cause: thrown,
      });
    }
  }

  #requireRoom(): void {
    if (this.#tabs.size < MOST_TABS) return;
    throw new AppError('TOO_MANY_TABS', `${MOST_TABS} sessions are open.`, { hint: 'Close some first.' });
  }

  #structureChanged(id: string): void {
    const tab = this.#tabs.get(id);
    if (!tab) return;
    tab.nameByPort();
    tab.structure += 1;
    this.#feed.changed(id);
  }

  #notice(id: string): SessionNotice | undefined {
    const tab = this.#tabs.get(id);
    if (!tab) return undefined;
    const { sentBytes, receivedBytes } = tab.totals;
    return { id, structure: tab.structure, entries: tab.source.written, sentBytes, receivedBytes };
  }
}

/** Closes an imported transcript as a saved session. */
async function finishImport(transcript: Transcript, id: string, header: JsonLinesHeader): Promise<void> {
  await transcript.finish();
  const { folder, written, totals } = transcript;
  let connectionCount = 0;
  await scanRecords(transcript, 0, written, (page, slot) => {
    connectionCount = Math.max(connectionCount, page.connection(slot));
  });
  await transcript.dispose();
  await writeSessionRecord(folder, {
    version: 1,
    id,
    ...header,
    closedAt: Date.now(),
    closedProperly: true,
    kept: true,
    pins: [],
    entries: written,
    connectionCount,
    totals,
  });
}
