import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what Linux, macOS and Windows give to outgoing connections (net.ipv4.ip_local_port_range). */
const FIRST = 20_000;
const LAST = 31_999;
/** Each of the test runner's workers has its own share, so that two of them never choose the same port. */
const SHARES = 32;
const SHARE = (LAST - FIRST + 1) / SHARES;

const share = Number(process.env['VITEST_POOL_ID'] ?? 0) % SHARES;
let next = process.pid % SHARE;

/**
 * A TCP port nobody listens on, and that stays free: the system never gives it to an outgoing connection, as it would
 * give away one that `listen(0)` had found.
 */
export async function freePort(address = '127.0.0.1'): Promise<number> {
  for (let tries = 0; tries < SHARE; tries += 1) {
    const port = FIRST + share * SHARE + next;
    next = (next + 1) % SHARE;
    if (await isFree(port, address)) return port;
  }
  throw new Error('Every port of this worker is taken.');
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer().listen({ port, host, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (thrown) {
    if (['EADDRINUSE', 'EACCES'].includes((thrown as NodeJS.ErrnoException).code ?? '')) return false;
    throw thrown;
  }
  await new Promise((resolve) => server.close(resolve));
  return true;
}
