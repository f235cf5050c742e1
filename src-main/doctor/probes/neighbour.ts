import { createSocket } from 'node:dgram';
import type { NetworkSnapshot } from '../../network/index.ts';
import type { NeighbourFacts } from '../interpret/reach.ts';

/** The kernel asks three times, a second apart, before it gives up (arp(7)). */
const TRIES = 8;
const PAUSE_MS = 500;
/** The discard service (RFC 863): what is sent there asks nothing of anybody. */
const DISCARD_PORT = 9;

/** Sends one empty datagram, so that the system asks the network who has the address, and reads what it learnt. */
export async function findNeighbour(
  address: string,
  readHere: () => Promise<NetworkSnapshot>,
  signal: AbortSignal,
): Promise<NeighbourFacts> {
  const [bare] = address.split('%');
  await poke(address);
  for (let tried = 1; ; tried += 1) {
    const { neighbours } = await readHere();
    if (neighbours === null) return { neighbour: null, readable: false };
    const neighbour = neighbours.find((one) => one.address === bare) ?? null;
    const settled = neighbour !== null && !['incomplete', 'probe', 'unknown'].includes(neighbour.state);
    if (settled || tried === TRIES) return { neighbour, readable: true };
    await pause(PAUSE_MS, signal);
  }
}

function poke(address: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    const end = (): void => {
      socket.close(() => resolve());
    };
    socket.on('error', end);
    socket.send(Buffer.alloc(0), DISCARD_PORT, address, end);
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal.addEventListener('abort', abort, { once: true });
  });
}
