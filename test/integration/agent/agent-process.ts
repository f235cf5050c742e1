import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleAgent } from '../../../pi-agent/build.mjs';
import { NODE_FLAGS } from '../../../src-main/deploy/service/unit.ts';

/** The agent as it is deployed: the bundle, run as a process of its own. */
export interface RunningAgent {
  readonly ledPort: number;
  readonly echoPort: number;
  readonly pid: number;
  /** Everything printed so far, both outputs. */
  readonly output: () => string;
  /** Settles with the exit code, or null when a signal ended it. */
  readonly exited: Promise<number | null>;
  signal(name: NodeJS.Signals): void;
}

export interface AgentBuild {
  /** Path of the bundle. */
  readonly file: string;
  /** Starts it on free ports and waits until it is ready. Fails with its output when it ends before. */
  start(args?: readonly string[], environment?: NodeJS.ProcessEnv, launcher?: readonly string[]): Promise<RunningAgent>;
  /** Runs it to its end, for a command line that is not meant to serve. */
  run(args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }>;
  /** Ends all that was started and removes the bundle. */
  dispose(): Promise<void>;
}

/** Builds the agent anew, so that no test runs against an old one. `change` may break the bundle on purpose. */
export async function buildAgent(change = (text: string): string => text): Promise<AgentBuild> {
  const folder = await mkdtemp(join(tmpdir(), 'led-agent-'));
  const file = join(folder, 'led-agent.cjs');
  await writeFile(file, change(await bundleAgent()));
  const children = new Set<ChildProcess>();
  const launch = (args: readonly string[], environment: NodeJS.ProcessEnv, launcher: readonly string[] = []) => {
    const [program = process.execPath, ...rest] = [...launcher, process.execPath, ...NODE_FLAGS, file, ...args];
    const child = spawn(program, rest, {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.add(child);
    const exited = once(child, 'close').then(([code]) => {
      children.delete(child);
      return code as number | null;
    });
    return { child, output: collect(child), exited };
  };
  return {
    file,
    start: async (args = ['--driver', 'simulated'], environment = process.env, launcher = []) => {
      const ports = ['--port', '0', '--echo-port', '0'].filter(
        (_, at) => !args.includes(at < 2 ? '--port' : '--echo-port'),
      );
      const { child, output, exited } = launch([...ports, ...args], environment, launcher);
      const ready = await readyLine(child, output, exited);
      return {
        ledPort: Number(/led-port=(\d+)/.exec(ready)?.[1]),
        echoPort: Number(/echo-port=(\d+)/.exec(ready)?.[1]),
        pid: child.pid ?? 0,
        output,
        exited,
        signal: (name) => void child.kill(name),
      };
    },
    run: async (args) => {
      const { output, exited } = launch(args, process.env);
      return { code: await exited, output: output() };
    },
    dispose: async () => {
      const ends = [...children].map((child) => once(child, 'close'));
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(ends);
      await rm(folder, { recursive: true });
    },
  };
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  }
  return () => text;
}

async function readyLine(child: ChildProcess, output: () => string, exited: Promise<number | null>): Promise<string> {
  for (;;) {
    const line = /^ready .*$/m.exec(output())?.[0];
    if (line !== undefined) return line;
    const ended = await Promise.race([exited.then((code) => ({ code })), once(child.stdout ?? child, 'data')]);
    if ('code' in ended) throw new Error(`The agent ended with ${ended.code}: ${output()}`);
  }
}
