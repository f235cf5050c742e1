import type { EchoProgress, EchoReport } from '../../../api/contract/echo.ts';
import { DEFAULT_ECHO_OPTIONS, ECHO_LIMITS } from '../../../echo/index.ts';
import { AppError } from '../../../errors/index.ts';
import { oneOf, portWord, textOf, wholeNumber, type Command, type CommandContext } from '../command.ts';
import { deviceFor } from '../device-argument.ts';
import { EXIT } from '../exit-codes.ts';
import { columns, printJson, printLines } from '../print.ts';
import { signInHelp, signInOptions } from '../sign-in.ts';

export const echo: Command = {
  help: `pi-workbench echo HOST PORT

Sends numbered messages to an echo service and checks that each comes back, whole and in order; measures the round trips. The
result joins the app's earlier runs. Ctrl+C ends the run with what was measured.

  --rounds N         messages (default 200)
  --size BYTES       bytes of each (default 64)
  --interval MS      from one to the next (default 10)
  --in-flight N      on the way at the same time (default 1)
  --pattern WORD     counter, random, text (default counter)
  --timeout MS       after which one counts as lost (default 2000)
  --via DEVICE       through a device's SSH connection: HOST is as the device sees it
  --json             the whole report as JSON
${signInHelp}
Exit code 3 when a message was lost or came back changed.

Examples:
  pi-workbench echo raspberrypi.local 1235
  pi-workbench echo 127.0.0.1 1235 --via pi@raspberrypi.local --rounds 1000 --json
`,
  options: {
    rounds: { type: 'string' },
    size: { type: 'string' },
    interval: { type: 'string' },
    'in-flight': { type: 'string' },
    pattern: { type: 'string' },
    timeout: { type: 'string' },
    via: { type: 'string' },
    ...signInOptions,
  },
  words: [2, 2],
  async run(context) {
    const { terminal, json, signal, positionals } = context;
    const [host = '', port] = positionals;
    const { rounds, size, intervalMs, inFlight, replyTimeoutMs } = ECHO_LIMITS;
    const usual = DEFAULT_ECHO_OPTIONS;
    const number = (name: string, fallback: number, bounds: { readonly min: number; readonly max: number }): number =>
      wholeNumber(context, name, { fallback, ...bounds });
    const options = {
      ...usual,
      host,
      port: portWord(port),
      rounds: number('rounds', usual.rounds, rounds),
      size: number('size', usual.size, size),
      intervalMs: number('interval', usual.intervalMs, intervalMs),
      inFlight: number('in-flight', usual.inFlight, inFlight),
      replyTimeoutMs: number('timeout', usual.replyTimeoutMs, replyTimeoutMs),
      pattern: oneOf(context, 'pattern', ['counter', 'random', 'text'], usual.pattern),
    };
    const via = textOf(context, 'via');
    const viaDeviceId = via === '' ? null : (await deviceFor(context, via)).id;
    const client = await context.client();
    const report = await client.call(
      'echo.run',
      { ...options, viaDeviceId },
      { signal, onProgress: progressOn(context) },
    );
    if (json) printJson(terminal, report);
    else if (report.counts.sent > 0) printLines(terminal, linesOf(report));
    if (report.problem) {
      const { code, meaning, hint, cause } = report.problem;
      throw new AppError(code, meaning, { hint, cause });
    }
    if (report.status === 'stopped') return EXIT.interrupted;
    const { lost, corrupted } = report.counts;
    return lost + corrupted === 0 ? EXIT.ok : EXIT.negative;
  },
};

/** One line that is written over, where somebody watches. */
function progressOn({ terminal, json }: CommandContext): ((progress: EchoProgress) => void) | undefined {
  if (json || !terminal.interactive) return undefined;
  return ({ phase, counts }) => {
    if (phase === 'running') terminal.err.write(`\r${counts.matched} of ${counts.sent} came back`);
    if (phase === 'ending') terminal.err.write('\r\x1b[K');
  };
}

function linesOf({
  counts,
  roundTrips,
  messagesPerSecond,
  durationMs,
  status,
  overhead,
}: EchoReport): readonly string[] {
  const ms = (value: number): string => `${value.toFixed(3)} ms`;
  const trips = roundTrips
    ? [
        ['least', ms(roundTrips.min)],
        ['median', ms(roundTrips.median)],
        ['95 of 100 within', ms(roundTrips.p95)],
        ['most', ms(roundTrips.max)],
        ['jitter', ms(roundTrips.jitter)],
        ...(overhead ? [['of it this computer', ms(overhead.median)]] : []),
      ]
    : [];
  return [
    `${counts.matched} of ${counts.sent} messages came back whole${status === 'stopped' ? ' before the run was stopped' : ''}.`,
    ...columns([
      ['lost', String(counts.lost)],
      ['changed', String(counts.corrupted)],
      ['out of order', String(counts.reordered)],
      ['late', String(counts.late)],
      ...trips,
      ['messages a second', messagesPerSecond.toFixed(0)],
      ['took', `${(durationMs / 1000).toFixed(2)} s`],
    ]),
  ];
}
