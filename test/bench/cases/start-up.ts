import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BenchCase } from '../bench-case.ts';
import { compare } from '../measure.ts';
import { peerProgram, projectDir, runProgram } from '../programs.ts';

export const startUp: BenchCase = {
  name: 'start-up',
  title: 'Start-up',
  about:
    'From starting the process: the browser shell until it prints its address, and until the page’s document has been served; the command line until it has printed its version. Beside them what bare Node takes for as much. The Electron shell needs a display and Electron’s own binary, so it is not in here.',
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
    const timed = (argv: readonly string[]) => async () => {
      const startedAt = performance.now();
      await runProgram(process.execPath, argv);
      return { ms: performance.now() - startedAt };
    };
    const version = await versionOf(cli);
    if (version === null) return { comparisons: shells, notes: ['The command line cannot be started yet.'] };
    const lines = await compare({
      metrics: [{ key: 'ms', what: 'command line, --version', unit: 'ms', better: 'less' }],
      rounds: context.rounds,
      app: { name: 'command line', measure: timed([cli, '--version']) },
      peers: [{ name: 'node -p 1', measure: timed(['-p', '1']) }],
    });
    return { comparisons: [...shells, ...lines], notes: [`Version ${version}, a fresh data folder each time.`] };
  },
};

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
