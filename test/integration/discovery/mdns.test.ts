import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer } from 'dns-packet';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeviceStore } from '../../../src-main/devices/index.ts';
import { Confinement } from '../../../src-main/discovery/confinement.ts';
import { evidenceOf } from '../../../src-main/discovery/evidence.ts';
import { DiscoveryService, type DiscoveryOptions } from '../../../src-main/discovery/index.ts';
import { mdnsAdapters, type MdnsAdapter } from '../../../src-main/discovery/mdns/adapters.ts';
import { MdnsBrowser } from '../../../src-main/discovery/mdns/browser.ts';
import { machine, Responder } from './responder.ts';

const loopback: MdnsAdapter = { name: 'lo', index: null, address: '127.0.0.1', prefix: 8, family: 4 };
const PATIENTLY = { timeout: 30_000 };
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Binds a UDP port for itself alone, and lets go of it. Raises `EADDRINUSE` where anything has it. */
async function canBind(port: number, address: string): Promise<void> {
  const socket = createSocket({ type: 'udp4', reuseAddr: false });
  socket.bind({ port, address, exclusive: true });
  await once(socket, 'listening');
  socket.close();
  await once(socket, 'close');
}

async function respond(...args: Parameters<typeof Responder.start>): Promise<Responder> {
  const responder = await Responder.start(...args);
  closing.push(() => responder.close());
  return responder;
}

function browse(port: number, options: Partial<ConstructorParameters<typeof MdnsBrowser>[0]> = {}): MdnsBrowser {
  const browser = new MdnsBrowser({ adapters: () => [loopback], port, onChange: () => undefined, ...options });
  closing.push(() => browser.stop());
  browser.start();
  return browser;
}

const names = (browser: MdnsBrowser) =>
  browser.sightings().map(({ names: [name], stale }) => `${name}${stale ? ' stale' : ''}`);

describe('a device that answers mDNS', () => {
  test('is found by the service it announces, with name and address', async () => {
    const { port } = await respond(machine('lab', '127.0.0.44'));
    const browser = browse(port);
    await expect
      .poll(() => browser.sightings())
      .toMatchObject([{ names: ['lab.local'], addresses: ['127.0.0.44'], services: ['_ssh._tcp'], stale: false }]);
  });

  test('is found by the stock name though it announces nothing, as a fresh Raspberry Pi OS does', async () => {
    const { port } = await respond(machine('raspberrypi', '127.0.0.44', { services: [] }));
    const browser = browse(port);
    await expect.poll(() => names(browser)).toEqual(['raspberrypi.local']);
  });

  test('is found by a name the person gives', async () => {
    const { port } = await respond(machine('bench3', '127.0.0.44', { services: [] }));
    const browser = browse(port);
    browser.addName('bench3.local');
    await expect.poll(() => names(browser)).toEqual(['bench3.local']);
  });

  test('tells its name when asked for its address backwards', async () => {
    const { port, questions } = await respond(machine('unknown', '127.0.0.44', { services: [] }));
    const browser = browse(port);
    await expect.poll(() => questions.length).toBeGreaterThan(0);
    browser.askReverse('127.0.0.44');
    await expect.poll(() => names(browser)).toEqual(['unknown.local']);
  });

  test('with the name of another is a machine of its own', async () => {
    const first = await respond(machine('raspberrypi', '127.0.0.44', { services: [] }));
    const browser = browse(first.port);
    // Both answer from 127.0.0.1 here, so the second says by its address that it is another.
    first.announce([{ type: 'A', name: 'raspberrypi-2.local', ttl: 120, data: '127.0.0.45' }]);
    await expect.poll(() => names(browser).toSorted()).toEqual(['raspberrypi-2.local', 'raspberrypi.local']);
  });

  test('gives its MAC away where it announces itself as a workstation', async () => {
    const { port } = await respond(
      machine('lab', '127.0.0.44', { services: ['_workstation._tcp'], mac: 'b8:27:eb:12:34:56' }),
    );
    const browser = browse(port);
    await expect
      .poll(() => browser.sightings())
      .toMatchObject([{ mac: 'b8:27:eb:12:34:56', services: ['_workstation._tcp'] }]);
  });

  test.each([
    ['_sftp-ssh._tcp', 'Announces SSH'],
    ['_udisks-ssh._tcp', 'Announces its disks'],
    ['_workstation._tcp', 'Announces a workstation'],
    ['_pi-workbench._tcp', 'Announces the agent'],
  ])('is found by %s alone, which speaks for it', async (service, text) => {
    const { port } = await respond(machine('lab', '127.0.0.44', { services: [service] }));
    const browser = browse(port);
    await expect.poll(() => browser.sightings()).toMatchObject([{ names: ['lab.local'], services: [service] }]);
    expect(evidenceOf(browser.sightings()).map((one) => one.text)).toContain(text);
  });

  test('that goes silent without goodbye is stale within 90 s, and back when it returns', async () => {
    let now = 1_000_000;
    const responder = await respond(machine('lab', '127.0.0.44'));
    const browser = browse(responder.port, { now: () => now });
    await expect.poll(() => names(browser)).toEqual(['lab.local']);
    responder.vanish();
    now += 60_000;
    browser.refresh();
    expect(names(browser)).toEqual(['lab.local']);
    now += 30_000;
    expect(names(browser)).toEqual(['lab.local stale']);
    responder.comeBack();
    browser.refresh();
    await expect.poll(() => names(browser)).toEqual(['lab.local']);
  });

  test('that says goodbye is stale at once', async () => {
    const responder = await respond(machine('lab', '127.0.0.44'));
    const browser = browse(responder.port);
    await expect.poll(() => names(browser)).toEqual(['lab.local']);
    responder.announce([{ type: 'A', name: 'lab.local', ttl: 0, data: '127.0.0.44' }]);
    await expect.poll(() => names(browser)).toEqual(['lab.local stale']);
  });

  test('that has just started is heard though nobody asked', async () => {
    const responder = await respond(() => []);
    const browser = browse(responder.port);
    await expect.poll(() => responder.questions.length).toBeGreaterThan(0);
    responder.announce([{ type: 'A', name: 'fresh.local', ttl: 120, data: '127.0.0.46' }]);
    await expect.poll(() => names(browser)).toEqual(['fresh.local']);
  });
});

