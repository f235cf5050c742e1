import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildAgent, type AgentBuild, type RunningAgent } from '../integration/agent/agent-process.ts';
import { run, serve } from '../integration/console/support/peers.ts';
import { sleep } from '../integration/console/support/sessions.ts';
import { mostMegabytes, residentMegabytes } from '../integration/support/process-memory.ts';
import { startApp, type RunningApp } from './support/app.ts';
import { ConsolePage } from './support/console-page.ts';
import { look } from './support/look.ts';

let build: AgentBuild;
let agent: RunningAgent;
let app: RunningApp;
let ui: ConsolePage;
let clients = 0;
const echo = createServer((socket) => {
  clients += 1;
  socket.on('error', () => undefined).pipe(socket);
});
const echoPort = (): number => (echo.address() as AddressInfo).port;
let firstSentAt: number;

beforeAll(async () => {
  build = await buildAgent();
  agent = await build.start();
  app = await startApp();
  await app.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  ui = await ConsolePage.open(app);
  await once(echo.listen(0, '127.0.0.1'), 'listening');
  await ui.newSession();
  await ui.connect(echoPort());
  await ui.send("b'first'");
  firstSentAt = Date.now();
});
afterAll(async () => {
  await app.stop();
  await build.dispose();
  echo.close();
  expect(ui.faults).toEqual([]);
});
beforeEach(() => ui.newSession());

/** Has the agent switch its LED on and answer a ping, each in a chunk of its own. */
async function talkToAgent(): Promise<void> {
  await ui.connect(agent.ledPort);
  await ui.choose('Format', 'Python');
  await ui.send("b'ON'");
  await ui.row('OK ON').waitFor();
  await ui.send("b'PING'");
  await ui.row('OK PONG').waitFor();
}

/** Sets how much one `recv()` of the next session takes; the form keeps it for those after it. */
async function receiveAtMost(bytes: number): Promise<void> {
  const field = ui.page.getByLabel('Bytes per recv()');
  if (!(await field.isVisible())) await ui.page.getByText('More options').click();
  await field.fill(String(bytes));
}

describe('a CRLF cut between two chunks', () => {
  const shown = () => ui.page.getByRole('list', { name: 'Transcript' }).locator('code').allInnerTexts();

  test('ends one line, whether the chunks are shown apart or the rows are joined', async () => {
    const server = await serve(() => undefined);
    await ui.connect(server.port);
    await expect.poll(() => server.accepted.length).toBe(1);
    server.accepted[0]?.write('a\r');
    await ui.row('aCR').waitFor();
    server.accepted[0]?.write('\nb');
    await expect.poll(shown).toEqual(['aCR', 'LFb']);
    await app.screenshot('console-crlf-apart');
    await ui.button('Filter and times').click();
    await ui.page.getByLabel('Join rows').check();
    await expect.poll(shown).toEqual(['aCRLF\nb']);
    await ui.row('2 chunks').waitFor();
    await app.screenshot('console-crlf-joined');
    await ui.page.getByLabel('Join rows').uncheck();
    await expect.poll(shown).toEqual(['aCR', 'LFb']);
    expect(await ui.exported('Received bytes', 'crlf.bin')).toEqual(Buffer.from('a\r\nb'));
  });
});

