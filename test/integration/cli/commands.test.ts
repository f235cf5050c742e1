import { once } from 'node:events';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createSocket } from 'node:dgram';
import { PassThrough } from 'node:stream';
import { decode, encode } from 'dns-packet';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../../../src-main/app/cli/run.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import { startSshd, type Sshd } from '../support/sshd.ts';
import { freePort } from '../support/free-port.ts';
import { Cli } from './cli-process.ts';

const outDir = join(import.meta.dirname, '../../../out');

let cli: Cli;
const closing: (() => unknown)[] = [];
beforeAll(async () => {
  cli = await Cli.create();
});
afterAll(() => cli.remove());
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serve(talk: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => talk(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

const COMMANDS = [
  'discover',
  'network',
  'explain',
  'deploy',
  'ansible',
  'led',
  'send',
  'listen',
  'echo',
  'dns',
  'doctor',
];

describe('pi-workbench', () => {
  test('alone says what it can, on standard error, as wrong use', async () => {
    const { code, out, err } = await cli.startRaw([]).result;
    expect([code, out]).toEqual([2, '']);
    for (const command of COMMANDS) expect(err).toContain(`  ${command} `);
  });

  test('--version prints the version, --help the overview, on standard output', async () => {
    expect(await cli.startRaw(['--version']).result).toMatchObject({
      code: 0,
      out: `${packageJson.version}\n`,
      err: '',
    });
    expect(await cli.startRaw(['--help']).result).toMatchObject({ code: 0, err: '' });
  });

  test.each(COMMANDS)('%s --help has an example and its options, and does nothing', async (command) => {
    const { code, out, err } = await cli.startRaw([command, '--help']).result;
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^pi-workbench /);
    expect(out).toContain('Example');
    expect(out).toContain('--json');
  });

  test.each([
    [['frobnicate'], 'There is no command “frobnicate”.'],
    [['explain', 'file.txt'], '“file.txt” is one word too many.'],
    [['send', '127.0.0.1'], 'Something is missing: pi-workbench send HOST PORT [PAYLOAD]'],
    [['send', '127.0.0.1', '99999', 'x'], '“99999” is not a port from 1 to 65535.'],
    [['send', '', '5', 'x'], 'The field “options.host” cannot be used: it is empty.'],
    [['send', '127.0.0.1', '1', '\\x4'], 'The payload cannot be used at character'],
    [['send', '127.0.0.1', '1', 'x', '--format', 'morse'], '--format: “morse” is none of'],
    [['listen', 'http'], '“http” is not a port from 0 to 65535.'],
    [['network', 'pi@pi.test:0'], 'A port is a whole number from 1 to 65535.'],
    [['dns', 'x', '--type', 'Q'], '--type: “Q” is none of'],
    [['dns', 'x y'], 'A name has no spaces.'],
    [['dns', 'x', '--server', 'pi.test:99999', '--only'], '“pi.test:99999” is not the address of a DNS server.'],
    [['discover', '--wait', 'long'], '--wait: “long” is not a whole number'],
    [['discover', '--networks', 'home'], '--networks: “home” is not a network'],
    [['discover', '--unheard-of'], "Unknown option '--unheard-of'"],
  ])('%j is wrong use, said in words', async (args, words) => {
    const { code, out, err } = await cli.startRaw(args).result;
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(words);
    expect(err).not.toMatch(/^\s+at /m);
  });

  test('--json makes errors JSON too', async () => {
    const { code, err } = await cli.run(['send', '127.0.0.1', String(await freePort()), 'x', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'ECONNREFUSED', message: expect.any(String) } });
  });
});

test.skipIf(process.platform === 'win32')('the app’s folder, once made, is open to its user alone', async () => {
  const fresh = await Cli.create();
  try {
    expect((await fresh.run(['network'])).code).toBe(0);
    expect((await stat(fresh.dataDir)).mode & 0o777).toBe(0o700);
  } finally {
    await fresh.remove();
  }
});

test('an app’s folder that cannot be made is told as that', async () => {
  const under = join(import.meta.dirname, 'commands.test.ts', 'data');
  const { code, err } = await cli.startRaw(['network', '--data-dir', under]).result;
  expect(code).toBe(1);
  expect(err).toBe(`The folder ${under} cannot be made (ENOTDIR).\nChoose another with --data-dir.\n`);
});