describe('the browser', () => {
  test('keeps its sockets and listeners constant over 200 rounds of questions', async () => {
    const { port, questions } = await respond(machine('lab', '127.0.0.44'));
    const browser = browse(port);
    await expect.poll(() => names(browser)).toEqual(['lab.local']);
    const listeners = () =>
      browser.sockets.map((socket) => socket.eventNames().map((name) => [name, socket.listenerCount(name)]));
    const before = listeners();
    expect(before).toHaveLength(2);
    for (let round = 0; round < 200; round += 1) browser.refresh();
    await expect.poll(() => questions.filter((one) => one === 'PTR _ssh._tcp.local').length).toBeGreaterThan(150);
    expect(listeners()).toEqual(before);
    expect(names(browser)).toEqual(['lab.local']);
  });

  test('goes on asking, and says why it hears less, where another program holds the port for itself', async () => {
    const holder = createSocket({ type: 'udp4', reuseAddr: false });
    holder.bind(0, '0.0.0.0');
    await once(holder, 'listening');
    closing.push(() => holder.close());
    // The holder is the machine that answers, too: nobody else can have the port.
    holder.addMembership('224.0.0.251', '127.0.0.1');
    const browser = browse(holder.address().port);
    await expect.poll(() => browser.trouble.reason).toMatch(/^Another program holds UDP port \d+ for itself\./);
    expect(browser.trouble.off).toBe(false);
    expect(browser.sockets).toHaveLength(1);
  });

  test('an adapter that fails does not keep the others from being asked', async () => {
    const { port } = await respond(machine('lab', '127.0.0.44'));
    const gone: MdnsAdapter = { name: 'eth9', index: 9, address: '192.0.2.77', prefix: 24, family: 4 };
    const browser = browse(port, { adapters: () => [gone, loopback] });
    await expect.poll(() => names(browser)).toEqual(['lab.local']);
    expect(browser.trouble.reason).toContain('mDNS does not work on eth9: its address is gone.');
  });

  test('follows adapters that come and go', async () => {
    const { port } = await respond(machine('lab', '127.0.0.44'));
    let adapters: readonly MdnsAdapter[] = [];
    const browser = browse(port, { adapters: () => adapters });
    expect(browser.trouble).toEqual({ off: true, reason: 'No network adapter of this computer can be asked.' });
    adapters = [loopback];
    browser.renew();
    await expect.poll(() => names(browser)).toEqual(['lab.local']);
    adapters = [];
    browser.renew();
    expect(browser.sockets).toEqual([]);
  });

  test('asks on each adapter by itself, and an odd answer makes no loop of questions', async () => {
    const odd = await respond((question) =>
      question.startsWith('PTR _ssh') || question.startsWith('SRV')
        ? [{ type: 'SRV', name: 'x._ssh._tcp.local', ttl: 10, data: { port: 22, target: 'nowhere.local' } }]
        : [],
    );
    const browser = browse(odd.port);
    const asked = (): number => odd.questions.filter((one) => one === 'A nowhere.local').length;
    await expect.poll(asked).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(asked()).toBeLessThanOrEqual(2);
    expect(names(browser)).toEqual([]);
  });

  test('believes nothing that comes from outside the adapter’s network, and nothing that is no answer', async () => {
    const elsewhere: MdnsAdapter = { ...loopback, address: '127.0.0.1', prefix: 32 };
    const { port } = await respond(machine('lab', '127.0.0.44'));
    const stranger = createSocket('udp4');
    stranger.bind(0, '127.9.9.9');
    await once(stranger, 'listening');
    closing.push(() => stranger.close());
    const browser = browse(port, { adapters: () => [elsewhere] });
    await expect.poll(() => names(browser)).toEqual(['lab.local']);
    stranger.setMulticastInterface('127.0.0.1');
    stranger.send(Buffer.from('not DNS at all'), port, '224.0.0.251');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(names(browser)).toEqual(['lab.local']);
  });
});

