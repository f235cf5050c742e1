import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode, type Answer, type DecodedPacket } from 'dns-packet';
import { afterEach, describe, expect, test } from 'vitest';
import { askMdns, type MdnsInterface } from '../../../src-main/dns/mdns.ts';

const loopback: MdnsInterface = { name: 'lo', address: '127.0.0.1', family: 4 };
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

/** A device on loopback's multicast group, at a free port, that answers as avahi does: straight to the asker. */
async function startResponder(
  answersOf: (query: DecodedPacket) => Answer[] | Buffer,
  port = 0,
): Promise<{ port: number; queries: DecodedPacket[] }> {
  const queries: DecodedPacket[] = [];
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.on('message', (bytes, from) => {
    const query = decode(bytes);
    queries.push(query);
    const answers = answersOf(query);
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