describe('explain', () => {
  const text = `pi@raspberrypi:~ $ ifconfig eth0
eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500
        inet 192.168.50.7  netmask 255.255.255.0  broadcast 192.168.50.255
        ether b8:27:eb:12:34:56  txqueuelen 1000  (Ethernet)
`;

  test('draws a network from pasted text', async () => {
    const { code, out, err } = await cli.run(['explain'], { input: text });
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('MAC address  b8:27:eb:12:34:56');
    expect(out).toContain('192.168.50.7/24');
  });

  test('gives the whole reading as JSON', async () => {
    const { out } = await cli.run(['explain', '--json'], { input: text });
    expect(JSON.parse(out)).toMatchObject({
      recognised: ['ifconfig'],
      snapshot: { interfaces: [{ name: 'eth0', mac: 'b8:27:eb:12:34:56', mtu: 1500 }] },
    });
  });

  test('of text that is no network fails with what to paste', async () => {
    const { code, err } = await cli.run(['explain'], { input: 'once upon a time\n' });
    expect(code).toBe(1);
    expect(err).toContain('Paste what ifconfig');
  });
});

describe('Ctrl+C', () => {
  test('ends the wait for standard input', async () => {
    const { child, result } = cli.startRaw(['explain'], { input: null });
    // More than the pipe holds: it is through once it is read.
    await new Promise((read) => child.stdin?.write('x'.repeat(1024 * 1024), read));
    child.kill('SIGINT');
    expect(await result).toMatchObject({ code: 130, out: '', err: '' });
  });

  test.each([[['deploy', 'practice']], [['discover', '--wait', '3600']]])(
    'before %j has begun is not forgotten',
    async (args) => {
      const folder = join(cli.dataDir, 'stopped-early');
      const said = { out: new PassThrough(), err: new PassThrough(), input: new PassThrough(), interactive: false };
      const argv = [...args, '--data-dir', folder, '--networks', '127.0.0.0/24'];
      const surroundings = { terminal: said, signal: AbortSignal.abort(), outDir, resourcesPath: undefined };
      expect(await runCli(argv, surroundings)).toBe(130);
      expect(await readdir(folder)).not.toContain('practice');
    },
  );
});

describe('network', () => {
  test('reads this computer, as words, as ifconfig and as JSON', async () => {
    const [words, classic, json] = await Promise.all([
      cli.run(['network']),
      cli.run(['network', 'practice', '--ifconfig']),
      cli.run(['network', '--json']),
    ]);
    expect(words.out).toMatch(/^MAC address {2}/);
    expect(classic.out).toMatch(/^lo: flags=|\nlo: flags=/);
    expect(JSON.parse(json.out)).toMatchObject({ about: 'this-computer' });
    expect([words.code, classic.code, json.code]).toEqual([0, 0, 0]);
  });

  test('of a word that is no device says how to name one', async () => {
    const { code, err } = await cli.run(['network', 'nowhere']);
    expect(code).toBe(2);
    expect(err).toContain('“nowhere” is no device of your list.\nWrite user@host');
  });
});

