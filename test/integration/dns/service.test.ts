import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer } from 'dns-packet';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DnsHistory, historySchema } from '../../../src-main/dns/history.ts';
import type { LocalResolvers } from '../../../src-main/dns/local-resolvers.ts';
import type { LookupRequest } from '../../../src-main/dns/request.ts';
import { formatServer } from '../../../src-main/dns/servers.ts';
import { DnsService } from '../../../src-main/dns/service.ts';
import { AppError } from '../../../src-main/errors/index.ts';
import { Signal } from '../../../src-main/events/index.ts';
import { JsonFile } from '../../../src-main/storage/index.ts';
import type { Target } from '../../../src-main/target/target.ts';
import { machine, Responder } from '../discovery/responder.ts';
import { connectTarget } from '../support/ssh-target.ts';
import { startSshd } from '../support/sshd.ts';
import { childTarget } from './child-target.ts';
import { RCODE, replyTo, startDnsServer, zone, type Respond, type TestDnsServer } from './support.ts';

let folder: string;
let server: TestDnsServer | undefined;
let targets: Map<string, Target>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pi-workbench-dns-'));
  targets = new Map();
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

const a = (name: string, data: string): Answer => ({ type: 'A', name, ttl: 300, data });

async function serve(respond: Respond): Promise<TestDnsServer> {
  server = await startDnsServer(respond);
  return server;
}

function service(local: Partial<LocalResolvers> = {}): DnsService {
  return new DnsService({
    local: {
      servers: async () =>
        server ? [{ address: server.address, port: server.port, source: 'test', behindStub: null }] : [],
      mdnsInterfaces: () => ({ interfaces: [], reason: 'no network is chosen.' }),
      ownAddresses: () => [],
      ...local,
    },
    targets: {
      get: (id) => {
        const target = targets.get(id);
        if (!target) throw new AppError('NOT_SIGNED_IN', 'Sign in first.');
        return target;
      },
      find: (id) => targets.get(id),
      changes: new Signal(),
    },
    history: new DnsHistory(
      new JsonFile({ path: join(folder, 'dns-history.json'), schema: historySchema, fallback: [] }),
    ),
  });
}

const request: LookupRequest = {
  name: 'pi.example',
  types: ['A'],
  here: true,
  deviceIds: [],
  system: false,
  configured: true,
  servers: [],
  mdns: true,
  timeoutMs: 1000,
};