describe('the flow diagram', () => {
  /** Each step: its time since the start, its call, and the way its arrow points. */
  async function steps(): Promise<string[]> {
    const list = ui.page.getByRole('list', { name: 'Transcript' });
    const all = await list.getByRole('listitem').evaluateAll((items) =>
      items.map((item) => ({
        time: item.querySelector('time')?.firstChild?.textContent?.trim() ?? '',
        call: item.querySelector('b')?.textContent ?? '',
        way: item.querySelector('[role=img]')?.getAttribute('aria-label') ?? 'no arrow',
      })),
    );
    const times = all.map(({ time }) => Number.parseFloat(time));
    expect(all.map(({ time }) => time)).toEqual(all.map(() => expect.stringMatching(/^\d+\.\d+ s$/) as string));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    return all.map(({ call, way }) => `${call}: ${way}`);
  }

  test('has each call of the client and of the listener between the two lifelines, with its time', async () => {
    const port = await ui.listen('Echo');
    await ui.newSession();
    await ui.connect(port);
    await ui.send("b'PING'");
    await ui.page.getByTitle('4 bytes sent, 4 received').waitFor();
    await ui.button('End sending').click();
    await ui.row('Closed').waitFor();
    await ui.choose('View', 'Flow');
    await expect
      .poll(steps)
      .toEqual([
        'connect(): client to server',
        'send, 4 bytes: client to server',
        'recv, 4 bytes: server to client',
        'shutdown(SHUT_WR): client to server',
        "recv() → b'': server to client",
        'close(): no arrow',
      ]);
    const transcript = ui.page.getByRole('region', { name: 'Transcript' });
    for (const end of ['Client', 'Server']) await transcript.getByText(end, { exact: true }).waitFor();
    await app.screenshot('console-flow-client');
    await ui.page.getByRole('tab', { name: new RegExp(`^Listen.*${port}`) }).click();
    await ui.choose('View', 'Flow');
    await expect
      .poll(steps)
      .toEqual([
        'listen(): no arrow',
        'accept(): client to server',
        'recv, 4 bytes: client to server',
        'send, 4 bytes: server to client',
        "recv() → b'': client to server",
        'shutdown(SHUT_WR): server to client',
        'close(): no arrow',
      ]);
    await app.screenshot('console-flow-listener');
  });
});

describe('searching by hex', () => {
  test('finds bytes wherever chunks were cut, goes from one match to the next, and refuses what is no hex', async () => {
    const server = await serve((socket) => {
      socket.write(Buffer.from([0x01, 0xfe]));
      socket.once('data', () => socket.write(Buffer.from([0xff, 0x02, 0xfe, 0xff])));
    });
    await ui.connect(server.port);
    await ui.row('2 bytes').waitFor();
    await ui.send("b'more'");
    await ui.page.getByTitle('4 bytes sent, 6 received').waitFor();
    await ui.button('Search').click();
    const search = ui.page.getByRole('search');
    const field = search.getByLabel('Search for');
    await search.getByText('Hex', { exact: true }).click();
    await field.fill('fe f');
    await field.press('Enter');
    await search.getByRole('alert').waitFor();
    await field.fill('FE:ff');
    await field.press('Enter');
    await search.getByText('1 of 2').waitFor();
    await app.screenshot('console-search-hex');
    await ui.button('Next match').click();
    await search.getByText('2 of 2').waitFor();
    await ui.button('Next match').click();
    await search.getByText('1 of 2').waitFor();
    await field.fill('00 00');
    await field.press('Enter');
    await search.getByText('Nothing found').waitFor();
  });
});

describe('going to a time', () => {
  test('brings the first row at or after it into sight, and refuses what is no time', async () => {
    const rows = (word: string): string => Array.from({ length: 2000 }, (_, i) => `${word}${i}`.padEnd(8)).join('');
    const server = await serve((socket) => {
      socket.write(rows('a'));
      socket.once('data', () => socket.write('marker!!'));
      socket.on('data', (chunk: Buffer) => chunk.includes('end') && socket.write(rows('z')));
    });
    await receiveAtMost(8);
    await ui.connect(server.port);
    await ui.row('a1999').waitFor();
    await ui.send("b'go'");
    const clock = /^\d\d:\d\d:\d\d\.\d\d\d/;
    const time = clock.exec(await ui.row('marker!!').innerText())?.[0] ?? '';
    await ui.send("b'end'");
    await ui.row('z1999').waitFor();
    expect(await ui.row('marker!!').count()).toBe(0);
    await ui.button('Filter and times').click();
    const field = ui.page.getByLabel('Go to time');
    await field.fill('noon');
    await ui.text('Type a time such as 14:03:07.5').waitFor();
    await field.fill(time);
    await field.press('Enter');
    await ui.row('marker!!').waitFor();
    await app.screenshot('console-go-to-time');
    await field.fill('+0');
    await field.press('Enter');
    await ui.row('Connected to').waitFor();
    await field.fill('23:59:59');
    await field.press('Enter');
    await ui.row('z1999').waitFor();
  });
});

