import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { build } from 'esbuild';
import { RECURSION_AVAILABLE, TRUNCATED_RESPONSE, AUTHORITATIVE_ANSWER, type Answer } from 'dns-packet';
import { afterEach, describe, expect, test } from 'vitest';
import { askServer, type ServerAnswer } from '../../../src-main/dns/ask.ts';
import { tcpCarrier, udpCarrier } from '../../../src-main/dns/carrier.ts';
import type { Question } from '../../../src-main/dns/wire.ts';
import { RCODE, replyTo, startDnsServer, zone, type Respond, type TestDnsServer } from './support.ts';

const servers: TestDnsServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(respond: Respond, options?: { tcp?: boolean }): Promise<TestDnsServer> {
  const server = await startDnsServer(respond, options);
  servers.push(server);
  return server;
}

function ask(
  server: { address: string; port: number },
  question: Question,
  { timeoutMs = 2000, resendAfterMs = [100, 200], signal }: AskOptions = {},
): Promise<ServerAnswer> {
  const route = { first: udpCarrier(server, resendAfterMs), whenCut: tcpCarrier(server) };
  return askServer(route, question, { timeoutMs, signal });
}

interface AskOptions {
  readonly timeoutMs?: number;
  readonly resendAfterMs?: readonly number[];
  readonly signal?: AbortSignal;
}

/** A network namespace of its own needs Linux, and root or user namespaces. */
const canUnshare = spawnSync('unshare', ['-r', '-n', 'true']).status === 0;

/** The answer, as JSON, of a computer that has no network at all. */
async function askWithoutNetwork(): Promise<string> {
  const program = `
import { askServer } from '../../../src-main/dns/ask.ts';
import { tcpCarrier, udpCarrier } from '../../../src-main/dns/carrier.ts';
const server = { address: '192.0.2.53', port: 53 };
const route = { first: udpCarrier(server), whenCut: tcpCarrier(server) };
void askServer(route, ${JSON.stringify(A)}, { timeoutMs: 10_000 }).then((answer) => console.log(JSON.stringify(answer)));`;
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
  });
  const input = outputFiles[0]?.text ?? '';
  const argv = ['-r', '-n', process.execPath, '-'];
  return spawnSync('unshare', argv, { input, encoding: 'utf8' }).stdout;
}

const A: Question = { name: 'pi.example', type: 'A' };
const address: Answer = { type: 'A', name: 'pi.example', ttl: 300, data: '192.0.2.44' };

describe('each record type', () => {
  const records: Record<string, Answer[]> = {
    'pi.example A': [address, { ...address, data: '192.0.2.45' }],
    'pi.example AAAA': [{ type: 'AAAA', name: 'pi.example', ttl: 60, data: '2001:db8::44' }],
    '44.2.0.192.in-addr.arpa PTR': [{ type: 'PTR', name: '44.2.0.192.in-addr.arpa', ttl: 60, data: 'pi.example' }],
    'www.example CNAME': [{ type: 'CNAME', name: 'www.example', ttl: 60, data: 'pi.example' }],
    'example MX': [{ type: 'MX', name: 'example', ttl: 60, data: { preference: 10, exchange: 'mail.example' } }],
    'example TXT': [{ type: 'TXT', name: 'example', ttl: 60, data: ['v=spf1 -all'] }],
    '_ssh._tcp.example SRV': [
      {
        type: 'SRV',
        name: '_ssh._tcp.example',
        ttl: 60,
        data: { priority: 0, weight: 5, port: 22, target: 'pi.example' },
      },
    ],
    'example NS': [{ type: 'NS', name: 'example', ttl: 60, data: 'ns.example' }],
    'example SOA': [
      {
        type: 'SOA',
        name: 'example',
        ttl: 60,
        data: {
          mname: 'ns.example',
          rname: 'root.example',
          serial: 2026,
          refresh: 7200,
          retry: 900,
          expire: 86400,
          minimum: 300,
        },
      },
    ],
  };

  test.each<[Question, string[]]>([
    [A, ['192.0.2.44', '192.0.2.45']],
    [{ name: 'pi.example', type: 'AAAA' }, ['2001:db8::44']],
    [{ name: '44.2.0.192.in-addr.arpa', type: 'PTR' }, ['pi.example']],
    [{ name: 'www.example', type: 'CNAME' }, ['pi.example']],
    [{ name: 'example', type: 'MX' }, ['10 mail.example']],
    [{ name: 'example', type: 'TXT' }, ['"v=spf1 -all"']],
    [{ name: '_ssh._tcp.example', type: 'SRV' }, ['0 5 22 pi.example']],
    [{ name: 'example', type: 'NS' }, ['ns.example']],
    [{ name: 'example', type: 'SOA' }, ['ns.example root.example 2026 7200 900 86400 300']],
  ])('%j is answered', async (question, values) => {
    const server = await serve(zone(records));
    const answer = await ask(server, question);
    expect(answer).toMatchObject({ outcome: 'found', code: '', transport: 'udp' });
    expect(answer.records.map((record) => record.value)).toEqual(values);
  });

  test('comes with its time to live, family and the facts of the reply', async () => {
    const server = await serve(({ query }) => [
      replyTo(query, { answers: [address], flags: AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE }),
    ]);
    expect(await ask(server, A)).toEqual({
      outcome: 'found',
      code: '',
      records: [{ name: 'pi.example', type: 'A', ttl: 300, value: '192.0.2.44', family: 4 }],
      durationMs: expect.any(Number),
      transport: 'udp',
      through: 'app',
      facts: {
        authoritative: true,
        truncated: false,
        authenticated: false,
        attempts: 1,
        ignored: 0,
        replyBytes: expect.any(Number),
        negativeTtl: null,
      },
    });
  });

  test('of an alias comes with the chain that leads to it', async () => {
    const chain: Answer[] = [{ type: 'CNAME', name: 'www.example', ttl: 60, data: 'pi.example' }, address];
    const server = await serve(({ query }) => [replyTo(query, { answers: chain })]);
    const answer = await ask(server, { name: 'www.example', type: 'A' });
    expect(answer.outcome).toBe('found');
    expect(answer.records.map(({ type, value }) => `${type} ${value}`)).toEqual(['CNAME pi.example', 'A 192.0.2.44']);
  });
});

