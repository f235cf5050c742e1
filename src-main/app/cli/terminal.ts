import { createInterface } from 'node:readline';
import { addAbortSignal, Writable, type Readable } from 'node:stream';
import { AppError } from '../../errors/index.ts';

/** Where a command prints and whom it can ask. */
export interface Terminal {
  /** What was asked for, to be read by a program as well. */
  readonly out: NodeJS.WritableStream;
  /** Progress, questions and errors. */
  readonly err: NodeJS.WritableStream;
  readonly input: Readable & { readonly isTTY?: boolean };
  /** True when somebody sits there: standard input and standard error are a terminal. */
  readonly interactive: boolean;
}

export const processTerminal: Terminal = {
  out: process.stdout,
  err: process.stderr,
  input: process.stdin,
  interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
};

/**
 * Asks for a line. With `hidden` nothing of what is typed is shown. Raises `NOT_INTERACTIVE` where nobody can answer, and
 * `CANCELLED` at Ctrl+C and at the end of input.
 */
export function ask(terminal: Terminal, question: string, { hidden }: { readonly hidden: boolean }): Promise<string> {
  if (!terminal.interactive) throw notInteractive(question);
  // Readline echoes through its output; one that drops everything keeps a password off the screen.
  const output = hidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : terminal.err;
  const lines = createInterface({ input: terminal.input, output, terminal: true, historySize: 0 });
  // Only now: it has turned the terminal's own echo off, so that even what is typed early stays unseen.
  terminal.err.write(question);
  return new Promise((resolve, reject) => {
    let answered = false;
    const give = (settle: () => void): void => {
      answered = true;
      lines.close();
      if (hidden) terminal.err.write('\n');
      settle();
    };
    lines.once('line', (line) => give(() => resolve(line)));
    lines.once('SIGINT', () => give(() => reject(cancelled())));
    lines.once('close', () => {
      if (!answered) reject(cancelled());
    });
  });
}

const cancelled = (): AppError => new AppError('CANCELLED', 'Cancelled.');

function notInteractive(question: string): AppError {
  return new AppError(
    'NOT_INTERACTIVE',
    `Somebody would have to answer “${question.trim()}”, and there is no terminal.`,
    {
      hint: 'Run it in a terminal, or sign in with a key (--key) or ssh-agent (--agent).',
    },
  );
}

/** Everything on standard input, as text. Raises `TOO_LARGE` above a limit in bytes, and `AbortError` at Ctrl+C. */
export async function readAll(input: Readable, most: number, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of addAbortSignal(signal, input)) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
    length += bytes.length;
    if (length > most)
      throw new AppError('TOO_LARGE', `There are more than ${most.toLocaleString('en')} bytes to read.`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}