describe('with --networks 127.0.0.0/24', () => {
  test('mDNS uses nothing of this computer but loopback', () => {
    expect(mdnsAdapters(networkInterfaces(), new Confinement(['127.0.0.0/24'])).map(({ address }) => address)).toEqual([
      '127.0.0.1',
    ]);
  });
});

describe('the service', () => {
  let dataDir: string;
  let devices: DeviceStore;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'pi-workbench-discovery-'));
    closing.push(() => rm(dataDir, { recursive: true, force: true }));
    devices = await DeviceStore.open(dataDir);
  });

  function watch(options: Partial<DiscoveryOptions>, watching = new AbortController()): DiscoveryService {
    const service = new DiscoveryService({ networks: ['127.0.0.0/24'], homeDir: dataDir, devices, ...options });
    closing.push(async () => {
      watching.abort();
      await service.dispose();
    });
    void service.watch(watching.signal);
    return service;
  }

  const search = { networks: ['127.0.0.0/24'], large: false, name: '', agentPort: 1 };

  /** Something that calls itself an SSH server; its port. */
  async function sshServer(on: string): Promise<{ readonly server: Server; readonly sshPort: number }> {
    const server = createServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'),
    );
    server.listen(0, on);
    await once(server, 'listening');
    closing.push(() => server.close());
    const address = server.address();
    return { server, sshPort: typeof address === 'object' && address ? address.port : 0 };
  }

  const goodbye = (name: string, address: string): Answer[] => [
    { type: 'A', name: `${name}.local`, ttl: 0, data: address },
  ];

  test('without mDNS still gives neighbours and the search, and says why mDNS is off', async () => {
    const { sshPort } = await sshServer('127.0.0.61');
    const service = watch({
      interfaces: () => ({}),
      runCommand: () => Promise.resolve('127.0.0.62 dev lo lladdr b8:27:eb:12:34:56 REACHABLE\n'),
    });
    service.start({ ...search, sshPort });
    await service.searchEnded;
    const { devices: found, sources } = service.list();
    expect(found.map(({ title }) => title)).toEqual(['127.0.0.62', '127.0.0.61']);
    expect(sources.find(({ source }) => source === 'mdns')).toEqual({
      source: 'mdns',
      state: 'off',
      reason: 'No network adapter of this computer can be asked.',
    });
  });

  test('without a neighbour table still hears mDNS, and says why MACs are not known', async () => {
    const { port } = await respond(machine('lab', '127.0.0.44'));
    const service = watch({ mdnsPort: port, runCommand: () => Promise.reject(new Error('not there')) });
    await expect.poll(() => service.list().devices.map(({ title }) => title)).toEqual(['lab.local']);
    expect(service.list().sources.find(({ source }) => source === 'neighbours')).toMatchObject({
      state: 'off',
      reason: 'This computer’s list of neighbours cannot be read, so MACs are not known.',
    });
  });

  test('shows a machine that the last search found and a new one does not as gone', async () => {
    const { server, sshPort } = await sshServer('127.0.0.61');
    const service = watch({ interfaces: () => ({}) });
    const presences = () => service.list().devices.map(({ title, presence }) => [title, presence]);
    service.start({ ...search, sshPort });
    await service.searchEnded;
    expect(presences()).toEqual([['127.0.0.61', 'here']]);
    server.close();
    await once(server, 'close');
    service.start({ ...search, sshPort });
    await service.searchEnded;
    expect(presences()).toEqual([['127.0.0.61', 'gone']]);
  });

  test.each([
    ['is gone when it does not answer', 'gone', false],
    ['is still there when it answers', 'here', true],
  ] as const)('asks a machine that says goodbye once more: it %s', async (_, presence, answers) => {
    const { server, sshPort } = await sshServer('127.0.0.44');
    const responder = await respond(machine('lab', '127.0.0.44'));
    const service = watch({ mdnsPort: responder.port });
    const row = () => service.list().devices.map((device) => [device.title, device.presence, device.sources.length]);
    service.start({ ...search, sshPort });
    await service.searchEnded;
    await expect.poll(row, PATIENTLY).toEqual([['lab.local', 'here', 2]]);
    const asked: unknown[] = [];
    server.on('connection', (socket) => asked.push(socket));
    if (!answers) {
      server.close();
      await once(server, 'close');
    }
    responder.vanish();
    responder.announce(goodbye('lab', '127.0.0.44'));
    if (answers) await expect.poll(() => asked.length, PATIENTLY).toBe(1);
    await expect.poll(row, PATIENTLY).toEqual([['lab.local', presence, 2]]);
  });

  test('stops listening when the last page that watches is gone, and not before', async () => {
    const responder = await Responder.start(machine('lab', '127.0.0.44'));
    const [first, second] = [new AbortController(), new AbortController()];
    const { port, askedFrom } = responder;
    const service = watch({ mdnsPort: port }, first);
    const ofFirst = service.watch(first.signal);
    const ofSecond = service.watch(second.signal);
    const state = () => service.list().sources.find(({ source }) => source === 'mdns')?.state;
    const titles = () => service.list().devices.map(({ title }) => title);
    await expect.poll(titles).toEqual(['lab.local']);
    first.abort();
    await ofFirst;
    const late = await Responder.start(machine('late', '127.0.0.45'), { port });
    await service.refresh();
    await expect.poll(titles).toEqual(['lab.local', 'late.local']);
    late.close();
    second.abort();
    await ofSecond;
    await service.refresh();
    await expect.poll(state).toBe('idle');
    // Nobody else can share what is bound like this: it is had only where every socket is closed.
    responder.close();
    await canBind(port, '0.0.0.0');
    expect(askedFrom.size).toBe(1);
    for (const from of askedFrom) await canBind(from, '127.0.0.1');
  });

  test('shows near hosts of ~/.ssh/config, one that answers in the row of the machine that it means', async () => {
    await mkdir(join(dataDir, '.ssh'));
    await writeFile(
      join(dataDir, '.ssh/config'),
      [
        ...['Host lab', '  User student'],
        ...['Host bench bench-by-cable', '  HostName 192.168.1.77', '  Port 2222'],
        ...['Host far.example.com', 'Host cloud', '  HostName 203.0.113.5'],
        ...['Host *', '  User pi'],
      ].join('\n'),
    );
    const { port } = await respond(machine('lab', '127.0.0.44'));
    const service = watch({ mdnsPort: port });
    const rows = () =>
      service
        .list()
        .devices.map(({ title, presence, sources, sshConfig }) => ({ title, presence, sources, sshConfig }));
    const lab = { kind: 'ssh-config', id: 'lab', label: 'lab', host: 'lab', user: 'student', port: 22 };
    const bench = { kind: 'ssh-config', id: 'bench', label: 'bench', host: '192.168.1.77', user: 'pi', port: 2222 };
    await expect.poll(rows).toEqual([
      { title: 'lab.local', presence: 'here', sources: ['mdns', 'ssh-config'], sshConfig: lab },
      { title: 'bench', presence: 'written', sources: ['ssh-config'], sshConfig: bench },
    ]);
  });

  test('says so when ~/.ssh/config cannot be read; none at all is no trouble', async () => {
    const service = watch({});
    const source = () => service.list().sources.find((one) => one.source === 'ssh-config');
    await expect.poll(source).toEqual({ source: 'ssh-config', state: 'working', reason: '' });
    await mkdir(join(dataDir, '.ssh/config'), { recursive: true });
    await service.refresh();
    await expect.poll(source).toEqual({ source: 'ssh-config', state: 'off', reason: '~/.ssh/config cannot be read.' });
  });

  test('adds a found device by its name, with the address that answered for when the name does not resolve', async () => {
    const { port } = await respond(machine('lab', '127.0.0.44'));
    const service = watch({ mdnsPort: port });
    await expect.poll(() => service.list().devices.length).toBe(1);
    const [found] = service.list().devices;
    const added = await service.add(found?.id ?? '', { user: 'pi', label: '' });
    expect(added).toMatchObject({ host: 'lab.local', label: 'lab.local', user: 'pi', lastAddress: '127.0.0.44' });
    await expect.poll(() => service.list().devices[0]?.saved?.id).toBe(added.id);
    await expect(service.add('found-99', { user: 'pi', label: '' })).rejects.toMatchObject({
      code: 'NOT_FOUND_ANY_MORE',
    });
  });
});
