import { execFile } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AgentBuild, RunningAgent } from './agent-process.ts';
import { buildAgent } from './agent-process.ts';
import { LineClient } from './line-client.ts';

let build: AgentBuild;
let agent: RunningAgent;
const clients: LineClient[] = [];

beforeAll(async () => {
  build = await buildAgent();
  agent = await build.start();
});
afterAll(() => build.dispose());
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

async function join(): Promise<LineClient> {
  const client = await LineClient.connect(agent.ledPort);
  clients.push(client);
  return client;
}

async function freshOff(): Promise<LineClient> {
  const client = await join();
  expect(await client.ask('OFF')).toBe('OK OFF');
  return client;
}

/** Runs a program with this input; its output when it ended well. */
function run(program: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, [...args], { timeout: 20_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stderr}`));
      else resolve(stdout);
    });
    child.stdin?.end(input);
  });
}

describe('commands', () => {
  test.each([
    ['ONOFF', ['OK ON', 'OK OFF']],
    ['ONOFFON', ['OK ON', 'OK OFF', 'OK ON']],
    ['ON\nOFF\n', ['OK ON', 'OK OFF']],
    ['ON', ['OK ON']],
    ['ON\n', ['OK ON']],
    ['ON\r\n', ['OK ON']],
    [' ON \n', ['OK ON']],
    ['on\n', ['OK ON']],
    ['oN tOgGlE\tstatus\r\nPing', ['OK ON', 'OK OFF', 'OK OFF', 'OK PONG']],
    ['PULSE 5000\r\nOFF', ['OK ON PULSE 5000', 'OK OFF']],
    ['BLINK 5000\nSTATUS off', ['OK ON BLINK 5000', 'OK ON BLINK 5000', 'OK OFF']],
  ])('in one segment, %j, are answered one by one', async (sent, right) => {
    const client = await freshOff();
    client.send(sent + 'QUIT');
    expect(await client.rest()).toEqual([...right, 'OK BYE']);
  });

  test('cut at every byte are the same commands', async () => {
    const stream = 'on\r\nOFF toggle\nBLINK 5000\nSTATUSOFF\r\nhello world\nPULSE 5000\rwatchUNWATCHoff';
    const answers: (string | null)[][] = [];
    for (let at = 1; at < stream.length; at += 1) {
      const client = await freshOff();
      client.send(stream.slice(0, at));
      await wait(1);
      client.send(stream.slice(at));
      answers.push(await client.take(11));
      client.destroy();
    }
    const whole = await freshOff();
    whole.send(stream);
    const right = await whole.take(11);
    expect(right).toEqual([
      'OK ON',
      'OK OFF',
      'OK ON',
      'OK ON BLINK 5000',
      'OK ON BLINK 5000',
      'OK OFF',
      'ERR unknown-command "hello world": not a command, send HELP for the list',
      'OK ON PULSE 5000',
      'OK ON PULSE 5000',
      'OK UNWATCH',
      'OK OFF',
    ]);
    expect(answers).toEqual(answers.map(() => right));
  });

  test('sent one byte at a time are answered when their last byte arrives', async () => {
    const client = await freshOff();
    const replies = [];
    for (const byte of 'ONOFFON') {
      client.send(byte);
      await wait(5);
      replies.push(...client.unread());
    }
    expect(replies).toEqual(['OK ON', 'OK OFF', 'OK ON']);
  });

  test('half of one client and half of another are no command', async () => {
    const one = await freshOff();
    const other = await join();
    one.send('O');
    other.send('N');
    expect(await other.next()).toBe('ERR unknown-command "N": not a command, send HELP for the list');
    expect(await (await join()).ask('STATUS')).toBe('OK OFF');
  });

  test('that come a byte a second are forgotten two seconds after the last, and others are served meanwhile', async () => {
    const client = await freshOff();
    const other = await join();
    let forgotten = '';
    // On a busy machine more than two seconds may lie between the bytes, and each is forgotten by itself.
    const told = async (): Promise<true> => {
      const unfinished = /^ERR unfinished "([TO]+)": not finished; BLINK, PULSE and AUTH end with a newline$/;
      while (forgotten.length < 2) forgotten += unfinished.exec((await client.next()) ?? '')?.[1] ?? 'anything else';
      return true;
    };
    const isTold = told();
    for (const byte of 'TO') {
      client.send(byte);
      await wait(1000);
    }
    while (!(await Promise.race([isTold, wait(20, false)]))) expect(await other.ask('PING')).toBe('OK PONG');
    expect(forgotten).toBe('TO');
    expect(await client.ask('NSTATUS\n')).toBe('ERR unknown-command "NSTATUS": not a command, send HELP for the list');
    expect(await client.ask('STATUS')).toBe('OK OFF');
  });

  test.each([
    ['BLINK\n', 'BLINK takes a whole number of milliseconds from 20 to 60000, as in BLINK 500'],
    ['BLINK 0\n', 'BLINK takes a whole number of milliseconds from 20 to 60000, as in BLINK 500'],
    ['PULSE 1e3\n', 'PULSE takes a whole number of milliseconds from 1 to 60000, as in PULSE 200'],
  ])('%j says what it takes and changes nothing', async (sent, sentence) => {
    const client = await freshOff();
    expect([await client.ask(sent), await client.ask('STATUS')]).toEqual([`ERR bad-value ${sentence}`, 'OK OFF']);
  });

  test('ended by the end of sending are answered before the agent closes too', async () => {
    const client = await freshOff();
    client.send('ON STATUS');
    client.end();
    expect(await client.rest()).toEqual(['OK ON', 'OK ON']);
  });

  test('INFO says what the agent is, in one line of key=value', async () => {
    const client = await join();
    expect(await client.ask('INFO')).toMatch(
      /^OK version=\d+\.\d+\.\d+ protocol=1 gpio=27 header-pin=13 driver=simulated simulated=yes level=(ON|OFF) access=local uptime=\d+ clients=\d+ watchers=0 refused-clients=0 led-port=\d+ echo-port=\d+ host=\S+ pid=\d+ node=v[\d.]+ refused=""$/,
    );
  });

  test('WHO names everyone connected', async () => {
    const one = await join();
    const other = await join();
    const address = `127.0.0.1:${one.socket.localPort}`;
    expect(await other.ask('WHO')).toMatch(
      new RegExp(`^OK count=\\d+ you=127.0.0.1:${other.socket.localPort} others=.*${address}`),
    );
  });

  test('IDENTIFY says so where there is no activity LED', async () => {
    expect(await (await join()).ask('IDENTIFY')).toMatch(/^ERR (no-activity-led|not-permitted) /);
  });
});

describe('other programs that find the port (ngircd#343)', () => {
  test('an HTTP request never switches the LED and is told what this is', async () => {
    const client = await freshOff();
    client.send('GET / HTTP/1.1\r\nHost: pi\r\nConnection: close\r\nON: on\r\n\r\nON');
    expect(await client.rest()).toEqual([
      'ERR not-led "GET / HTTP/1.1": this port speaks the LED protocol, not HTTP or TLS; closing',
    ]);
    expect(await (await join()).ask('STATUS')).toBe('OK OFF');
  });

  test('a real HTTP client gets an error, not a hang', async () => {
    await freshOff();
    await expect(fetch(`http://127.0.0.1:${agent.ledPort}/`, { method: 'POST', body: 'ON' })).rejects.toThrow();
    expect(await (await join()).ask('STATUS')).toBe('OK OFF');
  });

  test('a TLS hello with random bytes never switches the LED', async () => {
    for (let times = 0; times < 20; times += 1) {
      const client = await freshOff();
      const noise = Buffer.from(Array.from({ length: 300 }, (_, at) => (at * 7919 + times * 104_729) % 256));
      client.send(Buffer.concat([Buffer.from([0x16, 0x03, 0x01]), Buffer.from('ON\nON'), noise]));
      expect(await client.rest()).toEqual([expect.stringMatching(/^ERR not-led /)]);
      expect(await (await join()).ask('STATUS')).toBe('OK OFF');
    }
  });
});