describe('resolvers side by side', () => {
  test('localhost is found by the system although the DNS server says it does not exist', async () => {
    await serve(({ query }) => [replyTo(query, { rcode: RCODE.NXDOMAIN })]);
    const report = await service().lookup({ ...request, name: 'localhost', types: ['A', 'AAAA'], system: true });
    expect(report.outcome).toBe('found');
    const of = (kind: string) => report.answers.filter((answer) => answer.resolver.kind === kind);
    expect(of('system')).toMatchObject([{ outcome: 'found', resolver: { label: 'System resolver' } }]);
    expect(['127.0.0.1', '::1']).toContain(of('system')[0]?.records[0]?.value);
    expect(of('server').map((answer) => [answer.type, answer.outcome, answer.code])).toEqual([
      ['A', 'not-found', 'NXDOMAIN'],
      ['AAAA', 'not-found', 'NXDOMAIN'],
    ]);
    expect(report.notes.join()).toContain('Nothing is wrong');
  });

  test('a .local name has mDNS as a third answer, and says why when mDNS is off', async () => {
    await serve(zone({}));
    const report = await service().lookup({ ...request, name: 'lab.local' });
    expect(report.answers.map(({ resolver, outcome }) => [resolver.kind, outcome]).sort()).toEqual([
      ['mdns', 'off'],
      ['server', 'not-found'],
    ]);
    const mdns = report.answers.find((answer) => answer.resolver.kind === 'mdns');
    expect(mdns?.message).toBe('mDNS was not asked: no network is chosen.');
    expect(report.outcome).toBe('not-found');
  });

  test('a .local name, and the name of an address, are answered by the device itself over mDNS', async () => {
    const device = await Responder.start(machine('lab', '192.168.1.44'));
    const dns = service({
      mdnsInterfaces: () => ({ interfaces: [{ name: 'lo', address: '127.0.0.1', family: 4 }], reason: '' }),
      mdnsPort: device.port,
    });
    const [named, addressed] = await Promise.all(
      ['lab.local', '192.168.1.44'].map((name) => dns.lookup({ ...request, name, configured: false })),
    );
    device.close();
    const resolver = { kind: 'mdns', label: 'mDNS on lo' };
    const how = { resolver, outcome: 'found', transport: 'multicast', through: 'app' };
    expect(named).toMatchObject({
      outcome: 'found',
      answers: [{ ...how, type: 'A', records: [{ type: 'A', value: '192.168.1.44', ttl: 10 }] }],
    });
    expect(addressed).toMatchObject({
      outcome: 'found',
      answers: [{ ...how, type: 'PTR', records: [{ type: 'PTR', value: 'lab.local', ttl: 10 }] }],
    });
  });

  test('a name outside .local is never asked over mDNS', async () => {
    await serve(zone({ 'pi.example A': [a('pi.example', '192.0.2.1')] }));
    const asked: string[] = [];
    const dns = service({
      mdnsInterfaces: () => {
        asked.push('mdns');
        return { interfaces: [], reason: '' };
      },
    });
    await dns.lookup(request);
    expect(asked).toEqual([]);
  });

  test('answers are handed out as they come, the broken server does not hold up the others', async () => {
    const good = await serve(zone({ 'pi.example A': [a('pi.example', '192.0.2.1')] }));
    const silent = await startDnsServer(() => []);
    const seen: string[] = [];
    const report = await service().lookup(
      { ...request, servers: [formatServer(silent), formatServer(good)], timeoutMs: 300 },
      { onAnswer: (answer) => seen.push(`${answer.resolver.server} ${answer.outcome}`) },
    );
    await silent.close();
    // The chosen server that is the configured one too is asked once.
    expect(seen).toEqual([`${formatServer(good)} found`, `${formatServer(silent)} timed-out`]);
    expect(report.answers).toHaveLength(2);
    expect(report.answers[1]?.python).toBeNull();
  });

  test('an address is asked for its name, under its reverse name', async () => {
    const reverse = '1.2.0.192.in-addr.arpa';
    await serve(zone({ [`${reverse} PTR`]: [{ type: 'PTR', name: reverse, ttl: 60, data: 'pi.example' }] }));
    const report = await service().lookup({ ...request, name: '192.0.2.1', types: ['A', 'MX'] });
    expect(report).toMatchObject({ kind: 'address', types: ['PTR'], outcome: 'found' });
    expect(report.answers.find((answer) => answer.resolver.kind === 'server')?.records[0]?.value).toBe('pi.example');
  });

  test('an international name is asked in its wire form and shown as typed', async () => {
    await serve(zone({ 'xn--bcher-kva.example A': [a('xn--bcher-kva.example', '192.0.2.7')] }));
    const report = await service().lookup({ ...request, name: 'bücher.example' });
    expect(report).toMatchObject({ name: 'bücher.example', wireName: 'xn--bcher-kva.example', outcome: 'found' });
  });
});

describe('what cannot be asked', () => {
  test.each([
    ['a bad name', { name: 'a b' }, 'INVALID_NAME'],
    ['a bad server', { servers: ['router'] }, 'INVALID_SERVER'],
    ['nobody to ask', { here: false }, 'NOTHING_TO_ASK'],
    ['a device that is not signed in', { deviceIds: ['unknown'] }, 'NOT_SIGNED_IN'],
  ])('%s is refused before anything is sent', async (_what, change, code) => {
    const one = await serve(zone({}));
    await expect(service().lookup({ ...request, ...change })).rejects.toMatchObject({ code });
    expect(one.received).toEqual([]);
  });

  test('a cancelled look-up stops at once and is not remembered', async () => {
    await serve(() => []);
    const dns = service();
    const stop = new AbortController();
    const asked = dns.lookup({ ...request, timeoutMs: 60_000 }, { signal: stop.signal });
    setTimeout(() => stop.abort(), 30);
    await expect(asked).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await dns.history.list()).toEqual([]);
  });
});

