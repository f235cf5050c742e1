import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DeviceStore } from '../../../src-main/devices/index.ts';
import { DiscoveryService, type DiscoveryOptions, type FoundList } from '../../../src-main/discovery/index.ts';
import { tcpProber } from '../../../src-main/discovery/sweep/probe.ts';
import { droppingPort } from '../support/dropping-port.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { freePort } from '../support/free-port.ts';
import { buildAgent, type AgentBuild, type RunningAgent } from '../agent/agent-process.ts';

let devices: DeviceStore;
let dataDir: string;
const services: DiscoveryService[] = [];

function service(options: Partial<DiscoveryOptions> = {}): DiscoveryService {
  const made = new DiscoveryService({
    networks: ['127.0.0.0/24'],
    homeDir: '/nonexistent',
    devices,
    ...options,
  });
  services.push(made);
  return made;
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pi-workbench-discovery-'));
  devices = await DeviceStore.open(dataDir);
});
afterEach(async () => {
  for (const one of services.splice(0)) await one.dispose();
  await rm(dataDir, { recursive: true, force: true });
});

const search = { networks: ['127.0.0.0/24'], large: false, name: '', agentPort: 1 };
const titled = (list: FoundList) => list.devices.map(({ title }) => title);

/** Connections of this computer to a port, open or being opened (proc(5): TCP_ESTABLISHED is 01, TCP_SYN_SENT 02). */
function connectionsTo(port: number): number {
  const client = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')} 0[12] `, 'g');
  return readFileSync('/proc/net/tcp', 'utf8').match(client)?.length ?? 0;
}

test('a search never has more than 64 connections open, as the kernel counts them', async () => {
  const counts: number[] = [];
  let accepted = 0;
  let port = 0;
  const server = createServer((socket) => {
    accepted += 1;
    // The kernel takes its time to write the list.
    if (accepted % 16 === 1) counts.push(connectionsTo(port));
    socket.on('error', () => undefined).end('SSH-1.5-old\r\n');
  });
  // Each address of loopback leads to it.
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  const discovery = service();
  discovery.start({ ...search, sshPort: port, agentPort: port });
  await discovery.searchEnded;
  server.close();
  expect(accepted).toBeGreaterThan(254);
  expect(Math.max(...counts)).toBe(64);
});

test('an address where packets get lost is silent, one where nothing listens refuses', async () => {
  const ask = { timeoutMs: 250, signal: new AbortController().signal };
  const lost = await tcpProber.ssh('127.0.0.1', { ...ask, port: await droppingPort() });
  expect(lost).toEqual({ knock: { kind: 'silent', code: '' }, ssh: null });
  const refused = await tcpProber.ssh('127.0.0.1', { ...ask, port: await freePort() });
  expect(refused).toMatchObject({ knock: { kind: 'refused' }, ssh: { state: 'refused' } });
});

describe('a search of 127.0.0.0/24', () => {
  let near: Sshd;
  let far: Sshd;
  let agentBuild: AgentBuild;
  let agent: RunningAgent;
  const servers: Server[] = [];
  const sockets = new Set<Socket>();

  /** A server at an address of loopback that `talk`s to who connects. */
  async function serve(address: string, port: number, talk: (socket: Socket) => void): Promise<void> {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
      talk(socket);
    });
    server.listen(port, address);
    await once(server, 'listening');
    servers.push(server);
  }

  let port: number;
  beforeAll(async () => {
    port = await freePort('127.0.0.21');
    near = await startSshd({ address: '127.0.0.21', port });
    far = await startSshd({ address: '127.0.0.121', port, config: ['VersionAddendum Raspbian-5+deb12u3'] });
    agentBuild = await buildAgent();
    agent = await agentBuild.start(['--driver', 'simulated', '--access', 'ssh-only']);
    // A tar pit: one letter a second for ever, and never a whole line (skeeto/endlessh).
    await serve('127.0.0.31', port, (socket) => {
      const drip = setInterval(() => socket.write('x'), 200);
      socket.on('close', () => clearInterval(drip));
    });
    await serve('127.0.0.32', port, () => undefined);
    await serve('127.0.0.33', port, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await serve('127.0.0.34', port, (socket) => socket.destroy());
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
    await near?.stop();
    await far?.stop();
    await agentBuild?.dispose();
  });

  test('finds each SSH server with its banner and host key, tar pits and silent ones too, and says which is Raspbian', async () => {
    const discovery = service();
    discovery.start({ ...search, sshPort: port });
    await discovery.searchEnded;
    const list = discovery.list();
    expect(list.search).toMatchObject({ phase: 'done', asked: 254, total: 254, warnings: [] });
    const seen = Object.fromEntries(list.devices.map(({ title, ssh }) => [title, ssh]));
    expect(seen['127.0.0.21']).toEqual({
      port,
      state: 'open',
      banner: expect.stringMatching(/^SSH-2\.0-OpenSSH_\S+ Debian/),
      hostKey: await near.fingerprint(),
    });
    expect(seen['127.0.0.121']?.banner).toContain('Raspbian');
    expect(seen['127.0.0.121']?.hostKey).toBe(await far.fingerprint());
    for (const odd of ['31', '32', '33', '34']) {
      expect(seen[`127.0.0.${odd}`]).toEqual({ port, state: 'open', banner: null, hostKey: null });
    }
    expect(list.devices[0]).toMatchObject({ title: '127.0.0.121', likelihood: 'likely' });
    expect(list.devices).toHaveLength(6);
  });

  test('finds the agent by its own protocol, and says which version it is', async () => {
    const discovery = service();
    discovery.start({ ...search, sshPort: port, agentPort: agent.ledPort });
    await discovery.searchEnded;
    const found = discovery.list().devices.find((device) => device.agent !== null);
    expect(found?.addresses.map(({ address }) => address)).toContain('127.0.0.1');
    expect(found?.agent).toEqual({ port: agent.ledPort, version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
    expect(found?.likelihood).toBe('likely');
  });

  test('stops at once when told to, keeps what it found, and asks nothing afterwards', async () => {
    const discovery = service();
    const found = new Promise<void>((resolve) => {
      discovery.changes.subscribe((change) => {
        if (change.changed.length > 0) resolve();
      });
    });
    discovery.start({ ...search, sshPort: port });
    await found;
    const stopped = discovery.stop();
    expect(stopped.search.phase).toBe('stopped');
    await discovery.searchEnded;
    expect(discovery.list().search).toEqual(stopped.search);
    expect(titled(discovery.list()).length).toBeGreaterThan(0);
    await expect.poll(() => sockets.size).toBe(0);
  });

  test('leaves the server unharmed: nobody signs in, and its log says so', async () => {
    expect(near.log()).not.toMatch(/Accepted|Failed password/);
    expect(near.log()).toMatch(/\[preauth\]/);
  });
});
