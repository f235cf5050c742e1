import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { listen } from '../../../pi-agent/src/listen.ts';
import { kernelSockets } from '../support/kernel-sockets.ts';
import { canMakeNamespaces } from '../network/namespace.ts';
import { mostMegabytes, residentMegabytes } from '../support/process-memory.ts';
import type { AgentBuild, RunningAgent } from './agent-process.ts';
import { buildAgent } from './agent-process.ts';
import { LineClient } from './line-client.ts';
import { MORE_THAN_FITS, untilStuck } from './stuck.ts';

let build: AgentBuild;
const clients: LineClient[] = [];

beforeAll(async () => {
  build = await buildAgent();
});
afterAll(() => build.dispose());
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

async function enter(port: number, host?: string): Promise<LineClient> {
  const client = await LineClient.connect(port, host);
  clients.push(client);
  return client;
}

/** Milliseconds of processor time a process has used (`utime` and `stime`, proc(5); 100 ticks a second). */
function processorMilliseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

describe('one client', () => {
  test('that sends 20 MB without a line end is closed early, at the cost of nobody (mcec#186)', async () => {
    const agent = await build.start();
    const honest = await enter(agent.ledPort);
    await honest.ask('PING');
    const before = residentMegabytes(agent.pid);
    const flood = connect(agent.ledPort, '127.0.0.1').on('error', () => undefined);
    const closed = new Promise((resolve) => flood.once('close', resolve));
    let answer = '';
    flood.on('data', (bytes: Buffer) => (answer += bytes.toString()));
    for (let sent = 0; sent < 20 && !flood.destroyed; sent += 1) {
      flood.write(Buffer.alloc(1024 * 1024, 'A'));
      await wait(1);
    }
    await closed;
    const taken = flood.bytesWritten - flood.writableLength;
    expect(await honest.ask('ON')).toBe('OK ON');
    expect({ answer, early: taken < 20 * 1024 * 1024, grown: residentMegabytes(agent.pid) - before < 5 }).toEqual({
      // The answer itself may fall victim to the reset that cuts the flood off.
      answer: expect.stringMatching(/^(ERR too-long more than 256 bytes without a line end; closing\n)?$/),
      early: true,
      grown: true,
    });
  });

  test('that resets in the middle of a reply, 100 times, costs nobody anything (rpi-ws2812-server#36)', async () => {
    const agent = await build.start();
    for (let times = 0; times < 100; times += 1) {
      const rude = connect(agent.ledPort, '127.0.0.1').on('error', () => undefined);
      await once(rude, 'connect');
      rude.write('?\x01\x02\nHELP\n'.repeat(20));
      rude.resetAndDestroy();
    }
    expect(await (await enter(agent.ledPort)).ask('ON')).toBe('OK ON');
  });

  test('that never reads its answers stops being read, while others are served', async () => {
    const agent = await build.start();
    const deaf = connect(agent.ledPort, '127.0.0.1').on('error', () => undefined);
    deaf.pause();
    await once(deaf, 'connect');
    const before = residentMegabytes(agent.pid);
    let accepted = 0;
    for (let sent = 0; sent < 200; sent += 1) {
      if (!deaf.write('STATUS\n'.repeat(10_000))) await wait(5);
      accepted = deaf.bytesWritten - deaf.writableLength;
    }
    const honest = await enter(agent.ledPort);
    expect(await honest.ask('ON')).toBe('OK ON');
    expect([accepted < 200 * 70_000, residentMegabytes(agent.pid) - before < 24]).toEqual([true, true]);
    deaf.destroy();
  });

  test('that watches without reading gets the newest change when it reads again, with the gap in the numbers', async () => {
    const agent = await build.start();
    const slow = await enter(agent.ledPort);
    await slow.ask('WATCH');
    slow.socket.pause();
    slow.send(MORE_THAN_FITS);
    await untilStuck(agent.ledPort, slow.socket.localPort);
    const actor = await enter(agent.ledPort);
    const last = 1000;
    actor.send('TOGGLE'.repeat(last));
    await actor.take(last);
    slow.socket.resume();
    const numbers: number[] = [];
    const newest = (): number | undefined => {
      for (const line of slow.unread()) if (line.startsWith('STATE ')) numbers.push(Number(line.split(' ')[1]));
      return numbers.at(-1);
    };
    await expect.poll(newest).toBe(last);
    const rising = numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? 0));
    expect({ rising, missed: numbers.length < last }).toEqual({ rising: true, missed: true });
  });

  test('that is silent for the idle time is sent away, and one that talks or watches is not', async () => {
    const agent = await build.start(['--driver', 'simulated', '--idle-timeout', '2']);
    const [talker, watcher] = [await enter(agent.ledPort), await enter(agent.ledPort)];
    await watcher.ask('WATCH');
    const idle = await enter(agent.ledPort);
    const gone = idle.closed.then(() => true);
    while (!(await Promise.race([gone, wait(20, false)]))) expect(await talker.ask('PING')).toBe('OK PONG');
    expect(idle.unread()).toEqual(['BYE idle']);
    expect([await talker.ask('PING'), await watcher.ask('PING')]).toEqual(['OK PONG', 'OK PONG']);
  });

  test('leaves the agent idle after a TLS hello', async () => {
    const agent = await build.start();
    const client = await enter(agent.ledPort);
    client.send(Buffer.concat([Buffer.from([0x16, 3, 1]), Buffer.alloc(297, 0xa5)]));
    await client.closed;
    const before = processorMilliseconds(agent.pid);
    await wait(1000);
    expect(processorMilliseconds(agent.pid) - before).toBeLessThan(200);
  });
});