describe('from the device', () => {
  async function toolsOnly(...tools: string[]): Promise<string> {
    const bin = join(folder, 'bin');
    await mkdir(bin);
    for (const tool of tools) await symlink(await pathOf(tool), join(bin, tool));
    return bin;
  }

  test('with Python its resolver and its way to the server are used, over UDP', async () => {
    const one = await serve(zone({ 'pi.example A': [a('pi.example', '192.0.2.1')] }));
    targets.set('pi', childTarget());
    const report = await service().lookup({
      ...request,
      name: 'localhost',
      here: false,
      deviceIds: ['pi'],
      system: true,
      configured: false,
      servers: [formatServer(one)],
    });
    expect(report.answers.toSorted((x, y) => y.resolver.kind.localeCompare(x.resolver.kind))).toMatchObject([
      { origin: { label: 'pi@raspberrypi.local' }, resolver: { kind: 'system' }, through: 'python3', outcome: 'found' },
      { resolver: { kind: 'server' }, transport: 'udp', through: 'python3', outcome: 'not-found', code: 'NXDOMAIN' },
    ]);
  });

  test('Python’s own exception is shown as it was raised', async () => {
    targets.set('pi', childTarget());
    const report = await service().lookup({
      ...request,
      // Never exists (RFC 6761, section 6.4); which exception comes depends on the network the test runs in.
      name: 'does-not-exist.invalid',
      here: false,
      deviceIds: ['pi'],
      system: true,
      configured: false,
    });
    expect(report.answers[0]?.outcome).not.toBe('found');
    expect(report.answers[0]?.python).toMatch(/^socket\.gaierror: \[Errno -[235]\] /);
  });

  test('with Python a cut reply is fetched over TCP, by Python as well', async () => {
    const one = await serve(({ transport, query }) =>
      transport === 'udp'
        ? [replyTo(query, { flags: 512 })]
        : [replyTo(query, { answers: [a('pi.example', '192.0.2.1')] })],
    );
    targets.set('pi', childTarget());
    const report = await service().lookup({
      ...request,
      here: false,
      deviceIds: ['pi'],
      configured: false,
      servers: [formatServer(one)],
    });
    expect(report.answers).toMatchObject([{ transport: 'tcp', through: 'python3', outcome: 'found' }]);
  });

  test('with Python a silent server and one that is not there are told apart, and wrong ids are ignored', async () => {
    const silent = await serve(({ query }) => [{ ...replyTo(query), id: ((query.id ?? 0) + 1) & 0xffff }]);
    const gone = await startDnsServer(() => []);
    await gone.close();
    targets.set('pi', childTarget());
    const report = await service().lookup({
      ...request,
      here: false,
      deviceIds: ['pi'],
      configured: false,
      servers: [formatServer(silent), formatServer(gone)],
      timeoutMs: 400,
    });
    expect(report.answers.map(({ outcome }) => outcome).sort()).toEqual(['no-server', 'timed-out']);
  });

  test('without Python getent answers for the system and the server is asked through the SSH connection', async () => {
    const one = await serve(zone({ 'localhost A': [a('localhost', '127.0.0.1')] }));
    targets.set('pi', childTarget({ path: await toolsOnly('getent', 'cat') }));
    const report = await service().lookup({
      ...request,
      name: 'localhost',
      here: false,
      deviceIds: ['pi'],
      system: true,
      configured: false,
      servers: [formatServer(one)],
    });
    const [system, dns] = ['system', 'server'].map((kind) =>
      report.answers.find((answer) => answer.resolver.kind === kind),
    );
    expect(system).toMatchObject({ through: 'getent', outcome: 'found', records: [{ value: '127.0.0.1' }] });
    expect(dns).toMatchObject({ through: 'ssh-tunnel', transport: 'tcp', outcome: 'found' });
  });

  test('with no tool at all the system is not asked, and nothing crashes', async () => {
    targets.set('pi', childTarget({ path: await toolsOnly() }));
    const report = await service().lookup({
      ...request,
      name: 'localhost',
      here: false,
      deviceIds: ['pi'],
      system: true,
      configured: false,
    });
    expect(report.answers).toMatchObject([{ outcome: 'off', code: 'NO_TOOL' }]);
  });

  test('a connection that breaks is that device’s answer and leaves the others’', async () => {
    await serve(zone({ 'pi.example A': [a('pi.example', '192.0.2.1')] }));
    const broken = childTarget();
    targets.set('pi', {
      ...broken,
      exec: () => Promise.reject(new AppError('DISCONNECTED', 'The connection to the Pi was lost.')),
    });
    const report = await service().lookup({ ...request, deviceIds: ['pi'] });
    expect(report.outcome).toBe('found');
    expect(report.answers.find((answer) => answer.origin.kind === 'device')).toMatchObject({
      outcome: 'failed',
      code: 'DISCONNECTED',
      message: 'The connection to the Pi was lost.',
    });
  });
});

