#!/usr/bin/env node
import { resolve } from 'node:path';
import { runCli } from './run.ts';
import { EXIT } from './exit-codes.ts';
import { processTerminal } from './terminal.ts';

const stop = new AbortController();
let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    signals += 1;
    // The second one does not wait for anything.
    if (signals > 1) process.exit(EXIT.interrupted);
    stop.abort();
  });
}
// `pi-workbench ... | head` closes the pipe early: that is no error.
process.stdout.on('error', (thrown: NodeJS.ErrnoException) => {
  process.exit(thrown.code === 'EPIPE' ? EXIT.ok : EXIT.failed);
});

process.exitCode = await runCli(process.argv.slice(2), {
  terminal: processTerminal,
  signal: stop.signal,
  outDir: resolve(import.meta.dirname, '..'),
});