describe('failures are told apart', () => {
  test.each([
    ['a name that does not exist', { rcode: RCODE.NXDOMAIN }, 'not-found', 'NXDOMAIN'],
    ['a name without such a record', {}, 'no-data', 'NODATA'],
    [
      'an alias that leads nowhere',
      { answers: [{ type: 'CNAME', name: 'pi.example', ttl: 1, data: 'x' }] },
      'no-data',
      'NODATA',
    ],
    ['a server that failed', { rcode: RCODE.SERVFAIL }, 'server-failed', 'SERVFAIL'],
    ['a server that refuses', { rcode: RCODE.REFUSED }, 'refused', 'REFUSED'],
    ['a server that understands nothing', { rcode: RCODE.FORMERR }, 'failed', 'FORMERR'],
  ] as const)('%s', async (_what, extra, outcome, code) => {
    const server = await serve(({ query }) => [replyTo(query, extra as Parameters<typeof replyTo>[1])]);
    expect(await ask(server, A)).toMatchObject({ outcome, code });
  });

  test('an absence tells how long it may be remembered', async () => {
    const soa: Answer = {
      type: 'SOA',
      name: 'example',
      ttl: 900,
      data: { mname: 'ns', rname: 'root', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 120 },
    };
    const server = await serve(({ query }) => [replyTo(query, { rcode: RCODE.NXDOMAIN, authorities: [soa] })]);
    expect((await ask(server, A)).facts?.negativeTtl).toBe(120);
  });

  test('silence, after the question was sent again', async () => {
    const server = await serve(() => []);
    const answer = await ask(server, A, { timeoutMs: 600, resendAfterMs: [100, 100] });
    expect(answer).toMatchObject({ outcome: 'timed-out', code: 'ETIMEDOUT', facts: null });
    expect(server.received).toHaveLength(3);
    expect(new Set(server.received.map(({ query }) => query.id)).size).toBe(1);
  });

  test('no server at that port', async () => {
    const placeholder = createSocket('udp4');
    placeholder.bind(0, '127.0.0.1');
    await once(placeholder, 'listening');
    const { port } = placeholder.address();
    placeholder.close();
    await once(placeholder, 'close');
    expect(await ask({ address: '127.0.0.1', port }, A)).toMatchObject({ outcome: 'no-server', code: 'ECONNREFUSED' });
  });

  test('an interface that is not there', async () => {
    const answer = await ask({ address: 'fe80::1%nosuchif0', port: 53 }, A);
    expect(answer).toMatchObject({ outcome: 'failed', code: 'EINVAL' });
  });

  test.skipIf(!canUnshare)('a way that does not exist', async () => {
    expect(JSON.parse(await askWithoutNetwork())).toMatchObject({ outcome: 'no-network', code: 'ENETUNREACH' });
  });
});

