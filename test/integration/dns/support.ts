import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket as TcpSocket } from 'node:net';
import { decode, encode, type Answer, type DecodedPacket, type Packet } from 'dns-packet';
import { systemCode } from '../../../src-main/errors/index.ts';

export interface Received {
  readonly transport: 'udp' | 'tcp';
  readonly query: DecodedPacket;
}

/** What the test's server sends for a query: packets in order, raw bytes, or nothing at all. */
export type Respond = (received: Received) => readonly (Packet | Buffer)[];

export interface TestDnsServer {
  readonly address: string;
  readonly port: number;
  /** Every query, in the order received. */
  readonly received: Received[];
  close(): Promise<void>;
}

/** A DNS server on loopback, UDP and (unless left out) TCP on the same free port. */
export async function startDnsServer(
  respond: Respond,
  { tcp = true, address = '127.0.0.1' } = {},
): Promise<TestDnsServer> {
  const received: Received[] = [];
  for (let tries = 1; ; tries += 1) {
    const udp = await startUdp(address, respond, received);
    const { port } = udp.address();
    try {
      const stream = tcp ? await startTcp(port, address, respond, received) : null;
      return { address, port, received, close: () => closeBoth(udp, stream) };
    } catch (thrown) {
      // Free for UDP, but some other connection has it for TCP.
      await closeBoth(udp, null);
      if (tries === MOST_PORT_TRIES || systemCode(thrown) !== 'EADDRINUSE') throw thrown;
    }
  }
}

const MOST_PORT_TRIES = 50;

async function startUdp(address: string, respond: Respond, received: Received[]): Promise<Socket> {
  const udp = createSocket('udp4');
  udp.on('message', (bytes, from) => {
    const one: Received = { transport: 'udp', query: decode(bytes) };
    received.push(one);
    for (const packet of respond(one)) udp.send(toBytes(packet), from.port, from.address);
  });
  udp.bind(0, address);
  await once(udp, 'listening');
  return udp;
}

/** The usual reply to a query: same id and question. */
export function replyTo(query: DecodedPacket, extra: Packet & { rcode?: number } = {}): Packet {
  const { rcode = 0, flags = 0, ...rest } = extra;
  return { type: 'response', id: query.id, questions: query.questions, flags: flags | rcode, ...rest };
}

/** Answers from a table `name type` -> records; NXDOMAIN for other names, no data for other types. */
export function zone(records: Readonly<Record<string, readonly Answer[]>>): Respond {
  return ({ query }) => {
    const { name = '', type = 'A' } = query.questions?.[0] ?? {};
    const answers = records[`${name} ${type}`];
    if (answers) return [replyTo(query, { answers: [...answers] })];
    const known = Object.keys(records).some((key) => key.startsWith(`${name} `));
    return [replyTo(query, { rcode: known ? 0 : 3 })];
  };
}

export const RCODE = { FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

interface TcpSide {
  readonly server: Server;
  readonly sockets: Set<TcpSocket>;
}

async function startTcp(port: number, address: string, respond: Respond, received: Received[]): Promise<TcpSide> {
  const sockets = new Set<TcpSocket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    let pending = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      if (pending.length < 2 || pending.length < 2 + pending.readUInt16BE(0)) return;
      const one: Received = { transport: 'tcp', query: decode(pending.subarray(2)) };
      received.push(one);
      for (const packet of respond(one)) writeInPieces(socket, toBytes(packet));
    });
  });
  server.listen(port, address);
  await once(server, 'listening');
  if ((server.address() as AddressInfo).port !== port) throw new Error('TCP got another port.');
  return { server, sockets };
}

/** Length and message in separate segments, as real servers may send them. */
function writeInPieces(socket: TcpSocket, bytes: Buffer): void {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  socket.setNoDelay(true);
  socket.write(length.subarray(0, 1));
  socket.write(length.subarray(1));
  socket.write(bytes.subarray(0, 10));
  setImmediate(() => socket.write(bytes.subarray(10)));
}

function toBytes(packet: Packet | Buffer): Buffer {
  return Buffer.isBuffer(packet) ? packet : encode(packet);
}

async function closeBoth(udp: Socket, tcp: TcpSide | null): Promise<void> {
  const closed = [once(udp, 'close')];
  udp.close();
  if (tcp) {
    closed.push(once(tcp.server, 'close'));
    tcp.server.close();
    for (const socket of tcp.sockets) socket.destroy();
  }
  await Promise.all(closed);
}