test('keepalive asks whether a silent client is still there, on both ports', async () => {
  const agent = await build.start();
  for (const port of [agent.ledPort, agent.echoPort]) {
    const client = await enter(port);
    await client.ask('PING\n');
    await expect.poll(() => kernelSockets('state', 'established', `sport = :${port}`)).toContain('timer:(keepalive,');
  }
});

describe('many clients', () => {
  test('beyond the 64th are told that the agent is busy, never left in silence (iperf#788)', async () => {
    const agent = await build.start();
    const inside = await Promise.all(Array.from({ length: 64 }, () => enter(agent.ledPort)));
    expect(await Promise.all(inside.map((client) => client.ask('PING')))).toEqual(inside.map(() => 'OK PONG'));
    const late = await enter(agent.ledPort);
    expect(await late.rest()).toEqual(['ERR busy 64 clients are connected already; try again later']);
    inside[0]?.end();
    await inside[0]?.closed;
    expect(await (await enter(agent.ledPort)).ask('ON')).toBe('OK ON');
  });

  test('on the echo port are bounded too', async () => {
    const agent = await build.start();
    const inside = await Promise.all(Array.from({ length: 64 }, () => enter(agent.echoPort)));
    expect(await inside[63]?.ask('hello\n')).toBe('hello');
    expect(await (await enter(agent.echoPort)).rest()).toEqual([
      'ERR busy 64 clients are connected already; try again later',
    ]);
  });

  test('each sending 1,000 toggles get every reply, in order, in less than 64 MiB', async () => {
    const agent = await build.start();
    const all = await Promise.all(Array.from({ length: 64 }, () => enter(agent.ledPort)));
    const replies = await Promise.all(
      all.map((client, at) => {
        client.send(`TOGGLE\nPULSE ${(at + 1) * 900}\n`.repeat(1000));
        return client.take(2000);
      }),
    );
    const wrong = replies.flatMap((lines, at) =>
      lines.filter((line, index) =>
        index % 2 === 0 ? line !== 'OK ON' && line !== 'OK OFF' : line !== `OK ON PULSE ${(at + 1) * 900}`,
      ),
    );
    expect(wrong).toEqual([]);
    expect(mostMegabytes(agent.pid)).toBeLessThan(64);
  });

  test('coming and going 10,000 times leave neither descriptors nor memory behind', async () => {
    const agent = await build.start();
    const { readdirSync } = await import('node:fs');
    const descriptors = (): number => readdirSync(`/proc/${agent.pid}/fd`).length;
    const first = await enter(agent.ledPort);
    await first.ask('PING');
    const before = descriptors();
    let warm = 0;
    for (let round = 0; round < 200; round += 1) {
      if (round === 100) warm = residentMegabytes(agent.pid);
      const crowd = await Promise.all(Array.from({ length: 50 }, () => LineClient.connect(agent.ledPort)));
      await Promise.all(crowd.map((client) => client.ask('PING')));
      for (const [at, client] of crowd.entries())
        if (at % 2 === 0) client.end();
        else client.socket.resetAndDestroy();
      await Promise.all(crowd.map(({ closed }) => closed));
    }
    while ((await first.ask('WHO'))?.includes('count=1 ') !== true) await wait(10);
    expect(descriptors()).toBe(before);
    expect(residentMegabytes(agent.pid) - warm).toBeLessThan(8);
    expect(mostMegabytes(agent.pid)).toBeLessThan(64);
  });
});