describe('watching', () => {
  test('everyone who asked gets each change once, in order, with its number', async () => {
    const actor = await freshOff();
    const [first, second] = [await join(), await join()];
    expect([await first.ask('WATCH'), await second.ask('WATCH')]).toEqual(['OK OFF', 'OK OFF']);
    for (const order of ['ON', 'ON', 'OFF', 'TOGGLE']) await actor.ask(order);
    const seen = await first.take(3);
    const number = Number(/\d+/.exec(seen[0] ?? '')?.[0]);
    const right = [`STATE ${number} ON`, `STATE ${number + 1} OFF`, `STATE ${number + 2} ON`];
    expect(seen).toEqual(right);
    expect(await second.take(3)).toEqual(right);
    // Nothing more was told: the next thing each hears is the answer to its own question.
    expect([await first.ask('PING'), await second.ask('PING')]).toEqual(['OK PONG', 'OK PONG']);
  });

  test('its own change is told after its own answer', async () => {
    const client = await freshOff();
    await client.ask('WATCH');
    client.send('ONTOGGLE');
    expect((await client.take(4)).map((line) => line?.replace(/\d+/, 'n'))).toEqual([
      'OK ON',
      'STATE n ON',
      'OK OFF',
      'STATE n OFF',
    ]);
  });

  test('one who comes late asks for the state and gets it', async () => {
    const actor = await freshOff();
    await actor.ask('ON');
    expect(await (await join()).ask('STATUS')).toBe('OK ON');
    expect(await (await join()).ask('WATCH')).toBe('OK ON');
  });

  test('UNWATCH ends it', async () => {
    const watcher = await freshOff();
    await watcher.ask('WATCH');
    await watcher.ask('UNWATCH');
    await (await join()).ask('ON');
    expect(await watcher.ask('PING')).toBe('OK PONG');
  });

  test('goes on for one who ended its sending', async () => {
    const watcher = await freshOff();
    await watcher.ask('WATCH');
    watcher.end();
    await wait(20);
    await (await join()).ask('ON');
    expect(await watcher.next()).toMatch(/^STATE \d+ ON$/);
  });
});

