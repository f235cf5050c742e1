import { randomUUID } from 'node:crypto';
import { AppError } from '../errors/index.ts';
import type { TargetLookup } from '../target/target.ts';
import { OpenTerminal, type TerminalOutput } from './open-terminal.ts';

/** What a terminal runs: the login shell, or Python's own prompt. */
export type TerminalProgram = 'shell' | 'python';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Milliseconds a terminal stays open without a page that reads it: a page that reloads comes back within them. */
const ABANDONED_MS = 60_000;

interface Entry {
  readonly terminal: OpenTerminal;
  readers: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** The terminals that are open on devices. */
export class TerminalService {
  readonly #targets: TargetLookup;
  readonly #open = new Map<string, Entry>();

  constructor({ targets }: { readonly targets: TargetLookup }) {
    this.#targets = targets;
  }

  /** Gives the terminal's id. Raises `NOT_SIGNED_IN`, `TOO_MANY_SESSIONS` and what the target raises. */
  async open(deviceId: string, program: TerminalProgram, size: TerminalSize): Promise<string> {
    const argv = program === 'python' ? { argv: ['python3'] } : {};
    const terminal = new OpenTerminal(await this.#targets.get(deviceId).terminal({ ...size, ...argv }));
    const id = randomUUID();
    const entry: Entry = { terminal, readers: 0, timer: undefined };
    this.#open.set(id, entry);
    this.#watch(id, entry);
    return id;
  }

  /** The output after `from` bytes, as soon as there is some; asking is also the acknowledgement of all before it. */
  async read(id: string, from: number, signal: AbortSignal): Promise<TerminalOutput> {
    const entry = this.#get(id);
    entry.readers += 1;
    clearTimeout(entry.timer);
    try {
      const output = await entry.terminal.read(from, signal);
      if (output.kind === 'end') this.#open.delete(id);
      return output;
    } finally {
      entry.readers -= 1;
      this.#watch(id, entry);
    }
  }

  write(id: string, bytes: Uint8Array): Promise<void> {
    return this.#get(id).terminal.write(bytes);
  }

  resize(id: string, { columns, rows }: TerminalSize): void {
    this.#get(id).terminal.resize(columns, rows);
  }

  /** Ends what runs in it; one that is gone already stays so. */
  async close(id: string): Promise<void> {
    const entry = this.#open.get(id);
    if (!entry) return;
    clearTimeout(entry.timer);
    this.#open.delete(id);
    await entry.terminal.close();
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((id) => this.close(id)));
  }

  #get(id: string): Entry {
    const entry = this.#open.get(id);
    if (entry) return entry;
    throw new AppError('TERMINAL_GONE', 'This terminal is no longer open.', { hint: 'Press a key to open a new one.' });
  }

  #watch(id: string, entry: Entry): void {
    if (entry.readers > 0 || this.#open.get(id) !== entry) return;
    entry.timer = setTimeout(() => void this.close(id), ABANDONED_MS);
    entry.timer.unref();
  }
}
