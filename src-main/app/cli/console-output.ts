import type { Client } from '../../api/client.ts';
import {
  DIRECTIONS,
  ENTRY_KINDS,
  type SessionOptions,
  type SessionSnapshot,
  type WindowRow,
} from '../../console/index.ts';
import { AppError } from '../../errors/index.ts';
import type { CommandContext } from './command.ts';
import { printJson } from './print.ts';

const VIEW = {
  filter: { kinds: [...ENTRY_KINDS], directions: [...DIRECTIONS], connection: null, contains: null },
  joined: false,
};

const ROWS = 200;
/** Milliseconds for the last entries to reach the disk. */
const WRITTEN_MS = 3000;

/** Shows one entry to a person; `bytes` is empty for all but data. */
export type Show = (row: WindowRow, bytes: Uint8Array) => void;

/** One session of the console for the time of a command; it prints what crosses it. */
export class CliSession {
  readonly id: string;
  readonly #context: CommandContext;
  readonly #client: Client;
  readonly #stop: () => void;
  #next = 0;
  #receivedBytes = 0;
  #ended = 0;
  #wake: () => void = () => undefined;
  #dirty = true;

  private constructor(context: CommandContext, client: Client, id: string) {
    this.#context = context;
    this.#client = client;
    this.id = id;
    this.#stop = client.on('console.changed', () => {
      this.#dirty = true;
      this.#wake();
    });
    context.signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  static async open(context: CommandContext, client: Client, options: SessionOptions): Promise<CliSession> {
    const { id } = await client.call('console.open', { options });
    return new CliSession(context, client, id);
  }

  snapshot(): Promise<SessionSnapshot> {
    return this.#client.call('console.session', { id: this.id });
  }

  /** Settles when something may have changed, after `ms`, or at Ctrl+C. True when something did. */
  changed(ms: number): Promise<boolean> {
    if (this.#dirty) {
      this.#dirty = false;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#wake = () => undefined;
        const changed = this.#dirty;
        this.#dirty = false;
        resolve(changed);
      };
      const timer = setTimeout(settle, Math.min(ms, this.#context.signal.aborted ? 50 : 2 ** 31 - 1));
      this.#wake = settle;
    });
  }

  /** Prints every entry that is new: received bytes as they are, or all entries as JSON lines. Gives how many came. */
  async print(show: Show): Promise<number> {
    let printed = 0;
    for (;;) {
      const { rows } = await this.#client.call('console.window', {
        id: this.id,
        view: VIEW,
        from: this.#next,
        count: ROWS,
        maxBytes: 0,
      });
      for (const row of rows) {
        this.#count(row);
        const bytes = row.kind === 'data' ? await this.#bytesOf(row) : new Uint8Array();
        if (this.#context.json) printJson(this.#context.terminal, jsonOf(row, bytes));
        else show(row, bytes);
      }
      this.#next += rows.length;
      printed += rows.length;
      if (rows.length < ROWS) return printed;
    }
  }

  async #bytesOf({ n, length }: WindowRow): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let start = 0; start < length; start += 1024 * 1024) {
      const part = { id: this.id, n, start, length: Math.min(1024 * 1024, length - start) };
      parts.push(await this.#client.call('console.bytes', part));
    }
    return Buffer.concat(parts);
  }

  /** Ends every connection of it, and prints the rest: an entry can be read only once it is on the disk. */
  async stop(show: Show): Promise<void> {
    await this.#client.call('console.stop', { id: this.id });
    const deadline = performance.now() + WRITTEN_MS;
    do {
      await this.print(show);
      const { totals, connectionCount } = await this.snapshot();
      if (this.#receivedBytes >= totals.receivedBytes && this.#ended >= connectionCount) return;
      await this.changed(50);
    } while (performance.now() < deadline);
  }

  #count({ kind, direction, length }: WindowRow): void {
    if (kind === 'data' && direction === 'received') this.#receivedBytes += length;
    if (kind === 'close' || kind === 'error') this.#ended += 1;
  }

  /** Ends the connections whose other side has said that no more comes. */
  async endFinished({ connections }: SessionSnapshot): Promise<void> {
    for (const { id: connection, state } of connections) {
      if (state !== 'peer-ended') continue;
      await this.#client.call('console.closeConnection', { id: this.id, connection, reset: false });
    }
  }

  /** Closes it; its transcript stays only when that was asked for. */
  async close(keep: boolean): Promise<void> {
    this.#stop();
    if (keep) await this.#client.call('console.setKept', { id: this.id, kept: true });
    await this.#client.call('console.close', { id: this.id });
    if (!keep) await this.#client.call('console.deleteSaved', { id: this.id });
  }
}

/** An entry for a script; `base64` and, where it is UTF-8, `text`. Times are microseconds since 1970. */
function jsonOf({ n, kind, direction, connection, wallUs, detail }: WindowRow, bytes: Uint8Array): unknown {
  const entry = { n, kind, direction, connection, wallUs };
  if (kind !== 'data') return { ...entry, detail };
  return { ...entry, length: bytes.length, base64: Buffer.from(bytes).toString('base64'), text: utf8(bytes) };
}

function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** A session that did not come up, as an error of the command. */
export function failureOf({ state }: SessionSnapshot): AppError | null {
  if (state.kind !== 'failed') return null;
  const { code, meaning, hint, cause } = state.problem;
  return new AppError(code, meaning, { hint, cause });
}
