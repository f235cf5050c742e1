import { listenerDefaults, type SessionOptions, type SessionSnapshot, type WindowRow } from '../../../console/index.ts';
import { badFlag } from '../../start/flags.ts';
import { oneOf, textOf, wholeNumber, type Command, type CommandContext } from '../command.ts';
import { CliSession, failureOf } from '../console-output.ts';
import { EXIT } from '../exit-codes.ts';

const RESPONDERS = ['none', 'echo', 'led'] as const;

export const listen: Command = {
  help: `pi-workbench listen PORT

Listens and prints the bytes that arrive, exactly; who comes and goes is said on standard error. Ends at Ctrl+C. Port 0 lets
the system choose one, and says which.

  --host ADDRESS       listen on this address only (default 127.0.0.1; 0.0.0.0 lets every network in)
  --answer none|echo|led   echo sends every byte back; led speaks the LED agent's protocol with a simulated LED
  --connections N      end after so many connections have closed
  --udp                datagrams instead of connections
  --keep               keep the transcript: the app's console shows it
  --json               every entry of the transcript as a line of JSON

Examples:
  pi-workbench listen 5000
  pi-workbench listen 1234 --answer led --host 0.0.0.0
`,
  options: {
    host: { type: 'string' },
    answer: { type: 'string' },
    connections: { type: 'string' },
    udp: { type: 'boolean' },
    keep: { type: 'boolean' },
  },
  words: [1, 1],
  async run(context) {
    const { terminal, signal, values } = context;
    const most = wholeNumber(context, 'connections', { fallback: 0, min: 1, max: 1_000_000 });
    const client = await context.client();
    const session = await CliSession.open(context, client, optionsOf(context));
    const show = (row: WindowRow, bytes: Uint8Array): void => {
      if (row.kind === 'data' && row.direction === 'received') terminal.out.write(bytes);
      else terminal.err.write(eventText(row));
    };
    try {
      for (;;) {
        await session.print(show);
        const snapshot = await session.snapshot();
        const failure = failureOf(snapshot);
        if (failure) throw failure;
        if (signal.aborted || (most > 0 && closedOf(snapshot) >= most)) break;
        await session.endFinished(snapshot);
        await session.changed(60_000);
      }
      await session.stop(show);
    } finally {
      await session.close(values['keep'] === true);
    }
    // Ctrl+C is how one ends listening: that is no failure.
    return EXIT.ok;
  },
};

function optionsOf(context: CommandContext): SessionOptions {
  const [word = ''] = context.positionals;
  const port = /^\d{1,5}$/.test(word) ? Number(word) : NaN;
  if (!(port <= 65_535)) throw badFlag(`“${word}” is not a port from 0 to 65535.`);
  const host = textOf(context, 'host', '127.0.0.1');
  const responder = { kind: oneOf(context, 'answer', RESPONDERS, 'none') };
  if (context.values['udp']) return { kind: 'udp-listener', host, port, responder };
  return { ...listenerDefaults, host, port, responder };
}

function closedOf({ connectionCount, connections }: SessionSnapshot): number {
  return connectionCount - connections.filter(({ state }) => state !== 'closed').length;
}

function eventText({ detail }: WindowRow): string {
  switch (detail?.kind) {
    case 'listen':
      return `Listening on ${detail.local.address}:${detail.local.port} (${detail.transport}). Ctrl+C ends it.\n`;
    case 'accept':
      return `${detail.remote.address}:${detail.remote.port} ${detail.refused ? 'was refused' : 'connected'}.\n`;
    case 'close':
      return `${detail.text}\n`;
    case 'error':
      return `${detail.meaning}\n`;
    default:
      return '';
  }
}