describe('a reply that does not fit', () => {
  const many = Array.from({ length: 120 }, (_, n): Answer => ({ ...address, data: `192.0.2.${n}` }));

  test('is fetched whole over TCP', async () => {
    const server = await serve(({ transport, query }) => [
      transport === 'udp'
        ? replyTo(query, { flags: TRUNCATED_RESPONSE, answers: many.slice(0, 2) })
        : replyTo(query, { answers: many }),
    ]);
    const answer = await ask(server, A);
    expect(answer).toMatchObject({ outcome: 'found', transport: 'tcp', facts: { truncated: false, attempts: 2 } });
    expect(answer.records).toHaveLength(120);
    expect(server.received.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
  });

  test('is shown in part, and marked, when TCP is closed', async () => {
    const server = await serve(
      ({ query }) => [replyTo(query, { flags: TRUNCATED_RESPONSE, answers: many.slice(0, 2) })],
      { tcp: false },
    );
    const answer = await ask(server, A);
    expect(answer).toMatchObject({ outcome: 'found', transport: 'udp', facts: { truncated: true } });
    expect(answer.records).toHaveLength(2);
  });

  test('and has no record at all is a failure of its own when TCP is closed', async () => {
    const server = await serve(({ query }) => [replyTo(query, { flags: TRUNCATED_RESPONSE })], { tcp: false });
    expect(await ask(server, A)).toMatchObject({ outcome: 'failed', code: 'TRUNCATED', transport: 'tcp' });
  });

  test('and whose TCP connection stays silent ends with the time-out', async () => {
    const server = await serve(({ transport, query }) =>
      transport === 'udp' ? [replyTo(query, { flags: TRUNCATED_RESPONSE })] : [],
    );
    expect(await ask(server, A, { timeoutMs: 300 })).toMatchObject({ outcome: 'failed', code: 'TRUNCATED' });
  });
});

describe('packets that do not belong to the question', () => {
  test('are counted and waited past: wrong id, wrong name, noise', async () => {
    const server = await serve(({ query }) => [
      replyTo({ ...query, id: ((query.id ?? 0) + 1) & 0xffff }, { answers: [{ ...address, data: '6.6.6.6' }] }),
      replyTo({ ...query, questions: [{ name: 'evil.example', type: 'A' }] }, { answers: [address] }),
      Buffer.from('not a DNS packet'),
      replyTo(query, { answers: [address] }),
    ]);
    const answer = await ask(server, A);
    expect(answer).toMatchObject({ outcome: 'found', facts: { ignored: 3 } });
    expect(answer.records.map((record) => record.value)).toEqual(['192.0.2.44']);
  });

  test('alone are no answer', async () => {
    const server = await serve(({ query }) => [
      replyTo({ ...query, id: ((query.id ?? 0) + 1) & 0xffff }, { answers: [address] }),
    ]);
    expect(await ask(server, A, { timeoutMs: 300 })).toMatchObject({ outcome: 'timed-out', records: [] });
  });

  test('from another address never reach the asker', async () => {
    const stranger = createSocket('udp4');
    stranger.bind(0, '127.0.0.1');
    await once(stranger, 'listening');
    const server = await startStrangeServer(stranger);
    const answer = await ask(server, A, { timeoutMs: 300 });
    expect(answer.outcome).toBe('timed-out');
    stranger.close();
    server.close();
  });
});

test('a server that does not know EDNS is asked without it', async () => {
  const server = await serve(({ query }) => [
    (query.additionals ?? []).length > 0
      ? replyTo(query, { rcode: RCODE.FORMERR })
      : replyTo(query, { answers: [address] }),
  ]);
  expect(await ask(server, A)).toMatchObject({ outcome: 'found' });
  expect(server.received.map(({ query }) => query.additionals?.length)).toEqual([1, 0]);
});

test('an abort ends the question at once and closes its socket', async () => {
  const server = await serve(() => []);
  const stop = new AbortController();
  const asked = ask(server, A, { timeoutMs: 60_000, signal: stop.signal });
  setTimeout(() => stop.abort(), 50);
  await expect(asked).rejects.toMatchObject({ code: 'CANCELLED' });
  await expect(ask(server, A, { signal: stop.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
});

/** Takes questions on one port and answers from another. */
async function startStrangeServer(stranger: ReturnType<typeof createSocket>) {
  const { decode, encode } = await import('dns-packet');
  const socket = createSocket('udp4');
  socket.on('message', (bytes, from) => {
    stranger.send(encode(replyTo(decode(bytes), { answers: [address] })), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: '127.0.0.1', port: socket.address().port, close: () => socket.close() };
}
