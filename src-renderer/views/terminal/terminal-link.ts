import type { TerminalEnd } from '../../../src-main/api/contract/terminal.ts';
import { MOST_TYPED_BYTES } from '../../../src-main/api/contract/terminal.ts';
import { AppError } from '../../../src-main/errors/app-error.ts';
import { client } from '../../state/client.svelte.ts';

export interface TerminalLinkOptions {
  readonly deviceId: string;
  readonly program: 'shell' | 'python';
  /** Shows output; resolves when it was taken in, and only then more is asked for. */
  readonly show: (bytes: Uint8Array) => Promise<void>;
  readonly onEnd: (end: TerminalEnd) => void;
}

/** The page's end of one terminal: it asks for output as fast as it can show it, and sends what is typed in order. */
export class TerminalLink {
  readonly #options: TerminalLinkOptions;
  readonly #stop = new AbortController();
  #id: string | null = null;
  #typed: Uint8Array<ArrayBuffer>[] = [];
  #sending = false;

  constructor(options: TerminalLinkOptions) {
    this.#options = options;
  }

  /** Opens the terminal and begins to show it. Rejects when it cannot be opened. */
  async open(columns: number, rows: number): Promise<void> {
    const { deviceId, program } = this.#options;
    this.#id = await client.call('terminal.open', { deviceId, program, columns, rows });
    if (this.#stop.signal.aborted) {
      await this.close();
      return;
    }
    void this.#follow(this.#id);
    void this.#send();
  }

  type(bytes: Uint8Array<ArrayBuffer>): void {
    for (let at = 0; at < bytes.length; at += MOST_TYPED_BYTES) {
      this.#typed.push(bytes.subarray(at, at + MOST_TYPED_BYTES));
    }
    void this.#send();
  }

  async resize(columns: number, rows: number): Promise<void> {
    if (this.#id !== null) await this.#ignoringEnd(client.call('terminal.resize', { id: this.#id, columns, rows }));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    const id = this.#id;
    this.#id = null;
    if (id !== null) await this.#ignoringEnd(client.call('terminal.close', { id }));
  }

  async #follow(id: string): Promise<void> {
    const { signal } = this.#stop;
    for (let from = 0; !signal.aborted;) {
      try {
        const output = await client.call('terminal.read', { id, from }, { signal });
        if (output.kind === 'end') {
          this.#end(output.end);
          return;
        }
        await this.#options.show(output.piece.bytes);
        from = output.piece.from + output.piece.bytes.length;
      } catch (thrown) {
        const { code, message, hint } = AppError.from(thrown);
        // The page lost the main process for a moment: what was not acknowledged comes again.
        if (code === 'CONNECTION_LOST') continue;
        if (!signal.aborted) this.#end({ kind: 'lost', message, hint });
        return;
      }
    }
  }

  #end(end: TerminalEnd): void {
    this.#id = null;
    if (!this.#stop.signal.aborted) this.#options.onEnd(end);
  }

  async #send(): Promise<void> {
    // What is typed before the terminal is there waits for it.
    if (this.#sending || this.#id === null) return;
    this.#sending = true;
    for (let bytes = this.#typed.shift(); bytes !== undefined && this.#id !== null; bytes = this.#typed.shift()) {
      await this.#ignoringEnd(client.call('terminal.write', { id: this.#id, bytes }));
    }
    this.#sending = false;
  }

  /** A terminal that has just ended takes nothing more; its end is told by what follows it. */
  async #ignoringEnd(call: Promise<unknown>): Promise<void> {
    try {
      await call;
    } catch (thrown) {
      AppError.from(thrown);
    }
  }
}
