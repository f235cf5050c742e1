import { EXIT } from './exit-codes.ts';
import { runCli } from './run.ts';
import { processTerminal } from './terminal.ts';

export interface ProcessOptions {
  /** The built `out` folder. */
  readonly outDir: string;
  /** Electron's `process.resourcesPath`; undefined for a bare Node. */
  readonly resourcesPath?: string;
  /** Ends the command as Ctrl+C does. */
  readonly stop?: AbortController;
}

/** Runs a command line with this process's own streams and signals. Gives the exit code. */
export async function runProcess(
  argv: readonly string[],
  { outDir, resourcesPath, stop = new AbortController() }: ProcessOptions,
): Promise<number> {
  let signals = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      signals += 1;
      // The second one does not wait for anything.
      if (signals > 1) process.exit(EXIT.interrupted);
      stop.abort();
    });
  }
  // Nobody reads what is said there: the work goes on.
  process.stderr.on('error', () => undefined);
  let lost: NodeJS.ErrnoException | null = null;
  process.stdout.on('error', (thrown: NodeJS.ErrnoException) => {
    lost ??= thrown;
    // The command tidies up as after Ctrl+C.
    stop.abort();
  });
  const code = await runCli(argv, { terminal: processTerminal, signal: stop.signal, outDir, resourcesPath });
  // What is still on its way through a pipe goes out before the process ends.
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((sent) => stream.write('', sent))));
  return lost === null ? code : outputLost(lost);
}

/** `pi-workbench ... | head` closes the pipe early, which is no error. Anything else is. */
function outputLost({ code, message }: NodeJS.ErrnoException): number {
  if (code === 'EPIPE') return EXIT.ok;
  const why = code === 'ENOSPC' ? 'the disk is full' : (code ?? message);
  process.stderr.write(`The result could not be written to standard output: ${why}.\n`);
  return EXIT.failed;
}