describe('an export', () => {
  test('holds what crossed the socket, in each format', async () => {
    await talkToAgent();
    expect(await ui.exported('Sent bytes', 'sent.bin')).toEqual(Buffer.from('ONPING'));
    expect(await ui.exported('Received bytes', 'received.bin')).toEqual(Buffer.from('OK ON\nOK PONG\n'));
    const text = (await ui.exported('Text', 'session.txt')).toString().split('\n').slice(1);
    expect(text.map((line) => line.replace(/^\S+Z /, ''))).toEqual(
      ['> 1 2 bytes', 'ON', '< 1 6 bytes', 'OK ON␊', '> 1 4 bytes', 'PING', '< 1 8 bytes', 'OK PONG␊', ''].map(
        (line) => (/^[<>]|^$/.test(line) ? line : `    ${line}`),
      ),
    );
    const pcap = join(app.dataDir, 'session.pcapng');
    await ui.exported('Packet capture (pcapng)', 'session.pcapng');
    const payloads = execFileSync('tshark', ['-r', pcap, '-Y', 'tcp.len > 0', '-T', 'fields', '-e', 'tcp.payload'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(payloads.trim().split('\n')).toEqual(
      ['ON', 'OK ON\n', 'PING', 'OK PONG\n'].map((chunk) => Buffer.from(chunk).toString('hex')),
    );
  });

  test('as JSON Lines is opened again, on this computer or another', async () => {
    await talkToAgent();
    const lines = (await ui.exported('JSON Lines', 'session.jsonl')).toString().trim().split('\n');
    for (const line of lines) expect(JSON.parse(line)).toBeTypeOf('object');
    await ui.newSession();
    await ui.button('Open a file…').click();
    await ui.page.getByRole('dialog').getByLabel('JSON Lines file').fill(join(app.dataDir, 'session.jsonl'));
    await ui.page.getByRole('dialog').getByRole('button', { name: 'Open', exact: true }).click();
    await ui.text('Saved session').waitFor();
    await ui.row('OK PONG').waitFor();
    await ui.page.getByTitle('6 bytes sent, 14 received').waitFor();
  });

  test('replaces a file only when told to', async () => {
    await talkToAgent();
    await ui.exported('Received bytes', 'again.bin');
    await writeFile(join(app.dataDir, 'again.bin'), 'mine');
    const question = ui.page.getByRole('alertdialog');
    const replacing = ui.exported('Received bytes', 'again.bin');
    await question.getByText('again.bin exists already.').waitFor();
    await app.screenshot('console-replace');
    await question.getByRole('button', { name: 'Replace' }).click();
    expect((await replacing).toString()).toBe('OK ON\nOK PONG\n');
  });
});

describe('code', () => {
  test.each([
    ['Python', 'python3', '.py', "b'OK ON\\n'\nb'OK PONG\\n'\n"],
    ['nc', 'sh', '.sh', 'OK ON\nOK PONG\n'],
    ['Node', process.execPath, '.mjs', '<Buffer 4f 4b 20 4f 4e 0a>\n<Buffer 4f 4b 20 50 4f 4e 47 0a>\n'],
  ])('in %s, copied from the page, has the same said again', async (language, program, ending, output) => {
    await talkToAgent();
    await ui.menu('More for this session', 'Show as code…');
    const dialog = ui.page.getByRole('dialog');
    await dialog.getByRole('group', { name: 'Language' }).getByText(language, { exact: true }).click();
    await dialog.getByRole('button', { name: 'Copy program' }).click();
    const shown = await dialog.getByRole('region', { name: 'program' }).innerText();
    await expect.poll(() => ui.clipboard()).toContain(shown.trim());
    const path = join(app.dataDir, `program${ending}`);
    await writeFile(path, await ui.clipboard());
    const ended = spawnSync(program, [path], { encoding: 'utf8', timeout: 20_000 });
    expect([ended.stderr, ended.stdout]).toEqual(['', output]);
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await dialog.waitFor({ state: 'detached' });
  });
});

describe('a replay as the server', () => {
  test('answers a Python client as the agent did, on a port of this computer', async () => {
    await talkToAgent();
    await ui.menu('More for this session', 'Replay…');
    const dialog = ui.page.getByRole('dialog');
    await dialog.getByRole('radio', { name: 'Server' }).check();
    expect(await dialog.getByLabel('Listen on').inputValue()).toBe('127.0.0.1');
    expect(await dialog.getByLabel('Port').inputValue()).toBe('0');
    await ui.button('Start the replay').click();
    const port = await ui.listeningPort();
    const script = `
import socket
s = socket.create_connection(('127.0.0.1', ${port}))
for word in (b'ON', b'PING'):
    s.sendall(word)
    print(s.recv(100))
s.close()`;
    const python = run('python3', ['-uc', script]);
    await expect.poll(python.output).toBe("b'OK ON\\n'\nb'OK PONG\\n'\n");
    await ui.text('0 differences, finished').waitFor();
    await app.screenshot('console-replay-server');
  });
});

describe('the dialogs of a session', () => {
  test.each([
    ['More for this session', 'Export…'],
    ['More for this session', 'Show as code…'],
    ['More for this session', 'Replay…'],
    ['More for this session', 'Rename…'],
    ['More', 'Send again and again…'],
    ['More', 'Send a file…'],
    ['Snippets', 'Save what is typed…'],
  ])('%s, %s reads well in both themes, wide and narrow', async (menu, item) => {
    await talkToAgent();
    await ui.composer().fill("b'PING'");
    await ui.menu(menu, item);
    const dialog = ui.page.getByRole('dialog');
    await dialog.getByRole('heading').first().waitFor();
    await look(app, `console-dialog-${item.replace(/\W+/g, '-').toLowerCase()}`);
    await ui.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });
});

describe('a sender that pours bytes of no text', () => {
  test('has no more rows drawn than can be seen, the newest ones there, and takes little memory of the main process', async () => {
    const piece = Buffer.alloc(64 * 1024, Buffer.from('80ff01c3fe00a0f1', 'hex'));
    const server = await serve((socket) => {
      Readable.from(Array.from({ length: 4 * 1024 }, () => piece)).pipe(socket, { end: false });
    });
    const drawn = await ui.page.evaluateHandle(() => {
      const seen = { most: 0, empty: 0 };
      const look = (): void => {
        const rows = document.querySelectorAll('[role="listitem"]');
        const filled = document.querySelectorAll('[role="listitem"] code').length;
        seen.most = Math.max(seen.most, filled);
        if (seen.most > 0 && rows.length > 0 && filled === 0) seen.empty += 1;
      };
      new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
      return seen;
    });
    await receiveAtMost(piece.length);
    const before = residentMegabytes(app.pid);
    await ui.connect(server.port);
    await ui.page.getByTitle('0 bytes sent, 268,435,456 received').waitFor({ timeout: 60_000 });
    const { most, empty } = await drawn.jsonValue();
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(20);
    expect(empty).toBe(0);
    expect(mostMegabytes(app.pid) - before).toBeLessThan(150);
  });
});

describe('a session that was opened before all of this', () => {
  const received = async (): Promise<string[]> => {
    const rows = ui.page.getByRole('listitem').filter({ hasText: 'Received' }).locator('code');
    return (await rows.allInnerTexts()).map((text) => text.trim());
  };

  test('sends and receives over the same connection a minute later', async () => {
    await ui.page.getByRole('tab', { name: String(echoPort()) }).click();
    await ui.page.getByTitle('5 bytes sent, 5 received').waitFor();
    await ui.send("b' second'");
    await ui.page.getByTitle('12 bytes sent, 12 received').waitFor();
    await sleep(firstSentAt + 60_000 - Date.now());
    await ui.send("b' third'");
    await ui.page.getByTitle('18 bytes sent, 18 received').waitFor();
    await expect.poll(received).toEqual(['first', 'second', 'third']);
    expect(clients).toBe(1);
  });
});
