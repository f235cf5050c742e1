import dgram from 'node:dgram';
import net from 'node:net';

/** Ports after the taken one that are tried. */
const TRIED = 50;
const FIRST_UNPRIVILEGED = 1024;

/** A port near `port` that is free on `host` just now, or null when none was found. */
export async function findFreePort(transport: 'tcp' | 'udp', host: string, port: number): Promise<number | null> {
  const start = Math.max(port + 1, FIRST_UNPRIVILEGED);
  for (let candidate = start; candidate < Math.min(start + TRIED, 65_536); candidate += 1) {
    const free = transport === 'tcp' ? await canListen(host, candidate) : await canBind(host, candidate);
    if (free) return candidate;
  }
  return null;
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function canBind(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dgram.createSocket(net.isIPv6(host) ? 'udp6' : 'udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ address: host, port, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}
