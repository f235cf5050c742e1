import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect, run } from '../integration/console/support/peers.ts';
import { afterwards } from '../integration/console/support/sessions.ts';
import { startApp, type RunningApp } from './support/app.ts';
import { ConsolePage } from './support/console-page.ts';

let app: RunningApp;
let ui: ConsolePage;

beforeAll(async () => {
  app = await startApp();
  ui = await ConsolePage.open(app);
});
afterAll(async () => {
  await app.stop();
  expect(ui.faults).toEqual([]);
});
beforeEach(() => ui.newSession());

/** A Python client of a port that prints what each `recv()` gives. */
const pythonClient = (port: number) =>
  run('python3', [
    '-uc',
    `
import socket
s = socket.create_connection(('127.0.0.1', ${port}))
print('connected')
try:
    while data := s.recv(100): print(data)
    print(data)
except OSError as error: print(type(error).__name__)`,
  ]);

describe('a listener that refuses new clients', () => {
  test('breaks them off, keeps those it has, and takes new ones when asked again', async () => {
    const port = await ui.listen();
    const before = pythonClient(port);
    await ui.row('Accepted').waitFor();
    await ui.page.getByRole('switch', { name: 'Refuse new clients' }).click();
    await ui.text('Listening, refusing clients').waitFor();
    const refused = pythonClient(port);
    await expect.poll(refused.output).toBe('connected\nConnectionResetError\n');
    await ui.row('Refused 127.0.0.1').waitFor();
    await app.screenshot('console-listener-refusing');
    await ui.send("b'still here'");
    await expect.poll(before.output).toBe("connected\nb'still here'\n");
    await ui.page.getByRole('switch', { name: 'Refuse new clients' }).click();
    const after = pythonClient(port);
    await ui.text('2 open, 3 in all').waitFor();
    await ui.send("b'welcome'");
    await expect.poll(after.output).toBe("connected\nb'welcome'\n");
  });
});

describe('rules', () => {
  const field = (rule: number, label: string) =>
    ui.page
      .locator('ol > li')
      .nth(rule)
      .getByLabel(label, { exact: label === 'Text' });

  test('are written in the form, refused where they cannot be used, and then answer by themselves', async () => {
    await ui.choose('Kind', 'TCP listener');
    await ui.page.getByLabel('Port', { exact: true }).fill('0');
    await ui.page.getByRole('radio', { name: 'Rules', exact: true }).check();
    await field(0, 'Text').fill('PING');
    await field(0, 'Answer with').fill('PONG\\r\\n');
    await field(0, 'At most').fill('1');
    await ui.button('Add a rule').click();
    await field(1, 'If it').selectOption('Matches the pattern');
    await field(1, 'Regular expression').fill('^set (\\w+=(.*)$');
    await field(1, 'Answer with').fill('$1 is $2\\n');
    await ui.button('Add a rule').click();
    await field(2, 'Text').fill('never');
    await ui.button('Listen').click();
    await ui.text('This is not a regular expression: unterminated group.').waitFor();
    await app.screenshot('console-rules');
    await field(1, 'Regular expression').fill('^set (\\w+)=(.*)$');
    await ui.button('Remove rule 3').click();
    await ui.button('Listen').click();
    const nc = run('nc', ['127.0.0.1', String(await ui.listeningPort())]);
    nc.stdin.write('a PING\nset led=on\nPING\nset speed=7\n');
    await expect.poll(nc.output).toBe('PONG\r\nled is on\nspeed is 7\n');
    await ui.row('speed is 7').waitFor();
  });

  test('match bytes by a hex mask in each chunk', async () => {
    await ui.choose('Kind', 'TCP listener');
    await ui.page.getByLabel('Port', { exact: true }).fill('0');
    await ui.page.getByRole('radio', { name: 'Rules', exact: true }).check();
    await ui.page.getByLabel('Hold the rules against').selectOption('Each chunk, as recv() returned it');
    while (await ui.button('Remove rule 2').isVisible()) await ui.button('Remove rule 2').click();
    await field(0, 'If it').selectOption('Has the bytes');
    await field(0, 'Hex mask').fill('02 ?? 0d');
    await field(0, 'Answer with').fill('\\x06');
    await field(0, 'At most').fill('');
    await ui.button('Listen').click();
    const peer = await connect(await ui.listeningPort());
    peer.write(Buffer.from([0x01, 0x02, 0xff, 0x0d]));
    await expect.poll(peer.received).toBe('\x06');
    await ui.row('ACK').waitFor();
  });
});

