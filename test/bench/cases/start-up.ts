import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ElectronDouble, type StartOptions } from '../../electron-double/start.ts';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { compare, type Comparison } from '../measure.ts';
import { peerProgram, projectDir, runProgram } from '../programs.ts';

export const startUp: BenchCase = {
  name: 'start-up',
  title: 'Start-up',
  about:
    'From starting the process: the browser shell until it prints its address, and until the page’s document has been served; the Electron shell’s main side until it asks for its window, on the tests’ stand-in for the module `electron` (what Electron’s own binary takes is not in it); the command line until it has printed its version. Beside them what takes as much without the app: a bare Node server, a main script of three lines on the same stand-in, and bare Node.',
  async run(context) {
    const shell = join(projectDir, 'out/main/browser.js');
    const cli = join(projectDir, 'out/main/cli.js');
    const timesOf = async (argv: readonly string[]) => {
      const startedAt = performance.now();
      const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'ignore'] });
      const address = await printedAddress(child.stdout);
      const printed = performance.now() - startedAt;
      await fetched(address);
      const served = performance.now() - startedAt;
      child.kill('SIGTERM');
      await once(child, 'close');
      return { printed, served };
    };
    const shells = await compare({
      metrics: [
        { key: 'printed', what: 'browser shell, address printed', unit: 'ms', better: 'less' },
        { key: 'served', what: 'browser shell, document served', unit: 'ms', better: 'less' },
      ],
      rounds: context.rounds,
      app: {
        name: 'browser shell',
        measure: async () => {
          const dataDir = await mkdtemp(join(context.folder, 'data-'));
          return timesOf([shell, '--no-open', '--port', '0', '--data-dir', dataDir, '--networks', '127.0.0.0/24']);
        },
      },
      peers: [{ name: 'bare Node HTTP server', measure: () => timesOf([peerProgram('http-server')]) }],
    });
    const electron = await electronStart(context);
    const timed = (argv: readonly string[]) => async () => {
      const startedAt = performance.now();
      await runProgram(process.execPath, argv);
      return { ms: performance.now() - startedAt };
    };
    const version = await versionOf(cli);
    if (version === null) return { comparisons: [...shells, ...electron], notes: ['The command line does not start.'] };
    const lines = await compare({
      metrics: [{ key: 'ms', what: 'command line, --version', unit: 'ms', better: 'less' }],
      rounds: context.rounds,
      app: { name: 'command line', measure: timed([cli, '--version']) },
      peers: [{ name: 'node -p 1', measure: timed(['-p', '1']) }],
    });
    return {
      comparisons: [...shells, ...electron, ...lines],
      notes: [`Version ${version}, a fresh data folder each time.`],
    };
  },
};

async function electronStart(context: BenchContext): Promise<readonly Comparison[]> {
  const double = await ElectronDouble.open();
  context.afterwards(() => double.dispose());
  const timeOf = async (options: Pick<StartOptions, 'main'>) => {
    const dataDir = await mkdtemp(join(context.folder, 'data-'));
    const startedAt = performance.now();
    const app = double.start({ flags: ['--data-dir', dataDir, '--networks', '127.0.0.0/24'], ...options });
    await app.did('BrowserWindow');
    const ms = performance.now() - startedAt;
    app.kill();
    await app.exited();
    return { ms };
  };
  return compare({
    metrics: [{ key: 'ms', what: 'Electron shell, window asked for', unit: 'ms', better: 'less' }],
    rounds: context.rounds,
    app: { name: 'Electron shell', measure: () => timeOf({}) },
    peers: [{ name: 'bare window', measure: () => timeOf({ main: peerProgram('bare-window') }) }],
  });
}

/** What the command line says of itself, or null when it does not start. */
async function versionOf(cli: string): Promise<string | null> {
  try {
    return (await runProgram(process.execPath, [cli, '--version'])).trim();
  } catch (thrown) {
    process.stderr.write(`${String(thrown)}\n`);
    return null;
  }
}

async function printedAddress(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const address = /http:\/\/\S+/.exec(line)?.[0];
    if (address) return address;
  }
  throw new Error('The shell ended before it printed its address.');
}

/** Reads one document to its end; any status will do. */
async function fetched(address: string): Promise<void> {
  const request = get(address.split('#')[0] ?? address, { agent: false });
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
  response.resume();
  await once(response, 'end');
}
