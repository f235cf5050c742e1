import { AppError } from '../errors/index.ts';
import type { TerminalProcess } from '../target/target.ts';
import { OutputWindow, type OutputPiece } from './output-window.ts';

/** How a terminal ended. */
export type TerminalEnd =
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: string | null }
  | { readonly kind: 'lost'; readonly message: string; readonly hint: string };

/** What a read gives: more output, or the end. */
export type TerminalOutput =
  { readonly kind: 'output'; readonly piece: OutputPiece } | { readonly kind: 'end'; readonly end: TerminalEnd };

const CLOSE_MS = 2_000;

/** One terminal that is open, between a page and a device. */
export class OpenTerminal {
  readonly #process: TerminalProcess;
  readonly #output: OutputWindow;
  readonly #end: Promise<TerminalEnd>;

  constructor(process: TerminalProcess) {
    this.#process = process;
    this.#output = new OutputWindow(process.io);
    this.#end = process.exited.then(
      ({ code, signal }) => ({ kind: 'exited', code, signal }),
      (thrown: unknown) => {
        const { message, hint } = AppError.from(thrown);
        return { kind: 'lost', message, hint };
      },
    );
    void this.#end.then(() => this.#output.end());
  }

  async read(from: number, signal: AbortSignal): Promise<TerminalOutput> {
    const piece = await this.#output.read(from, signal);
    return piece ? { kind: 'output', piece } : { kind: 'end', end: await this.#end };
  }

  /** Resolves when the bytes are on their way, so that a large paste does not pile up. */
  write(bytes: Uint8Array): Promise<void> {
    const { io } = this.#process;
    return new Promise((resolve) => {
      // What is typed into a terminal that has just ended goes nowhere; its end is told by `read`.
      if (io.writableEnded || io.destroyed) resolve();
      else io.write(bytes, () => resolve());
    });
  }

  resize(columns: number, rows: number): void {
    this.#process.resize(columns, rows);
  }

  /** Ends what runs in it; a program that does not end is not waited for long. */
  async close(): Promise<void> {
    this.#process.kill();
    this.#process.io.resume();
    const patience = new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref());
    await Promise.race([this.#end, patience]);
  }
}
