import {
  clientDefaults,
  PAYLOAD_FORMATS,
  parsePayload,
  type PayloadInput,
  type SessionOptions,
  type WindowRow,
} from '../../../console/index.ts';
import { AppError } from '../../../errors/index.ts';
import { badFlag } from '../../start/flags.ts';
import { oneOf, portWord, textOf, wholeNumber, type Command, type CommandContext } from '../command.ts';
import { CliSession, failureOf } from '../console-output.ts';
import { deviceFor } from '../device-argument.ts';
import { EXIT } from '../exit-codes.ts';
import { signInHelp, signInOptions } from '../sign-in.ts';
import { readAll } from '../terminal.ts';

export const send: Command = {
  help: `pi-workbench send HOST PORT [PAYLOAD]

Connects, sends the payload and prints the bytes that come back, exactly. Without a payload, standard input is sent.

  --format text|escapes|python|hex   how the payload is read (default escapes: \\r \\n \\x00 \\u00e9)
  --line-ending none|lf|cr|crlf      added at the end, for text and escapes (default none)
  --wait MS        how long to wait for more once nothing comes (default 1000)
  --half-close     say that no more is sent, and read until the other side closes
  --udp            a datagram instead of a connection
  --via DEVICE     through a device's SSH connection: HOST is as the device sees it
  --keep           keep the transcript: the app's console shows it
  --json           every entry of the transcript as a line of JSON
${signInHelp}
Examples:
  pi-workbench send raspberrypi.local 1234 ON
  pi-workbench send example.org 80 "b'GET / HTTP/1.0\\r\\n\\r\\n'" --format python --half-close
  pi-workbench send 127.0.0.1 1234 STATUS --via pi@raspberrypi.local --json
`,
  options: {
    format: { type: 'string' },
    'line-ending': { type: 'string' },
    wait: { type: 'string' },
    'half-close': { type: 'boolean' },
    udp: { type: 'boolean' },
    via: { type: 'string' },
    keep: { type: 'boolean' },
    ...signInOptions,
  },
  words: [2, 3],
  async run(context) {
    const payload = await readPayload(context);
    const options = await sessionOptions(context);
    const client = await context.client();
    const session = await CliSession.open(context, client, options);
    try {
      await connected(context, session);
      await client.call('console.send', { id: session.id, to: 'all', payload, remember: false });
      if (context.values['half-close']) await client.call('console.endSending', { id: session.id, to: 'all' });
      await receive(context, session);
    } finally {
      await session.close(context.values['keep'] === true);
    }
    return context.signal.aborted ? EXIT.interrupted : EXIT.ok;
  },
};

async function readPayload(context: CommandContext): Promise<PayloadInput> {
  const { positionals, terminal, signal } = context;
  const [, , word] = positionals;
  const typed: PayloadInput = {
    format: oneOf(context, 'format', PAYLOAD_FORMATS, word === undefined ? 'text' : 'escapes'),
    text: word ?? (await readAll(terminal.input, 4 * 1024 * 1024, signal)),
    encoding: 'utf-8',
    lineEnding: oneOf(context, 'line-ending', ['none', 'lf', 'cr', 'crlf'], 'none'),
  };
  const parsed = parsePayload(typed);
  if (!parsed.ok) throw badFlag(`The payload cannot be used at character ${parsed.offset + 1}: ${parsed.message}`);
  for (const note of parsed.notes) terminal.err.write(`${note}\n`);
  return typed;
}

async function sessionOptions(context: CommandContext): Promise<SessionOptions> {
  const [host = '', port] = context.positionals;
  const where = { host, port: portWord(port) };
  const via = textOf(context, 'via');
  if (context.values['udp']) {
    if (via !== '') throw badFlag('An SSH connection carries TCP only: leave out --udp or --via.');
    return { kind: 'udp-client', ...where, family: 'any', localPort: null, heartbeat: null };
  }
  return { ...clientDefaults, ...where, through: via === '' ? null : (await deviceFor(context, via)).id };
}

/** Waits until the connection is there. Raises why it is not. */
async function connected(context: CommandContext, session: CliSession): Promise<void> {
  for (;;) {
    const snapshot = await session.snapshot();
    const failure = failureOf(snapshot);
    if (failure) throw failure;
    if (snapshot.state.kind === 'open') return;
    if (context.signal.aborted) throw new AppError('CANCELLED', 'Cancelled.');
    await session.changed(1000);
  }
}

/** Prints what comes until the other side closes, nothing came for a while, or Ctrl+C. Raises what broke the connection. */
async function receive(context: CommandContext, session: CliSession): Promise<void> {
  const waitMs = wholeNumber(context, 'wait', { fallback: 1000, min: 0, max: 3_600_000 });
  const { terminal, signal, values } = context;
  const show = ({ kind, direction }: WindowRow, bytes: Uint8Array): void => {
    if (kind === 'data' && direction === 'received') terminal.out.write(bytes);
  };
  // After a half-close the other side ends the conversation, however long it takes.
  const patience = values['half-close'] ? Number.MAX_SAFE_INTEGER : waitMs;
  let deadline = performance.now() + patience;
  for (;;) {
    if ((await session.print(show)) > 0) deadline = performance.now() + patience;
    const snapshot = await session.snapshot();
    const failure = failureOf(snapshot);
    const ended = snapshot.state.kind !== 'open' || snapshot.connections[0]?.state === 'peer-ended';
    if (ended || signal.aborted || performance.now() >= deadline) {
      await session.stop(show);
      if (failure) throw failure;
      return;
    }
    await session.changed(deadline - performance.now());
  }
}