describe('dns', () => {
  async function dnsServer(): Promise<string> {
    const socket = createSocket('udp4');
    socket.on('message', (bytes, from) => {
      const query = decode(bytes);
      const [question] = query.questions ?? [];
      const known = question?.name === 'lab.example' && question.type === 'A';
      const answers = known ? [{ type: 'A' as const, name: 'lab.example', ttl: 60, data: '192.0.2.44' }] : [];
      // 3 is NXDOMAIN (RFC 1035, section 4.1.1).
      const flags = question?.name === 'lab.example' ? 0 : 3;
      socket.send(
        encode({ type: 'response', id: query.id, flags, questions: query.questions, answers }),
        from.port,
        from.address,
      );
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    closing.push(() => socket.close());
    return `127.0.0.1:${socket.address().port}`;
  }

  test('asks the server that is named and prints its answer', async () => {
    const server = await dnsServer();
    const { code, out } = await cli.run(['dns', 'lab.example', '--server', server, '--only']);
    expect(out).toContain('192.0.2.44');
    expect(code).toBe(0);
  });

  test('of a name that nobody knows ends with 3', async () => {
    const server = await dnsServer();
    const { code, out } = await cli.run(['dns', 'gone.example', '--server', server, '--only', '--json']);
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({ name: 'gone.example', outcome: 'not-found' });
  });
});

describe('send', () => {
  test('prints exactly the bytes that come back, until the other side closes', async () => {
    const port = await serve((socket) =>
      socket.once('data', (chunk) => socket.end(Buffer.concat([chunk, Buffer.from([0, 255])]))),
    );
    const { code, bytes, err } = await cli.run(['send', '127.0.0.1', String(port), 'ON\\x0d\\n']);
    expect([code, err]).toEqual([0, '']);
    expect([...bytes]).toEqual([0x4f, 0x4e, 0x0d, 0x0a, 0, 255]);
  });

  test.each([
    ['hex', '4f 4e', 'ON'],
    ['python', "b'O\\x4e'", 'ON'],
    ['text', 'a\\n', 'a\\n'],
  ])('reads the payload as %s', async (format, payload, sent) => {
    const port = await serve((socket) => socket.once('data', (chunk) => socket.end(chunk)));
    const { out } = await cli.run(['send', '127.0.0.1', String(port), payload, '--format', format]);
    expect(out).toBe(sent);
  });

  test('sends standard input, says that no more comes, and reads on to the end', async () => {
    const port = await serve((socket) => {
      let got = '';
      socket.setEncoding('utf8').on('data', (text: string) => (got += text));
      socket.on('end', () => setTimeout(() => socket.end(`${got.length} bytes`), 50));
    });
    const input = 'x'.repeat(100_000);
    const { code, out } = await cli.run(['send', '127.0.0.1', String(port), '--half-close', '--wait', '0'], { input });
    expect([code, out]).toEqual([0, '100000 bytes']);
  });

  test('gives the transcript as JSON lines', async () => {
    const port = await serve((socket) => socket.once('data', () => socket.end('OK ON\n')));
    const { out } = await cli.run(['send', '127.0.0.1', String(port), 'ON', '--json']);
    const entries = out
      .trim()
      .split('\n')
      .map((line): { kind: string; direction: string; text?: string } => JSON.parse(line));
    expect(entries.map(({ kind, direction, text }) => [kind, direction, text])).toContainEqual([
      'data',
      'received',
      'OK ON\n',
    ]);
    expect(entries.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['connect', 'data', 'close']));
  });

  test('to a port where nobody listens fails in words, with the system’s meaning and what to do', async () => {
    const { code, out, err } = await cli.run(['send', '127.0.0.1', String(await freePort()), 'ON']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/\.\n.*\.\n$/);
    expect(err).not.toContain('    at ');
  });

  test('ends at Ctrl+C with 130 while the other side keeps silent', async () => {
    let reached: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => (reached = resolve));
    const port = await serve((socket) => socket.on('data', () => reached()));
    const run = cli.start(['send', '127.0.0.1', String(port), 'ON', '--half-close']);
    await arrived;
    run.child.kill('SIGINT');
    expect((await run.result).code).toBe(130);
  });
});

test('a pipe that the next program closes, as head does, is no error', async () => {
  let stopped: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => (stopped = resolve));
  const port = await serve((socket) => {
    const pour = setInterval(() => socket.write('line\n'.repeat(2000)), 5);
    socket.on('close', () => {
      clearInterval(pour);
      stopped();
    });
  });
  const run = cli.start(['send', '127.0.0.1', String(port), 'x', '--wait', '60000']);
  run.child.stdout?.once('data', () => run.child.stdout?.destroy());
  const { code, err } = await run.result;
  expect(code).toBe(0);
  expect(err).not.toMatch(/EPIPE|^\s+at /m);
  await gone;
});