describe('rude clients all at once', () => {
  test('that never read, flood with garbage, drip or only stay cost an honest one no reply, and less than 64 MiB', async () => {
    const agent = await build.start();
    const honest = await enter(agent.ledPort);
    const rude = (): Socket => connect(agent.ledPort, '127.0.0.1').on('error', () => undefined);
    const deaf = rude().pause();
    const [garbage, drip, silent] = [rude().resume(), rude().resume(), rude()];
    let flood: Socket = garbage;
    const timer = setInterval(() => {
      if (deaf.writableLength < 1_000_000) deaf.write('STATUS\n'.repeat(10_000));
      if (flood.destroyed) flood = rude().resume();
      flood.write(Buffer.alloc(65_536, '\x01?\n'));
      drip.write('O');
    }, 5);
    try {
      for (let asked = 0; asked < 1000; asked += 1) {
        expect(await honest.ask('TOGGLE\n')).toBe(asked % 2 === 0 ? 'OK ON' : 'OK OFF');
      }
    } finally {
      clearInterval(timer);
      for (const socket of [deaf, flood, drip, silent]) socket.destroy();
    }
    expect(mostMegabytes(agent.pid)).toBeLessThan(64);
  });
});

describe('who may connect', () => {
  test('ssh-only listens on loopback alone', async () => {
    const agent = await build.start(['--driver', 'simulated', '--access', 'ssh-only']);
    expect(agent.output()).toContain('access=ssh-only host=127.0.0.1');
    expect(await (await enter(agent.ledPort)).ask('PING')).toBe('OK PONG');
    const own = Object.values((await import('node:os')).networkInterfaces())
      .flat()
      .find((address) => address?.family === 'IPv4' && !address.internal)?.address;
    // A machine with loopback alone has nothing to refuse.
    if (own === undefined) return;
    await expect(LineClient.connect(agent.ledPort, own)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  async function startWithToken(...more: readonly string[]): Promise<RunningAgent> {
    const folder = await mkdtemp(join(tmpdir(), 'led-token-'));
    const file = join(folder, 'token');
    writeFileSync(file, 'correct-horse-battery\n', { mode: 0o600 });
    const agent = await build.start(['--driver', 'simulated', '--access', 'token', '--token-file', file, ...more]);
    await rm(folder, { recursive: true });
    return agent;
  }

  test('token asks for AUTH before anything else, and closes after three wrong ones', async () => {
    const agent = await startWithToken();
    const client = await enter(agent.ledPort);
    expect([
      await client.ask('ON'),
      await client.ask('WATCH'),
      await client.ask('AUTH wrong\n'),
      await client.ask('AUTH correct-horse-battery\n'),
      await client.ask('ON'),
    ]).toEqual([
      'ERR auth-needed send AUTH <token> first',
      'ERR auth-needed send AUTH <token> first',
      'ERR bad-token wrong token',
      'OK AUTH',
      'OK ON',
    ]);
    const guesser = await enter(agent.ledPort);
    guesser.send('AUTH a\nAUTH b\nAUTH c\nAUTH correct-horse-battery\nON');
    expect(await guesser.rest()).toEqual([
      'ERR bad-token wrong token',
      'ERR bad-token wrong token',
      'ERR bad-token wrong token three times; closing',
    ]);
    // The guesser is counted, and not the one whose first word was wrong and second right.
    expect(await client.ask('INFO')).toContain(' refused-clients=1 ');
    expect(agent.output()).not.toContain('correct-horse-battery');
  });

  test('token closes one that does not give it in time, silent, half way or talking, and counts each once', async () => {
    const agent = await startWithToken('--idle-timeout', '1');
    const [silent, half, talker] = [await enter(agent.ledPort), await enter(agent.ledPort), await enter(agent.ledPort)];
    half.send('AUTH correct-horse');
    const told: string[] = [];
    for (let line = await talker.ask('HELP'); line !== null; line = await talker.ask('HELP')) told.push(line);
    const late = 'ERR auth-needed no AUTH within 1 s; closing';
    expect([await silent.rest(), await half.rest(), told.at(-1)]).toEqual([[late], [late], late]);
    let refused = 3;
    let client = await enter(agent.ledPort);
    // On a busy machine this one may be late too.
    while ((await client.ask('AUTH correct-horse-battery\nINFO')) !== 'OK AUTH') {
      refused += 1;
      client = await enter(agent.ledPort);
    }
    expect(await client.next()).toContain(` refused-clients=${refused} `);
  });

  test.each([
    ['missing', null, /the token file .* cannot be read/],
    ['too short', 'short', /must have 16 to 200 printable characters/],
  ])('a token file that is %s ends the agent with code 5', async (_name, text, message) => {
    const folder = await mkdtemp(join(tmpdir(), 'led-token-'));
    const file = join(folder, 'token');
    if (text !== null) writeFileSync(file, text);
    const { code, output } = await build.run(['--port', '0', '--access', 'token', '--token-file', file]);
    expect([code, output]).toEqual([5, expect.stringMatching(message)]);
    await rm(folder, { recursive: true });
  });
});

describe.skipIf(!canMakeNamespaces())('a peer from a network that is not the own', () => {
  const namespace = `piw-${randomBytes(4).toString('hex')}`;
  const inside = ['ip', 'netns', 'exec', namespace] as const;
  const FAR = '198.51.100.7';

  beforeAll(() => {
    execFileSync('ip', ['netns', 'add', namespace]);
    execFileSync('ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
    // Packets of this network are taken in, though no interface has an address in it.
    execFileSync('ip', ['-n', namespace, 'route', 'add', 'local', '198.51.100.0/24', 'dev', 'lo']);
  });
  afterAll(() => {
    execFileSync('ip', ['netns', 'del', namespace]);
  });

  /** What `nc` printed, which ends when the agent has closed. */
  function ask(host: string, port: number, text: string): string {
    const [ip, ...rest] = inside;
    return execFileSync(ip, [...rest, 'nc', host, String(port)], { input: text, timeout: 20_000 }).toString();
  }

  test.each(['ssh-only', 'local'] as const)(
    'is closed at once in mode %s, told why, and counted once',
    async (access) => {
      const options = ['--driver', 'simulated', '--access', access, '--host', '::'];
      const agent = await build.start(options, process.env, inside);
      const counted = (): string =>
        / refused-clients=\d+/.exec(ask('127.0.0.1', agent.ledPort, 'INFO QUIT'))?.[0] ?? '';
      const refused = `ERR refused the agent does not accept connections from ${FAR}\n`;
      const seen = [counted()];
      for (const port of [agent.ledPort, agent.echoPort]) seen.push(ask(FAR, port, 'ON'), counted());
      expect(seen).toEqual([' refused-clients=0', refused, ' refused-clients=1', refused, ' refused-clients=2']);
      expect(ask('127.0.0.1', agent.ledPort, 'STATUS QUIT')).toBe('OK OFF\nOK BYE\n');
    },
  );

  test('is let in by mode anyone', async () => {
    const agent = await build.start(['--driver', 'simulated', '--access', 'anyone'], process.env, inside);
    expect(ask(FAR, agent.ledPort, 'ON QUIT')).toBe('OK ON\nOK BYE\n');
  });
});

describe('a port in use (neon#801)', () => {
  test('is named with the process that has it, with a code of its own, and the first agent is unharmed', async () => {
    const agent = await build.start();
    const second = await build.run(['--port', String(agent.ledPort), '--echo-port', '0', '--driver', 'simulated']);
    expect([second.code, second.output]).toEqual([
      3,
      expect.stringContaining(
        `led-agent: the LED port ${agent.ledPort} is already in use by process ${agent.pid} (node)`,
      ),
    ]);
    expect(await (await enter(agent.ledPort)).ask('PING')).toBe('OK PONG');
  });

  test('that becomes free within the tries is taken', async () => {
    const holder = createServer().listen(0, '::');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    const server = createServer();
    const log: string[] = [];
    const endsMeanwhile = (line: string): void => {
      log.push(line);
      holder.close();
    };
    const taken = await listen(server, { port, host: '::', service: 'LED', log: endsMeanwhile });
    server.close();
    expect([taken, log]).toEqual([port, [`port ${port} is in use; trying again`]]);
  });

  test('is not left behind by 50 connections that were open at the end', async () => {
    const first = await build.start();
    const port = first.ledPort;
    const all = await Promise.all(Array.from({ length: 50 }, () => enter(port)));
    await Promise.all(all.map((client) => client.ask('PING')));
    first.signal('SIGTERM');
    expect(await first.exited).toBe(0);
    const second = await build.start(['--driver', 'simulated', '--port', String(port)]);
    expect([second.ledPort, second.output().includes('in use')]).toEqual([port, false]);
  });
});

describe('a wrong command line', () => {
  test.each([
    [['--pin', 'pin 6'], 'led-agent: --pin: Header pin 6 is ground (GND)'],
    [['--driver', 'magic'], 'led-agent: --driver takes auto, onoff, gpiod, pinctrl, simulated, not "magic"'],
    [['--wat'], '--wat'],
  ])('%j ends with code 2 and says why', async (args, message) => {
    const { code, output } = await build.run(args);
    expect([code, output]).toEqual([2, expect.stringContaining(message)]);
  });

  test('--version and --help end with code 0', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await build.run(['--version'])).toEqual({ code: 0, output: `${version}\n` });
    expect(await build.run(['--help'])).toMatchObject({ code: 0, output: expect.stringContaining('--access MODE') });
  });
});
