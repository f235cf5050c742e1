import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BenchContext } from './bench-case.ts';

/** The project's folder: this file runs from `.cache/bench/`. */
export const projectDir = join(import.meta.dirname, '..', '..');

/** Where a program of the app's side was bundled to. */
export const appProgram = (name: string): string => join(import.meta.dirname, 'app', `${name}.mjs`);

/** A bare Node program kept as a yardstick. */
export const peerProgram = (name: string): string => join(projectDir, 'test/bench/peers', `${name}.mjs`);

export function hasProgram(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
}

/** A Node program that goes on; what it prints is one JSON value a line. */
export class Running {
  readonly child: ChildProcess;
  readonly #lines: unknown[] = [];
  readonly #gone: Promise<unknown>;
  readonly #waiting: { resolve: (line: unknown) => void; reject: (error: Error) => void }[] = [];

  /** `read` makes a value of a line, or undefined of one that says nothing. */
  constructor(argv: readonly string[], context: BenchContext, read: (line: string) => unknown = JSON.parse) {
    this.child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    if (this.child.stdout) createInterface({ input: this.child.stdout }).on('line', (line) => this.#take(read(line)));
    this.#gone = new Promise((resolve) => this.child.once('close', resolve));
    this.child.once('exit', (code) => {
      const error = new Error(`${argv.join(' ')} ended with code ${code}`);
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
    context.afterwards(() => this.end());
  }

  /** Kills it, and waits until it is gone. */
  async end(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#gone;
  }

  /** The next line it prints. */
  next<T>(): Promise<T> {
    const line = this.#lines.shift();
    if (line !== undefined) return Promise.resolve(line as T);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve: (value) => resolve(value as T), reject });
    });
  }

  #take(value: unknown): void {
    if (value === undefined) return;
    const next = this.#waiting.shift();
    if (next) next.resolve(value);
    else this.#lines.push(value);
  }
}

/** Runs a Node program to its end; its last line of output is the result. */
export async function result<T>(argv: readonly string[]): Promise<T> {
  const output = await runProgram(process.execPath, argv);
  return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as T;
}

/** Runs a program to its end and gives what it printed; another code than 0 is an error. */
export async function runProgram(
  program: string,
  argv: readonly string[],
  stdio: StdioOptions = ['ignore', 'pipe', 'inherit'],
): Promise<string> {
  const child = spawn(program, argv, { stdio });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} ${argv.join(' ')} ended with code ${code}`);
  return output;
}

/** Now in milliseconds since 1970, finer than `Date.now()`, comparable between processes of one machine. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