describe('from the device, over a real SSH connection', () => {
  test('its Python asks its resolver and the DNS server, over UDP and where that is cut over TCP', async () => {
    const one = await serve(({ transport, query }) =>
      transport === 'udp' && query.questions?.[0]?.type === 'AAAA'
        ? [replyTo(query, { flags: 512 })]
        : zone({
            'pi.example A': [a('pi.example', '192.0.2.1')],
            'pi.example AAAA': [{ type: 'AAAA', name: 'pi.example', ttl: 60, data: '2001:db8::1' }],
          })({ transport, query }),
    );
    const sshd = await startSshd();
    const target = await connectTarget(sshd);
    targets.set('pi', target);
    const fromPi = { ...request, here: false, deviceIds: ['pi'], configured: false };
    const asked = await service().lookup({ ...fromPi, types: ['A', 'AAAA'], servers: [formatServer(one)] });
    const system = await service().lookup({ ...fromPi, name: 'localhost', system: true });
    await target.dispose();
    await sshd.stop();
    const origin = { kind: 'device', label: target.name, deviceId: 'pi' };
    expect(asked.answers.toSorted((x, y) => x.type.localeCompare(y.type))).toMatchObject([
      { origin, type: 'A', through: 'python3', transport: 'udp', outcome: 'found', records: [{ value: '192.0.2.1' }] },
      { origin, type: 'AAAA', through: 'python3', transport: 'tcp', records: [{ value: '2001:db8::1' }] },
    ]);
    expect(system.answers).toMatchObject([{ origin, through: 'python3', outcome: 'found', python: null }]);
    expect(system.answers[0]?.records[0]?.value).toBe('127.0.0.1');
  });
});

test('the history keeps each question once, newest first, and can be cleared', async () => {
  await serve(zone({ 'pi.example A': [a('pi.example', '192.0.2.1')] }));
  const dns = service();
  await dns.lookup(request);
  await dns.lookup({ ...request, name: 'other.example' });
  await dns.lookup(request);
  expect((await dns.history.list()).map(({ name, outcome }) => [name, outcome])).toEqual([
    ['pi.example', 'found'],
    ['other.example', 'not-found'],
  ]);
  await dns.history.clear();
  expect(await dns.history.list()).toEqual([]);
});

test('a history that cannot be kept takes no answer away', async () => {
  await serve(zone({ 'pi.example A': [a('pi.example', '192.0.2.1')] }));
  await mkdir(join(folder, 'dns-history.json'));
  const report = await service().lookup(request);
  expect(report).toMatchObject({
    outcome: 'found',
    notes: [expect.stringMatching(/^This look-up is not in the list/)],
  });
});

async function pathOf(tool: string): Promise<string> {
  const { execFileSync } = await import('node:child_process');
  return execFileSync('sh', ['-c', 'command -v "$0"', tool], { encoding: 'utf8' }).trim();
}