describe('a listener that echoes', () => {
  test('gives back every byte, and ends when the client has ended', async () => {
    const nc = run('nc', ['-N', '127.0.0.1', String(await ui.listen('Echo'))]);
    const bytes = randomBytes(300_000);
    nc.stdin.end(bytes);
    const [code] = (await once(nc, 'close')) as [number];
    expect([code, Buffer.from(nc.output(), 'latin1').equals(bytes)]).toEqual([0, true]);
    await ui.page.getByTitle('300,000 bytes sent, 300,000 received').waitFor();
    await ui.text('0 open, 1 in all').waitFor();
  });
});

describe('half-close', () => {
  test('of the client is shown, and it still gets an answer and then our end', async () => {
    const client = await connect(await ui.listen());
    client.end('question');
    await ui.row("recv() gives b''").waitFor();
    await ui.text('It has ended').waitFor();
    await ui.send("b'answer'");
    await expect.poll(client.received).toBe('answer');
    expect(client.readableEnded).toBe(false);
    await app.screenshot('console-half-closed');
    await ui.menu('Actions for client 1', 'End sending');
    await expect.poll(() => client.readableEnded).toBe(true);
    await ui.row('Closed: both sides have ended.').waitFor();
  });

  test('of this side leaves the client sending, and nothing more can be sent to it', async () => {
    const client = await connect(await ui.listen());
    await ui.row('Accepted').waitFor();
    await ui.menu('Actions for client 1', 'End sending');
    await expect.poll(() => client.readableEnded).toBe(true);
    await ui.text('You have ended').waitFor();
    client.write('one more thing');
    await ui.row('one more thing').waitFor();
    expect(await ui.button('Send').getAttribute('aria-disabled')).toBe('true');
    await ui.menu('Actions for client 1', 'Reset');
    await ui.row('Broken off by this side (reset).').waitFor();
  });
});

describe('a listener that is stopped', () => {
  test('says BYE to the clients of its LED before it closes', async () => {
    const port = await ui.listen('LED agent');
    const client = pythonClient(port);
    await ui.row('Accepted').waitFor();
    await ui.button('Stop listening').click();
    await expect.poll(client.output).toBe("connected\nb'BYE\\n'\nb''\n");
    await ui.row('Stopped listening.').waitFor();
    await ui.row('BYE').waitFor();
    await ui.button('Listen again').click();
    expect(await ui.listeningPort(2)).toBeGreaterThan(0);
  });
});

describe('UDP', () => {
  test('a listener answers each sender by itself, and speaks to one of them', async () => {
    const port = await ui.listen('Echo', 'UDP listener');
    const nc = run('nc', ['-u', '127.0.0.1', String(port)]);
    nc.stdin.write('from nc');
    await expect.poll(nc.output).toBe('from nc');
    const other = createSocket('udp4').bind(0, '127.0.0.1');
    afterwards(() => other.close());
    await once(other, 'listening');
    const got: string[] = [];
    other.on('message', (message) => got.push(message.toString()));
    other.send('one', port, '127.0.0.1');
    await expect.poll(() => got).toEqual(['one']);
    other.send('two', port, '127.0.0.1');
    await expect.poll(() => got).toEqual(['one', 'two']);
    await ui.menu('Actions for client 2', 'Send only to this one');
    await ui.send("b'by hand'");
    await expect.poll(() => got).toEqual(['one', 'two', 'by hand']);
    expect(nc.output()).toBe('from nc');
    await app.screenshot('console-udp-listener');
  });

  test('a client sends datagrams to Python, and keeps each answer whole', async () => {
    const python = run('python3', [
      '-uc',
      `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])
while True:
    data, address = s.recvfrom(2048); print(data)
    s.sendto(b'got ' + data, address); s.sendto(b'and more', address)`,
    ]);
    await expect.poll(python.output).toMatch(/^\d+\n/);
    await ui.connect(Number.parseInt(python.output(), 10), '127.0.0.1', 'UDP client');
    await ui.send("b'hello'");
    await expect.poll(python.output).toContain("b'hello'\n");
    await ui.row('got hello').waitFor();
    await ui.row('and more').waitFor();
    await ui.page.getByTitle('5 bytes sent, 17 received').waitFor();
  });

  test('says that nothing listens there, and can send again', async () => {
    const taken = createSocket('udp4').bind(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address();
    taken.close();
    await ui.connect(port, '127.0.0.1', 'UDP client');
    await ui.send("b'anyone'");
    await ui.row('the other machine said that the port is unreachable').waitFor();
    await app.screenshot('console-udp-refused');
    const late = createSocket('udp4').bind(port, '127.0.0.1');
    afterwards(() => late.close());
    await once(late, 'listening');
    late.on('message', (message, { port: from, address }) => late.send(`here: ${message.toString()}`, from, address));
    await ui.send("b'again'");
    await ui.row('here: again').waitFor();
  });
});