describe('listen', () => {
  const listening = async (args: readonly string[]) => {
    const run = cli.start(['listen', '0', ...args]);
    await expect.poll(() => run.err(), { timeout: 10_000 }).toMatch(/Listening on 127\.0\.0\.1:\d+/);
    return { run, port: Number(/Listening on 127\.0\.0\.1:(\d+)/.exec(run.err())?.[1]) };
  };

  test('prints exactly what arrives and says who came, until so many have gone', async () => {
    const { run, port } = await listening(['--connections', '1']);
    connect(port, '127.0.0.1').end(Buffer.from([0x48, 0x69, 0xff]));
    const { code, bytes, err } = await run.result;
    expect([code, [...bytes]]).toEqual([0, [0x48, 0x69, 0xff]]);
    expect(err).toMatch(/127\.0\.0\.1:\d+ connected\./);
  });

  test('answers as the LED agent does, and ends at Ctrl+C', async () => {
    const { run, port } = await listening(['--answer', 'led']);
    const { out } = await cli.run(['send', '127.0.0.1', String(port), 'ON', '--wait', '300']);
    expect(out).toContain('OK ON');
    run.child.kill('SIGINT');
    expect((await run.result).code).toBe(0);
  });

  test('on a port that is taken fails, and says so', async () => {
    const port = await serve(() => undefined);
    const { code, err } = await cli.run(['listen', String(port)]);
    expect(code).toBe(1);
    expect(err).toContain(`Port ${port} is already in use`);
  });

  test('keeps no transcript unless asked', async () => {
    const { run, port } = await listening(['--connections', '1']);
    connect(port, '127.0.0.1').end('x');
    await run.result;
    expect(await readdir(join(cli.dataDir, 'console'))).toEqual([]);
  });
});

describe('discover', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({ address: '127.0.0.71', config: ['VersionAddendum Raspbian-5+deb12u3'] });
  });
  afterAll(() => sshd.stop());

  test('finds a real SSH server, and says why it may be a Pi', async () => {
    const { code, out, err } = await cli.run([
      'discover',
      '--wait',
      '0',
      '--ssh-port',
      String(sshd.port),
      '--agent-port',
      '1',
    ]);
    expect(err).toContain('Asking 254 addresses in 127.0.0.0/24 ...');
    expect(out).toMatch(/127\.0\.0\.71 +127\.0\.0\.71 +- +likely +SSH says Raspbian; SSH open on \d+/);
    expect(code).toBe(0);
  });

  test('gives search, sources and devices as JSON', async () => {
    const { out } = await cli.run([
      'discover',
      '--json',
      '--wait',
      '0',
      '--ssh-port',
      String(sshd.port),
      '--agent-port',
      '1',
    ]);
    expect(JSON.parse(out)).toMatchObject({
      search: { phase: 'done', total: 254, asked: 254 },
      devices: [{ ssh: { port: sshd.port, state: 'open', hostKey: await sshd.fingerprint() }, likelihood: 'likely' }],
    });
  });

  test('that finds nothing ends with 3 and says what to check', async () => {
    const { code, out, err } = await cli.run([
      'discover',
      '--wait',
      '0',
      '--ssh-port',
      String(await freePort('127.0.0.1')),
      '--agent-port',
      '1',
    ]);
    expect([code, out]).toEqual([3, '']);
    expect(err).toContain('Is the Pi on, and in the same network?');
  });

  test('that only knows of one from ~/.ssh/config lists it, and has found nothing', async () => {
    await mkdir(join(cli.home, '.ssh'), { recursive: true });
    const config = join(cli.home, '.ssh/config');
    await writeFile(config, 'Host bench-pi\n  HostName 127.0.0.9\n');
    closing.push(() => rm(config));
    const { code, out, err } = await cli.run(['discover', '--no-search', '--wait', '3']);
    expect(out).toMatch(/bench-pi .*127\.0\.0\.9 .*not heard/);
    expect(err).toContain('Nothing that answers was found.');
    expect(code).toBe(3);
  });

  test('refuses a search of more than 4096 addresses without --large, and ends one at once by Ctrl+C', async () => {
    const large = ['discover', '--wait', '0', '--networks', '127.16.0.0/19', '--data-dir', cli.dataDir];
    const refused = await cli.startRaw(large).result;
    expect([refused.code, refused.out]).toEqual([1, '']);
    expect(refused.err).toContain('This search asks 8,190 addresses and takes minutes.');
    expect(refused.err).toContain('or agree to it with --large.');
    // It says nothing, so the search waits for it at each address.
    const silent = createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '0.0.0.0');
    await once(silent, 'listening');
    closing.push(() => silent.close());
    const port = (silent.address() as AddressInfo).port;
    const asked = once(silent, 'connection');
    const { child, result } = cli.startRaw([...large, '--large', '--json', '--ssh-port', String(port)]);
    await asked;
    child.kill('SIGINT');
    const { code, out } = await result;
    expect(code).toBe(130);
    expect(JSON.parse(out)).toMatchObject({ search: { phase: 'stopped', total: 8190 } });
  });
});