describe('clients of other makes', () => {
  test('nc', async () => {
    const sent = 'ON\nSTATUS\nOFF\nPING\nQUIT\n';
    expect(await run('nc', ['127.0.0.1', String(agent.ledPort)], sent)).toBe('OK ON\nOK ON\nOK OFF\nOK PONG\nOK BYE\n');
  });

  test('nc that ends its sending', async () => {
    expect(await run('nc', ['-N', '127.0.0.1', String(agent.ledPort)], 'ONOFF')).toBe('OK ON\nOK OFF\n');
  });

  test("Python's socket, in five lines and without newlines", async () => {
    const program = `
import socket, sys
s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
for word in (b'ON', b'STATUS', b'OFF', b'toggle'):
    s.sendall(word)
    print(s.recv(1024))
`;
    expect(await run('python3', ['-c', program, String(agent.ledPort)])).toBe(
      "b'OK ON\\n'\nb'OK ON\\n'\nb'OK OFF\\n'\nb'OK ON\\n'\n",
    );
  });

  test('nc against the echo port', async () => {
    const text = 'ON\r\nanything \x00\x01 at all';
    expect(await run('nc', ['-N', '127.0.0.1', String(agent.echoPort)], text)).toBe(text);
  });
});

describe('the echo port', () => {
  test('gives back ten megabytes unchanged, also after the sender has ended', async () => {
    const sent = Buffer.alloc(10 * 1024 * 1024);
    for (let at = 0; at < sent.length; at += 1) sent[at] = (at * 31 + (at >> 8)) % 256;
    const { createHash } = await import('node:crypto');
    const client = await LineClient.connect(agent.echoPort);
    clients.push(client);
    const hash = createHash('sha256');
    client.socket.removeAllListeners('data');
    client.socket.on('data', (text: string) => hash.update(text, 'latin1'));
    client.socket.end(sent);
    await client.closed;
    expect(hash.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'));
  });
});
