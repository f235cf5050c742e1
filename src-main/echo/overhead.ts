import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { openDirect } from './link.ts';
import type { EchoOptions } from './options.ts';
import type { Overhead } from './report.ts';
import { EchoRun } from './run.ts';
import { roundTripsOf } from './statistics.ts';

const WARM_UP = 50;
const ROUNDS = 250;
/** The measurement ends about then; with large messages it then has fewer rounds. */
const LIMIT_MS = 400;
/** A computer that is so busy that nothing came back until then is given this long. */
const FIRST_REPLY_MS = 10_000;

/**
 * Sends the same messages one by one to an echo server inside this app, over loopback: what the app and this computer
 * add to every round trip. Includes the server's share, so it is an upper bound.
 */
export async function measureOverhead(
  options: Pick<EchoOptions, 'size' | 'pattern' | 'text'>,
  signal?: AbortSignal,
): Promise<Overhead | null> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const limit = new AbortController();
  const stop = AbortSignal.any([limit.signal, ...(signal ? [signal] : [])]);
  try {
    const link = await openDirect('127.0.0.1', port, new AbortController().signal);
    const run = new EchoRun(link, {
      ...options,
      host: '127.0.0.1',
      port,
      rounds: WARM_UP + ROUNDS,
      intervalMs: 0,
      inFlight: 1,
      replyTimeoutMs: FIRST_REPLY_MS,
      ending: 'after-replies',
      stop,
      onTick: ({ elapsedMs, counts }) => {
        if (elapsedMs >= (counts.matched > 0 ? LIMIT_MS : FIRST_REPLY_MS)) limit.abort();
      },
    });
    await run.run();
    const measured = run.ledger.rtt.subarray(Math.min(WARM_UP, run.ledger.matched >> 1));
    const figures = roundTripsOf(measured);
    const rounds = measured.filter((ms) => !Number.isNaN(ms)).length;
    return figures && { median: figures.median, p95: figures.p95, rounds };
  } finally {
    server.close();
  }
}
