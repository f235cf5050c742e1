import { writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { checkHealth, dialAgent } from '../../../src-main/led/index.ts';
import type { AgentBuild } from '../agent/agent-process.ts';
import { buildAgent } from '../agent/agent-process.ts';
import { LineClient } from '../agent/line-client.ts';
import { TunnelTarget, World, isConnected } from './world.ts';

let build: AgentBuild;
let world: World;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  build = await buildAgent();
});
afterAll(() => build.dispose());
afterEach(async () => {
  await world.service.dispose();
  for (const close of closing.splice(0)) await close();
});

/** A server that answers each connection by hand. */
async function scriptedServer(onClient: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onClient(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

describe('the LED of a device with an agent', () => {
  test('is connected, watched and described', async () => {
    const agent = await build.start();
    world = new World(new TunnelTarget('local'));
    world.deploy({ ledPort: agent.ledPort });
    const snapshot = await world.until((now) => isConnected(now) && now.clients !== null);
    expect(snapshot).toMatchObject({
      deviceId: 'pi',
      connection: { kind: 'connected', route: 'direct', note: '' },
      level: 'off',
      activity: { kind: 'steady' },
      agent: {
        protocol: 1,
        bcm: 27,
        headerPin: 13,
        driver: 'simulated',
        simulated: true,
        refusedDrivers: '',
        clients: 1,
      },
      clients: { others: [] },
      lastExchange: null,
      pinProblem: null,
    });
  });

  test('keeps the words of the last order and of its reply, and forgets them with the agent', async () => {
    const agent = await build.start();
    world = new World(new TunnelTarget('local'));
    world.deploy({ ledPort: agent.ledPort });
    await world.until(isConnected);
    expect((await world.service.order('pi', { kind: 'on' })).lastExchange).toEqual({ sent: 'ON', received: 'OK ON' });
    const blinking = await world.service.order('pi', { kind: 'blink', milliseconds: 500 });
    expect(blinking.lastExchange?.sent).toBe('BLINK 500');
    world.deploy(null);
    expect((await world.until(({ connection }) => connection.kind === 'no-agent')).lastExchange).toBeNull();
  });

  test('shows after each order what the agent read back', async () => {
    const agent = await build.start();
    world = new World(new TunnelTarget('local'));
    world.deploy({ ledPort: agent.ledPort });
    await world.until(isConnected);
    const seen = [];
    for (const order of [
      { kind: 'on' },
      { kind: 'off' },
      { kind: 'toggle' },
      { kind: 'blink', milliseconds: 30_000 },
      { kind: 'status' },
      { kind: 'pulse', milliseconds: 30_000 },
      { kind: 'off' },
    ] as const) {
      const { level, activity } = await world.service.order('pi', order);
      seen.push([order.kind, level, activity.kind]);
    }
    expect(seen).toEqual([
      ['on', 'on', 'steady'],
      ['off', 'off', 'steady'],
      ['toggle', 'on', 'steady'],
      ['blink', 'on', 'blink'],
      ['status', 'on', 'blink'],
      ['pulse', 'on', 'pulse'],
      ['off', 'off', 'steady'],
    ]);
    await expect(world.service.order('pi', { kind: 'identify' })).rejects.toMatchObject({
      code: expect.stringMatching(/^AGENT_(NO_ACTIVITY_LED|NOT_PERMITTED)$/),
      hint: expect.stringMatching(/./),
    });
  });

  test('follows what other clients do, and shows that they are connected', async () => {
    const agent = await build.start();
    world = new World(new TunnelTarget('local'));
    world.deploy({ ledPort: agent.ledPort });
    await world.until(isConnected);
    const other = await LineClient.connect(agent.ledPort);
    closing.push(() => other.destroy());
    await other.ask('ON');
    await world.until(({ level }) => level === 'on');
    await other.ask('BLINK 25\n');
    await world.until(({ activity }) => activity.kind === 'blink' && activity.phaseMs === 25);
    const { clients } = await world.until((now) => (now.clients?.others.length ?? 0) > 0);
    expect(clients?.others).toEqual([`127.0.0.1:${other.socket.localPort}`]);
    const numbers = world.snapshots.map(({ number }) => number);
    expect(numbers).toEqual([...numbers].sort((one, next) => one - next));
  });

  test('is unknown while the agent is gone, says why, and comes back by itself', async () => {
    const agent = await build.start();
    world = new World(new TunnelTarget('local'));
    world.deploy({ ledPort: agent.ledPort });
    await world.until(isConnected);
    await world.service.order('pi', { kind: 'on' });
    agent.signal('SIGTERM');
    await agent.exited;
    const gone = await world.until(
      ({ connection }) => connection.kind === 'waiting' && connection.error.code === 'ECONNREFUSED',
    );
    expect([gone.level, gone.activity.kind, gone.clients]).toEqual(['unknown', 'steady', null]);
    expect(
      world.snapshots.some(
        ({ connection }) => connection.kind === 'waiting' && connection.error.code === 'AGENT_STOPPED',
      ),
    ).toBe(true);
    await expect(world.service.order('pi', { kind: 'on' })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await build.start(['--driver', 'simulated', '--port', String(agent.ledPort)]);
    expect((await world.until(isConnected)).level).toBe('off');
  });

  test('without a pin that works says what is wrong with it, and that no agent is missing', async () => {
    const folder = dirname(build.file);
    const agent = await build.start(['--sysfs-root', join(folder, 'none')], { PATH: folder });
    world = new World(new TunnelTarget('local'));
    world.deploy({ ledPort: agent.ledPort });
    const snapshot = await world.until(({ pinProblem }) => pinProblem !== null);
    expect(snapshot).toMatchObject({
      level: 'unknown',
      pinProblem: {
        code: 'AGENT_NO_GPIO',
        message: expect.stringContaining('No GPIO driver works here (onoff: there is no '),
      },
    });
    await expect(world.service.order('pi', { kind: 'on' })).rejects.toMatchObject({ code: 'AGENT_NO_GPIO' });
  });
});

describe('the way to the agent', () => {
  test('is the SSH connection alone for ssh-only', async () => {
    const agent = await build.start(['--driver', 'simulated', '--access', 'ssh-only']);
    const target = new TunnelTarget('ssh', '203.0.113.1');
    world = new World(target);
    world.deploy({ ledPort: agent.ledPort, access: 'ssh-only' });
    const { connection } = await world.until(isConnected);
    expect([connection, target.tunnelled]).toMatchObject([{ route: 'tunnel', note: '' }, [agent.ledPort]]);
  });

  test('is the network where it can be', async () => {
    const agent = await build.start();
    const target = new TunnelTarget('ssh', '127.0.0.1');
    world = new World(target);
    world.deploy({ ledPort: agent.ledPort });
    const { connection } = await world.until(isConnected);
    expect([connection, target.tunnelled]).toMatchObject([{ route: 'direct', note: '' }, []]);
  });

  test('is the SSH connection when the network refuses, and that is said', async () => {
    const agent = await build.start(['--driver', 'simulated', '--host', '127.0.0.1']);
    world = new World(new TunnelTarget('ssh', '127.0.0.2'));
    world.deploy({ ledPort: agent.ledPort });
    const { connection } = await world.until(isConnected);
    expect(connection).toMatchObject({
      route: 'tunnel',
      note: `Carried by the SSH connection, because the straight way failed: Nothing listens on port ${agent.ledPort} of 127.0.0.2.`,
    });
  });

  test('is the SSH connection when the agent does not want this computer, and that is said', async () => {
    const agent = await build.start(['--driver', 'simulated', '--host', '127.0.0.1']);
    const decoy = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('ERR refused the agent does not accept connections from 8.8.8.8\n');
    }).listen(agent.ledPort, '127.0.0.2');
    await once(decoy, 'listening');
    closing.push(() => decoy.close());
    world = new World(new TunnelTarget('ssh', '127.0.0.2'));
    world.deploy({ ledPort: agent.ledPort });
    const { connection } = await world.until(isConnected);
    expect(connection).toMatchObject({
      route: 'tunnel',
      note: expect.stringContaining('does not accept connections from 8.8.8.8'),
    });
  });

  test('asks for the token where one is needed, and a wrong one is said', async () => {
    const file = join(dirname(build.file), 'token');
    await writeFile(file, 'correct-horse-battery', { mode: 0o600 });
    const agent = await build.start(['--driver', 'simulated', '--access', 'token', '--token-file', file]);
    world = new World(new TunnelTarget('local'));
    world.deploy({ ledPort: agent.ledPort, access: 'token', token: 'wrong-horse-battery-x' });
    await world.until(({ connection }) => connection.kind === 'waiting' && connection.error.code === 'AGENT_BAD_TOKEN');
    world.deploy({ ledPort: agent.ledPort, access: 'token', token: 'correct-horse-battery' });
    expect((await world.until(isConnected)).agent?.access).toBe('token');
    expect(JSON.stringify(world.snapshots)).not.toContain('horse');
  });
});

describe('a device without an agent', () => {
  test('says whether a sign-in or an agent is missing, and connects once both are there', async () => {
    const agent = await build.start();
    world = new World(undefined);
    await world.until(({ connection }) => connection.kind === 'signed-out');
    await expect(world.service.order('pi', { kind: 'on' })).rejects.toMatchObject({
      code: 'LED_NOT_CONNECTED',
      message: 'You are not signed in to this device.',
    });
    world.signIn(new TunnelTarget('local'));
    await world.until(({ connection }) => connection.kind === 'no-agent');
    await expect(world.service.order('pi', { kind: 'on' })).rejects.toMatchObject({
      code: 'LED_NOT_CONNECTED',
      hint: 'Deploy it on the Agent page.',
    });
    world.deploy({ ledPort: agent.ledPort });
    await world.until(isConnected);
    world.signIn(undefined);
    expect(await world.until(({ connection }) => connection.kind === 'signed-out')).toMatchObject({
      level: 'unknown',
      agent: null,
    });
  });

  test('but with another program on its port says so', async () => {
    const port = await scriptedServer((socket) => socket.write('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'));
    world = new World(new TunnelTarget('local'));
    world.deploy({ ledPort: port });
    const { connection } = await world.until(({ connection: { kind } }) => kind === 'waiting');
    expect(connection).toMatchObject({
      error: { code: 'NOT_THE_AGENT', cause: 'received: "SSH-2.0-OpenSSH_9.2p1 Debian-2"' },
    });
  });
});

describe('an answer that is lost', () => {
  test('leaves the LED unknown, never on (Raspberrypi_GPIO#2)', async () => {
    let connections = 0;
    const port = await scriptedServer((socket) => {
      connections += 1;
      socket.on('data', (bytes: Buffer) => {
        for (const word of bytes.toString().trim().split('\n')) {
          if (word === 'INFO')
            socket.write('OK version=1.0.0 protocol=1 gpio=27 header-pin=13 driver=onoff simulated=no\n');
          else if (word === 'WATCH') socket.write('OK OFF\n');
          else if (word === 'WHO') socket.write('OK count=1 you=a others=""\n');
          else if (word === 'ON') socket.resetAndDestroy();
        }
      });
    });
    world = new World(new TunnelTarget('local'));
    world.deploy({ ledPort: port });
    await world.until(isConnected);
    await expect(world.service.order('pi', { kind: 'on' })).rejects.toMatchObject({ code: 'LED_REPLY_LOST' });
    await world.until((now) => isConnected(now) && now.level === 'off' && connections === 2);
    expect(world.snapshots.some(({ level }) => level === 'unknown')).toBe(true);
    expect(world.snapshots.every(({ level }) => level !== 'on')).toBe(true);
  });
});

describe('the health of an agent', () => {
  const dial = async (port: number) => (await dialAgent(new TunnelTarget('local'), 'local', port)).stream;

  beforeAll(() => {
    world = new World(undefined);
  });

  test('is its version, its protocol and the level of its pin', async () => {
    const agent = await build.start();
    const { version } = JSON.parse(await (await import('node:fs/promises')).readFile('package.json', 'utf8')) as {
      version: string;
    };
    const health = await checkHealth(await dial(agent.ledPort), { expectedVersion: version });
    expect(health).toMatchObject({
      info: { version, protocol: 1, simulated: true, pid: agent.pid },
      level: 'off',
      pinProblem: null,
    });
    await expect(checkHealth(await dial(agent.ledPort), { expectedVersion: '9.9.9' })).rejects.toMatchObject({
      code: 'AGENT_WRONG_VERSION',
      message: `The agent that answers is version ${version}, not 9.9.9.`,
      details: { expected: '9.9.9', found: version },
    });
  });

  test('is good although its pin is not, which is a finding', async () => {
    const folder = dirname(build.file);
    const agent = await build.start(['--sysfs-root', join(folder, 'none')], { PATH: folder });
    const health = await checkHealth(await dial(agent.ledPort), { expectedVersion: null });
    expect([health.level, health.pinProblem?.code]).toEqual([null, 'AGENT_NO_GPIO']);
  });

  test.each([
    ['nothing at all', () => undefined, 'AGENT_SILENT'],
    ['another protocol', (socket: Socket) => socket.write('220 smtp ready\r\n'), 'NOT_THE_AGENT'],
    ['the end', (socket: Socket) => socket.end(), 'LED_REPLY_LOST'],
    [
      'a full house',
      (socket: Socket) => socket.end('ERR busy 64 clients are connected already; try again later\n'),
      'AGENT_BUSY',
    ],
    ['an endless line', (socket: Socket) => socket.write('A'.repeat(100_000)), 'NOT_THE_AGENT'],
  ])('is not given by %s', async (_name, onClient, code) => {
    const port = await scriptedServer(onClient);
    await expect(checkHealth(await dial(port), { expectedVersion: null, replyTimeoutMs: 300 })).rejects.toMatchObject({
      code,
    });
  });

  test('cannot be asked where nothing listens', async () => {
    const port = await scriptedServer(() => undefined);
    for (const close of closing.splice(0)) await close();
    await expect(dial(port)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
      message: `Nothing listens on port ${port} of 127.0.0.1.`,
    });
  });
});
