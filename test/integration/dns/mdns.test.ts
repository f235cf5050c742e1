import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode, type Answer, type DecodedPacket } from 'dns-packet';
import { afterEach, describe, expect, test } from 'vitest';
import type { LocalResolvers } from '../../../src-main/dns/local-resolvers.ts';
import { addressesByMdns } from '../../../src-main/dns/mdns-addresses.ts';
import { askMdns, type MdnsInterface } from '../../../src-main/dns/mdns.ts';

const loopback: MdnsInterface = { name: 'lo', address: '127.0.0.1', family: 4 };
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

/** A device on loopback's multicast group, at a free port, that answers as avahi does: straight to the asker. */
async function startResponder(
  answersOf: (query: DecodedPacket, from: RemoteInfo) => Answer[] | Buffer,
  port = 0,
): Promise<{ port: number; queries: DecodedPacket[] }> {
  const queries: DecodedPacket[] = [];
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.on('message', (bytes, from) => {
    const query = decode(bytes);
    queries.push(query);
    const answers = answersOf(query, from);
    const reply = Buffer.isBuffer(answers)
      ? answers
      : encode({ type: 'response', id: query.id, questions: query.questions, answers });
    socket.send(reply, from.port, from.address);
  });
  socket.bind(port, '0.0.0.0');
  await once(socket, 'listening');
  sockets.push(socket);
  socket.addMembership('224.0.0.251', '127.0.0.1');
  return { port: socket.address().port, queries };
}

const record = (data: string): Answer => ({ type: 'A', name: 'lab.local', ttl: 120, data });

describe('a question over mDNS', () => {
  test('is answered by the device itself', async () => {
    const { port, queries } = await startResponder((query) =>
      query.questions?.[0]?.type === 'A' ? [record('192.168.1.44')] : [],
    );
    const answer = await askMdns('lab.local', ['A', 'AAAA'], loopback, { timeoutMs: 2000, port });
    expect(answer).toMatchObject({
      outcome: 'found',
      records: [{ name: 'lab.local', type: 'A', ttl: 120, value: '192.168.1.44', family: 4 }],
      responders: ['127.0.0.1'],
    });
    expect(queries.map((query) => query.questions?.[0]?.type)).toEqual(['A', 'AAAA']);
  });

  test('that two devices answer gives both addresses, each once', async () => {
    const first = await startResponder(() => [record('192.168.1.44'), record('192.168.1.44')]);
    await startResponder(() => [record('192.168.1.45')], first.port);
    const answer = await askMdns('lab.local', ['A'], loopback, { timeoutMs: 2000, port: first.port });
    expect(answer.records.map(({ value }) => value).sort()).toEqual(['192.168.1.44', '192.168.1.45']);
  });

  test('nobody answers ends in silence, after asking twice', async () => {
    const { port, queries } = await startResponder(() => []);
    const answer = await askMdns('lab.local', ['A'], loopback, { timeoutMs: 1300, port });
    expect(answer).toMatchObject({ outcome: 'timed-out', code: 'ETIMEDOUT', records: [] });
    expect(queries).toHaveLength(2);
  });

  test('is not answered by records of other names, nor by noise', async () => {
    const { port } = await startResponder(() => [{ ...record('192.168.1.9'), name: 'other.local' }]);
    await startResponder(() => Buffer.from('noise'), port);
    const answer = await askMdns('lab.local', ['A'], loopback, { timeoutMs: 300, port });
    expect(answer).toMatchObject({ outcome: 'timed-out', records: [] });
  });

  test('through an adapter that is gone says that there is no network', async () => {
    const gone: MdnsInterface = { name: 'wlan9', address: '192.0.2.77', family: 4 };
    const answer = await askMdns('lab.local', ['A'], gone, { timeoutMs: 300, port: 9 });
    expect(answer).toMatchObject({ outcome: 'no-network', code: 'EADDRNOTAVAIL' });
  });

  test('of which no question can leave by IPv6 says so once', async () => {
    // Loopback has no way to the group.
    const loopback6: MdnsInterface = { name: 'lo', address: '::1', family: 6 };
    const answer = await askMdns('lab.local', ['A', 'AAAA'], loopback6, { timeoutMs: 5000, port: 9 });
    expect(answer).toMatchObject({ outcome: 'no-network', records: [] });
  });

  test('ends at once when cancelled', async () => {
    const { port } = await startResponder(() => []);
    const stop = new AbortController();
    const asked = askMdns('lab.local', ['A'], loopback, { timeoutMs: 60_000, port, signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    await expect(asked).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('the addresses of a name', () => {
  /** On the same loopback, told apart by the address that its questions come from. */
  const other: MdnsInterface = { name: 'lo', address: '127.0.0.2', family: 4 };
  const openSockets = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'UDPWrap').length;

  const local = (port: number, interfaces: readonly MdnsInterface[]): LocalResolvers => ({
    servers: async () => [],
    mdnsInterfaces: () => ({ interfaces, reason: '' }),
    ownAddresses: () => [{ address: '192.168.1.2', prefix: 24, interface: 'eth0', index: 2 }],
    mdnsPort: port,
  });

  test('are those of the first adapter that knows one, and no other is waited for', async () => {
    const { port } = await startResponder((_, from) =>
      from.address === loopback.address ? [record('192.168.1.44')] : [],
    );
    const through = local(port, [other, loopback]);
    // Far longer than a test may take.
    expect(await addressesByMdns('lab.local', through, { timeoutMs: 600_000 })).toEqual(['192.168.1.44']);
    // The responder's own.
    await expect.poll(openSockets).toBe(1);
  });

  test('come in the order to try them: the near one first, the bridge of its Docker last', async () => {
    const aaaa: Answer = { type: 'AAAA', name: 'lab.local', ttl: 120, data: 'fe80::1' };
    const near = record('192.168.1.44');
    const { port } = await startResponder(() => [
      record('172.17.0.1'),
      record('127.0.0.1'),
      aaaa,
      record('10.9.0.5'),
      near,
    ]);
    const through = local(port, [{ ...loopback, index: 1 }]);
    const zone = process.platform === 'win32' ? '1' : 'lo';
    expect(await addressesByMdns('lab.local', through, { timeoutMs: 2000 })).toEqual([
      '192.168.1.44',
      '10.9.0.5',
      `fe80::1%${zone}`,
      '172.17.0.1',
      '127.0.0.1',
    ]);
  });

  test('are none where nobody answers, and where there is no adapter', async () => {
    const { port } = await startResponder(() => []);
    const question = { timeoutMs: 200 };
    expect(await addressesByMdns('lab.local', local(port, [loopback, other]), question)).toEqual([]);
    expect(await addressesByMdns('lab.local', local(port, []), question)).toEqual([]);
  });

  test('are asked for no more once cancelled', async () => {
    const { port } = await startResponder(() => []);
    const stop = new AbortController();
    const asked = addressesByMdns('lab.local', local(port, [loopback, other]), {
      timeoutMs: 600_000,
      signal: stop.signal,
    });
    stop.abort();
    await expect(asked).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
