import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeDetails, readEntries, readHeads, type Problem, type Session } from '../../../src-main/console/index.ts';
import { serve } from './support/peers.ts';
import { freePort } from '../support/free-port.ts';
import { kernelSockets } from '../support/kernel-sockets.ts';
import { lines, portOf, startSession, tcpClient, tcpListener, udpClient, udpListener } from './support/sessions.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

async function problemOf(session: Session): Promise<Problem | undefined> {
  await session.transcript.flushed();
  const entries = await readEntries(session.transcript, await readHeads(session.transcript, 0, 1000), 1 << 16);
  return entries.map((entry) => decodeDetails(entry)).find((detail) => detail?.kind === 'error') as Problem | undefined;
}

/** What `getsockopt` says of the connected IPv4 socket that this process has at a local port. Linux only. */
function noDelayOf(localPort: number): boolean {
  const rows = readFileSync('/proc/self/net/tcp', 'latin1').trim().split('\n').slice(1);
  const local = `:${localPort.toString(16).toUpperCase().padStart(4, '0')}`;
  const fields = rows.map((row) => row.trim().split(/\s+/));
  const ESTABLISHED = '01';
  const inode = fields.find(([, address, , state]) => address?.endsWith(local) && state === ESTABLISHED)?.[9];
  const fd = readdirSync('/proc/self/fd').find((name) => linkOf(`/proc/self/fd/${name}`) === `socket:[${inode}]`);
  if (fd === undefined) throw new Error(`This process has no connection at port ${localPort}.`);
  const script = 'import socket; print(socket.socket(fileno=3).getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))';
  const answer = execFileSync('python3', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit', Number(fd)] });
  return answer.toString().trim() !== '0';
}

/** Where a link points, or nothing when it went away meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

describe('the port on this side', () => {
  it('is the one that was asked for, over TCP and over UDP', async () => {
    const [tcpPort, udpPort] = [await freePort(), await freePort()];
    const server = await serve(() => undefined);
    const tcp = await startSession(tcpClient(server.port, { localPort: tcpPort }));
    await expect.poll(() => server.accepted[0]?.remotePort).toBe(tcpPort);
    expect(tcp.connections[0]?.local?.port).toBe(tcpPort);
    const listener = await startSession(udpListener());
    const udp = await startSession(udpClient(portOf(listener), { localPort: udpPort }));
    udp.send(text('x'), 'all');
    await expect.poll(() => listener.connections[0]?.remote.port).toBe(udpPort);
  });

  it('that is taken is named, and not the port of the other side', async () => {
    const taken = await serve(() => undefined);
    const server = await serve(() => undefined);
    const session = await startSession(tcpClient(server.port, { localPort: taken.port }));
    const problem = await problemOf(session);
    expect(problem).toMatchObject({ code: 'EADDRINUSE', python: 'OSError' });
    expect(problem?.meaning).toContain(`${taken.port}`);
    expect(problem?.meaning).not.toContain(`${server.port}`);
  });
});

describe('the family of addresses', () => {
  it.each([
    ['any', 0],
    ['ipv4', 4],
    ['ipv6', 6],
  ] as const)('%s is what the resolver is asked for', async (family, wanted) => {
    const asked: string[] = [];
    const known = [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ];
    const port = await freePort();
    const session = await startSession(tcpClient(port, { host: 'pi.test', family }), {
      resolve: (host, which) => {
        asked.push(`${host} ${which}`);
        return Promise.resolve(known.filter((one) => wanted === 0 || one.family === wanted));
      },
    });
    expect(asked).toEqual([`pi.test ${family}`]);
    expect((await problemOf(session))?.attempts).toHaveLength(wanted === 0 ? 2 : 1);
  });
});

describe('what the system is told of a socket', () => {
  it.each([
    [true, true],
    [false, false],
  ])('keepalive %s is a running timer: %s', async (keepAlive, timer) => {
    const server = await serve(() => undefined);
    const client = await startSession(tcpClient(server.port, { keepAlive }));
    const port = client.connections[0]?.local?.port ?? 0;
    expect(kernelSockets(`sport = :${port}`).includes('timer:(keepalive')).toBe(timer);
    const listener = await startSession(tcpListener({ keepAlive }));
    await startSession(tcpClient(portOf(listener)));
    await expect.poll(() => listener.connections.length).toBe(1);
    expect(kernelSockets(`sport = :${portOf(listener)}`).includes('timer:(keepalive')).toBe(timer);
  });

  it.each([true, false])('no-delay %s is TCP_NODELAY, on a client and on what a listener accepts', async (noDelay) => {
    const server = await serve(() => undefined);
    const client = await startSession(tcpClient(server.port, { noDelay }));
    expect(noDelayOf(client.connections[0]?.local?.port ?? 0)).toBe(noDelay);
    const listener = await startSession(tcpListener({ noDelay }));
    await startSession(tcpClient(portOf(listener), { noDelay: !noDelay }));
    await expect.poll(() => listener.connections.length).toBe(1);
    expect(noDelayOf(portOf(listener))).toBe(noDelay);
  });

  it('the backlog of a listener is the one that was asked for', async () => {
    const listener = await startSession(tcpListener({ backlog: 7 }));
    const [, , sendQueue] = kernelSockets('-l', `sport = :${portOf(listener)}`)
      .trim()
      .split(/\s+/);
    expect(sendQueue).toBe('7');
  });
});

describe('a UDP client without a way to the address', () => {
  // Without SO_BROADCAST the system refuses this address at once, and nothing leaves the computer.
  const NO_WAY = { address: '255.255.255.255', family: 4 };

  it('has failed with the reason, and is not shown as open', async () => {
    const session = await startSession(udpClient(9, { host: 'pi.test' }), { resolve: () => Promise.resolve([NO_WAY]) });
    expect(session.state.kind).toBe('failed');
    const problem = await problemOf(session);
    expect(problem?.during).toBe('connect');
    expect(['EACCES', 'ENETUNREACH']).toContain(problem?.code);
    expect(() => session.send(text('x'), 'all')).toThrow('Nothing is connected');
  });

  it('uses the next address of the name, and says why not the first', async () => {
    const listener = await startSession(udpListener({ responder: { kind: 'echo' } }));
    const session = await startSession(udpClient(portOf(listener), { host: 'pi.test' }), {
      resolve: () => Promise.resolve([NO_WAY, { address: '127.0.0.1', family: 4 }]),
    });
    session.send(text('hello'), 'all');
    await expect.poll(() => lines(session.transcript)).toContain('< hello');
    expect((await lines(session.transcript))[0]).toMatch(/^note 255\.255\.255\.255 cannot be used: /);
  });
});
