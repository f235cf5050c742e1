import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { FakeTools } from '../../unit/agent/fake-tools.ts';
import { addLibgpiod, fakeTools, holders, isAlive } from '../../unit/agent/fake-tools.ts';
import { freePort } from '../support/free-port.ts';
import type { AgentBuild } from './agent-process.ts';
import { buildAgent } from './agent-process.ts';
import { LineClient } from './line-client.ts';
import { MORE_THAN_FITS, untilStuck } from './stuck.ts';

let build: AgentBuild;
const folders: string[] = [];
let tools: FakeTools;

beforeAll(async () => {
  build = await buildAgent();
  tools = await fakeTools();
});
afterAll(async () => {
  await build.dispose();
  await tools.remove();
});
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A folder of this test alone. */
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'led-agent-test-'));
  folders.push(folder);
  return folder;
}

/** A sysfs of a Pi 4 (base 512) as plain files, with GPIO27 exported already and lit or not. */
async function sysfsWithPin(value: 0 | 1): Promise<{ readonly root: string; readonly file: (path: string) => string }> {
  const folder = await newFolder();
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(join(folder, 'class/gpio', path, '..'), { recursive: true });
    await writeFile(join(folder, 'class/gpio', path), text);
  };
  await put('gpiochip512/label', 'pinctrl-bcm2711\n');
  await put('gpiochip512/base', '512\n');
  await put('gpiochip512/ngpio', '58\n');
  await put('export', '');
  await put('unexport', '');
  await put('gpio539/direction', 'out\n');
  await put('gpio539/active_low', '0\n');
  await put('gpio539/value', `${value}\n`);
  return { root: folder, file: (path) => readFileSync(join(folder, 'class/gpio', path), 'utf8').trim() };
}

const onSysfs = (root: string): string[] => ['--driver', 'onoff', '--sysfs-root', root];

