import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');
const CLI = join(root, 'out/main/cli.js');

export interface CliResult {
  readonly code: number | null;
  readonly out: string;
  readonly bytes: Buffer;
  readonly err: string;
}

export interface RunOptions {
  /** All of standard input; null leaves it open. Default: nothing. */
  readonly input?: string | null;
  readonly env?: NodeJS.ProcessEnv;
}

/** A running command. */
export interface CliRun {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  out(): string;
  err(): string;
  readonly result: Promise<CliResult>;
}

/** The built command line with a data folder and a home of its own, confined to loopback. */
export class Cli {
  readonly dataDir: string;
  readonly home: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.dataDir = join(folder, 'data');
    this.home = join(folder, 'home');
  }

  static async create(): Promise<Cli> {
    const cli = new Cli(await mkdtemp(join(tmpdir(), 'pi-workbench-cli-')));
    await mkdir(cli.home);
    return cli;
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  start(args: readonly string[], options: RunOptions = {}): CliRun {
    return this.startRaw([...args, '--data-dir', this.dataDir, '--networks', '127.0.0.0/24'], options);
  }

  /** Without the options above: only for what sends nothing. */
  startRaw(args: readonly string[], { input = '', env = {} }: RunOptions = {}): CliRun {
    const child = spawn(process.execPath, [CLI, ...args], {
      stdio: 'pipe',
      env: { PATH: process.env['PATH'], HOME: this.home, ...env },
    });
    const out: Buffer[] = [];
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.stdin.on('error', () => undefined);
    if (input !== null) child.stdin.end(input);
    const text = (): string => Buffer.concat(out).toString('utf8');
    const result = once(child, 'close').then(([code]: unknown[]): CliResult => ({
      code: typeof code === 'number' ? code : null,
      out: text(),
      bytes: Buffer.concat(out),
      err,
    }));
    return { child, out: text, err: () => err, result };
  }

  run(args: readonly string[], options: RunOptions = {}): Promise<CliResult> {
    return this.start(args, options).result;
  }
}
