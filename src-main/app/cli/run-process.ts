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
  // `pi-workbench ... | head` closes the pipe early: that is no error, and the command tidies up as after Ctrl+C.
  let unread = false;
  process.stdout.on('error', (thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EPIPE') process.exit(EXIT.failed);
    unread = true;
    stop.abort();
  });
  const code = await runCli(argv, { terminal: processTerminal, signal: stop.signal, outDir, resourcesPath });
  return unread ? EXIT.ok : code;
}