describe('the agent on sysfs, with the real onoff and no add-on', () => {
  test('drives the pin by its kernel number and reads it back', async () => {
    const { root, file } = await sysfsWithPin(0);
    const agent = await build.start(onSysfs(root));
    const client = await LineClient.connect(agent.ledPort);
    const seen = [];
    for (const order of ['ON', 'OFF', 'TOGGLE']) seen.push([await client.ask(order), file('gpio539/value')]);
    expect({ seen, exported: file('export'), info: await client.ask('INFO') }).toEqual({
      seen: [
        ['OK ON', '1'],
        ['OK OFF', '0'],
        ['OK ON', '1'],
      ],
      exported: '',
      info: expect.stringContaining('driver=onoff simulated=no level=ON'),
    });
    client.destroy();
  });

  test('starts with the pin exported by an agent that was killed, and STATUS tells the real level', async () => {
    const { root } = await sysfsWithPin(0);
    const killed = await build.start(onSysfs(root));
    const first = await LineClient.connect(killed.ledPort);
    await first.ask('ON');
    killed.signal('SIGKILL');
    await killed.exited;
    const agent = await build.start(onSysfs(root));
    const client = await LineClient.connect(agent.ledPort);
    expect(await client.ask('STATUS')).toBe('OK ON');
    client.destroy();
  });

  test('tells a change made by another program to those who watch', async () => {
    const { root } = await sysfsWithPin(0);
    const agent = await build.start(onSysfs(root));
    const client = await LineClient.connect(agent.ledPort);
    await client.ask('WATCH');
    await writeFile(join(root, 'class/gpio/gpio539/value'), '1\n');
    expect(await client.next()).toBe('STATE 1 ON');
    client.destroy();
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s says BYE, switches off, lets go and ends with code 0',
    async (signal) => {
      const { root, file } = await sysfsWithPin(0);
      const agent = await build.start(onSysfs(root));
      const clients = await Promise.all([1, 2, 3].map(() => LineClient.connect(agent.ledPort)));
      await clients[0]?.ask('BLINK 100\n');
      await clients[1]?.ask('WATCH');
      await clients[2]?.ask('PING');
      agent.signal(signal);
      agent.signal(signal);
      const lasts = await Promise.all(clients.map(async (client) => (await client.rest()).at(-1)));
      expect({ code: await agent.exited, lasts, value: file('gpio539/value'), unexported: file('unexport') }).toEqual({
        code: 0,
        lasts: ['BYE', 'BYE', 'BYE'],
        value: '0',
        unexported: '539',
      });
    },
  );

  test('a signal ends it with code 0, the LED off before BYE, though a client never closes and one never reads', async () => {
    const end = async (signal: NodeJS.Signals) => {
      const { root, file } = await sysfsWithPin(0);
      const agent = await build.start(onSysfs(root));
      const stays = connect({ port: agent.ledPort, host: '127.0.0.1', allowHalfOpen: true });
      const deaf = connect(agent.ledPort, '127.0.0.1').pause();
      for (const socket of [stays, deaf]) socket.on('error', () => undefined);
      await once(deaf, 'connect');
      deaf.write(MORE_THAN_FITS);
      await untilStuck(agent.ledPort, deaf.localPort);
      stays.write('ON');
      const [answer] = (await once(stays, 'data')) as [Buffer];
      const farewell = once(stays, 'data');
      agent.signal(signal);
      const [bye] = (await farewell) as [Buffer];
      const value = file('gpio539/value');
      return { answer: String(answer), bye: String(bye), value, code: await agent.exited };
    };
    const right = { answer: 'OK ON\n', bye: 'BYE\n', value: '0', code: 0 };
    expect(await Promise.all([end('SIGTERM'), end('SIGINT')])).toEqual([right, right]);
  });

  test.each([
    ['an uncaught exception', "throw new Error('a mistake')"],
    ['an unhandled rejection', "void Promise.reject(new Error('a mistake'))"],
  ])('%s ends it as a signal does, but with code 1 and the mistake in the log (onoff#65)', async (_what, mistake) => {
    const faulty = await buildAgent((text) => `${text}\nprocess.on('SIGUSR2', () => { ${mistake}; });\n`);
    const { root, file } = await sysfsWithPin(0);
    const agent = await faulty.start(onSysfs(root));
    const client = await LineClient.connect(agent.ledPort);
    expect([await client.ask('ON'), file('gpio539/value')]).toEqual(['OK ON', '1']);
    agent.signal('SIGUSR2');
    const [last] = await client.rest();
    const code = await agent.exited;
    await faulty.dispose();
    expect({ code, last, value: file('gpio539/value'), unexported: file('unexport'), log: agent.output() }).toEqual({
      code: 1,
      last: 'BYE',
      value: '0',
      unexported: '539',
      log: expect.stringContaining('led-agent: Error: a mistake\n    at '),
    });
  });

  test('leaves the LED lit at the end when told to', async () => {
    const { root, file } = await sysfsWithPin(0);
    const agent = await build.start([...onSysfs(root), '--keep-level-on-exit']);
    const client = await LineClient.connect(agent.ledPort);
    await client.ask('ON');
    agent.signal('SIGTERM');
    expect([await agent.exited, file('gpio539/value'), file('unexport')]).toEqual([0, '1', '']);
  });

  test('IDENTIFY blinks the activity LED and puts its trigger back, also when the agent ends meanwhile', async () => {
    const { root } = await sysfsWithPin(0);
    const led = join(root, 'class/leds/ACT');
    await mkdir(led, { recursive: true });
    await writeFile(join(led, 'trigger'), 'none timer [mmc0] heartbeat\n');
    await writeFile(join(led, 'brightness'), '0\n');
    const agent = await build.start(onSysfs(root));
    const client = await LineClient.connect(agent.ledPort);
    expect([await client.ask('IDENTIFY'), await client.ask('IDENTIFY')]).toEqual(['OK IDENTIFY', 'OK IDENTIFY']);
    const blinked = new Set<string>();
    while (blinked.size < 2) {
      blinked.add(readFileSync(join(led, 'brightness'), 'utf8').trim());
      expect(await client.ask('PING')).toBe('OK PONG');
    }
    expect(readFileSync(join(led, 'trigger'), 'utf8')).toBe('none');
    agent.signal('SIGTERM');
    await agent.exited;
    expect(readFileSync(join(led, 'trigger'), 'utf8')).toBe('mmc0');
  });
});

describe('the agent without any GPIO (onoff#206)', () => {
  test('starts, listens, and says which drivers were refused and why', async () => {
    const folder = await newFolder();
    const agent = await build.start(['--sysfs-root', folder], { PATH: folder });
    const client = await LineClient.connect(agent.ledPort);
    const reasons = `onoff: there is no ${folder}/class/gpio on this system; gpiod: gpioset is not installed (package gpiod); pinctrl: pinctrl is not installed (package raspi-utils)`;
    expect([
      await client.ask('INFO'),
      await client.ask('ON'),
      await client.ask('STATUS'),
      await client.ask('WATCH'),
    ]).toEqual([
      expect.stringContaining(`driver=none simulated=no level=UNKNOWN`),
      `ERR no-gpio no GPIO driver works here (${reasons})`,
      `ERR no-gpio no GPIO driver works here (${reasons})`,
      'OK UNKNOWN',
    ]);
    expect(await client.ask('INFO')).toContain(`refused="${reasons}"`);
    expect(agent.output()).toContain('driver none; onoff refused: there is no ');
    client.destroy();
  });

  test('works when the simulated driver is asked for, and says that it is simulated', async () => {
    const folder = await newFolder();
    const agent = await build.start(['--driver', 'simulated', '--sysfs-root', folder], { PATH: folder });
    const client = await LineClient.connect(agent.ledPort);
    expect([await client.ask('ON'), await client.ask('INFO')]).toEqual([
      'OK ON',
      expect.stringContaining('driver=simulated simulated=yes'),
    ]);
    client.destroy();
  });
});

describe('the agent with libgpiod (libgpiod#74)', () => {
  test('has one gpioset alive at a time, and none within two seconds of SIGTERM', async () => {
    await addLibgpiod(tools, 'v2.2.1');
    const folder = await newFolder();
    const agent = await build.start(['--sysfs-root', folder], { ...tools.environment });
    const client = await LineClient.connect(agent.ledPort);
    const seen = [];
    for (const order of ['ON', 'OFF', 'ON']) {
      const reply = await client.ask(order);
      const all = await holders(tools);
      seen.push([reply, all.filter(({ pid }) => isAlive(pid)).length, all.at(-1)?.args.split(' ').at(-1)]);
    }
    expect(seen).toEqual([
      ['OK ON', 1, '27=1'],
      ['OK OFF', 1, '27=0'],
      ['OK ON', 1, '27=1'],
    ]);
    expect(await client.ask('INFO')).toContain('driver=gpiod');
    client.send('OFFPINGTOGGLESTATUS');
    expect(await client.take(4)).toEqual(['OK OFF', 'OK PONG', 'OK ON', 'OK ON']);
    agent.signal('SIGTERM');
    expect(await agent.exited).toBe(0);
    const all = await holders(tools);
    expect([all.at(-1)?.args.split(' ').at(-1), all.filter(({ pid }) => isAlive(pid))]).toEqual(['27=0', []]);
  });

  test('answers a client that came before the pin was taken once it is taken', async () => {
    await addLibgpiod(tools, 'v2.2.1');
    const slow = 'until [ -e "$FAKE/go" ]; do sleep 0.05; done; echo "gpiochip0 [pinctrl-bcm2711] (58 lines)"';
    await tools.add('gpiodetect', slow);
    const folder = await newFolder();
    const port = await freePort();
    const starting = build.start(['--sysfs-root', folder, '--port', String(port)], { ...tools.environment });
    const client = await vi.waitFor(() => LineClient.connect(port), { timeout: 30_000, interval: 20 });
    expect(await client.ask('PING')).toBe('OK PONG');
    client.send('INFO');
    await writeFile(join(tools.folder, 'go'), '');
    expect(await client.next()).toContain('driver=gpiod');
    const agent = await starting;
    agent.signal('SIGTERM');
    expect(await agent.exited).toBe(0);
  });

  test('is what remains when onoff cannot be loaded, with the reason in INFO (onoff#202)', async () => {
    const needed = 'require_epoll_stand_in().Epoll';
    const broken = await buildAgent((text) => {
      expect(text).toContain(needed);
      return text.replace(needed, "(()=>{throw new Error('wrong ELF class: ELFCLASS64')})()");
    });
    await addLibgpiod(tools, 'v2.2.1');
    const { root } = await sysfsWithPin(0);
    const agent = await broken.start(['--sysfs-root', root], { ...tools.environment });
    const client = await LineClient.connect(agent.ledPort);
    expect([await client.ask('ON'), await client.ask('INFO')]).toEqual([
      'OK ON',
      expect.stringMatching(/driver=gpiod .* refused="onoff: the onoff library does not load here: wrong ELF class/),
    ]);
    agent.signal('SIGTERM');
    await agent.exited;
    await broken.dispose();
  });

  test('stays up when a kernel driver has the pin, and names it on every order (onoff#45)', async () => {
    await addLibgpiod(tools, 'v2.2.1');
    await writeFile(join(tools.folder, 'lines'), '\tline   4:\t"GPIO4"\toutput consumer="onewire"\n');
    const folder = await newFolder();
    const agent = await build.start(['--sysfs-root', folder, '--pin', '4'], { ...tools.environment });
    const client = await LineClient.connect(agent.ledPort);
    expect([await client.ask('ON'), await client.ask('OFF'), await client.ask('PING')]).toEqual([
      'ERR pin-busy GPIO4 is in use by onewire; choose another pin or free it',
      'ERR pin-busy GPIO4 is in use by onewire; choose another pin or free it',
      'OK PONG',
    ]);
    client.destroy();
  });
});
