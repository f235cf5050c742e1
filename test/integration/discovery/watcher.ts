import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { FoundDevice, FoundList, SearchOptions } from '../../../src-main/discovery/index.ts';
import { buildProgram } from '../support/program.ts';

export interface WatcherOptions {
  readonly networks: readonly string[];
  readonly mdnsPort?: number;
  /** What starts a program in another network namespace, if it is to run there. */
  readonly within?: readonly string[];
}

/** A process that watches networks as the Devices page does; what it last told. */
export class Watcher {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #dispose: () => Promise<void>;
  #list: FoundList | null = null;

  private constructor(child: ChildProcessWithoutNullStreams, dispose: () => Promise<void>) {
    this.#child = child;
    this.#dispose = dispose;
    child.stderr.pipe(process.stderr);
    createInterface(child.stdout).on('line', (line) => {
      this.#list = JSON.parse(line) as FoundList;
    });
  }

  static async start({ networks, mdnsPort = 5353, within = [] }: WatcherOptions): Promise<Watcher> {
    const dataDir = await mkdtemp(join(tmpdir(), 'pi-workbench-watcher-'));
    const program = await buildProgram(join(import.meta.dirname, 'watch-network.ts'));
    const argv = [...within, process.execPath, program.file, dataDir, networks.join(), String(mdnsPort)];
    return new Watcher(spawn('env', argv), async () => {
      await program.dispose();
      await rm(dataDir, { recursive: true, force: true });
    });
  }

  get devices(): readonly FoundDevice[] {
    return this.#list?.devices ?? [];
  }

  get search(): FoundList['search'] | undefined {
    return this.#list?.search;
  }

  /** What mDNS says of itself. */
  get mdns(): string | undefined {
    return this.#list?.sources.find(({ source }) => source === 'mdns')?.reason;
  }

  /** Begins a search. */
  start(options: Pick<SearchOptions, 'networks'> & Partial<SearchOptions>): void {
    const all: SearchOptions = { large: false, name: '', sshPort: 22, agentPort: 1, ...options };
    this.#child.stdin.write(`${JSON.stringify(all)}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    await this.#dispose();
  }
}
