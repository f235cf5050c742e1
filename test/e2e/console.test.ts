import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildAgent, type AgentBuild, type RunningAgent } from '../integration/agent/agent-process.ts';
import { run, serve } from '../integration/console/support/peers.ts';
import { freePort } from '../integration/support/free-port.ts';
import { startApp, type RunningApp } from './support/app.ts';
import { barriers, noBarriers } from './support/axe.ts';
import { ConsolePage } from './support/console-page.ts';

let build: AgentBuild;
let agent: RunningAgent;
let app: RunningApp;
let ui: ConsolePage;

beforeAll(async () => {
  build = await buildAgent();
  agent = await build.start();
  app = await startApp();
  ui = await ConsolePage.open(app);
});
afterAll(async () => {
  await app.stop();
  await build.dispose();
  expect(ui.faults).toEqual([]);
});
/** Every test begins at the form for a new session. */
beforeEach(() => ui.newSession());

describe('a TCP client', () => {
  test('shows the exact bytes before they go, and each chunk with time, direction, length, text and hex', async () => {
    await ui.connect(agent.ledPort);
    await ui.row(`Connected to 127.0.0.1:${agent.ledPort}`).waitFor();
    await ui.composer().fill("b'ON'");
    await app.page.getByText('4f 4e', { exact: true }).waitFor();
    await ui.button('Send').click();
    await ui.choose('View', 'Both');
    const answer = await ui.row('OK ON').innerText();
    expect(answer.replace(/\s+/g, ' ')).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} Received 6 bytes OK ONLF 00000000 4f 4b 20 4f 4e 0a OK ON\.$/,
    );
    await ui.choose('View', 'Flow');
    expect((await ui.row('OK ON').innerText()).replace(/\s+/g, ' ')).toContain("recv, 6 bytes b'OK ON\\n'");
    await app.screenshot('console-flow');
    await ui.choose('View', 'Text');
  });

  test('keeps the characters of a full line of a hex dump apart from its bytes', async () => {
    const server = await serve((socket) => socket.write('0123456789abcdef'));
    await ui.connect(server.port);
    await ui.choose('View', 'Hex');
    await ui.row('0123456789abcdef').waitFor();
    expect(await ui.row('0123456789abcdef').innerText()).toContain('65 66  0123456789abcdef');
    await app.screenshot('console-hex');
    await ui.choose('View', 'Text');
  });

  test('has buttons for the LED that say what they send', async () => {
    await ui.connect(agent.ledPort);
    await ui.menu('More', 'Show the LED buttons');
    await ui.button("Off b'OFF'").click();
    await ui.row('OK OFF').waitFor();
    await ui.button("Toggle b'TOGGLE'").click();
    await ui.row('OK ON').waitFor();
    await ui.button("Status b'STATUS'").click();
    await app.page.getByTitle('15 bytes sent, 19 received').waitFor();
    await app.screenshot('console-led-buttons');
  });

  test('sends text with the chosen line ending', async () => {
    const server = await serve((socket) => socket.on('data', (chunk) => socket.write(chunk.toString('hex'))));
    await ui.connect(server.port);
    await ui.choose('Format', 'Text');
    for (const [ending, hex] of [
      ['none', '4f4e'],
      ['lf', '4f4e0a'],
      ['cr', '4f4e0d'],
      ['crlf', '4f4e0d0a'],
    ] as const) {
      await app.page.getByLabel('Line ending').selectOption(ending);
      await ui.send('ON');
      await app.page.getByRole('listitem').getByText(hex, { exact: true }).waitFor();
    }
  });

  test('sends text in the chosen encoding, shows its bytes before, and refuses what it cannot say', async () => {
    let got = '';
    const server = await serve((socket) => socket.on('data', (chunk) => (got += chunk.toString('hex'))));
    await ui.connect(server.port);
    await ui.choose('Format', 'Text');
    const preview = (text: string) => app.page.getByRole('region', { name: 'Send', exact: true }).getByText(text);
    await ui.composer().fill('°');
    await preview('c2 b0').waitFor();
    const encoding = app.page.getByLabel('Encoding');
    await encoding.selectOption('latin-1');
    await preview('c2 b0').waitFor({ state: 'detached' });
    await preview('b0').waitFor();
    await ui.send('°');
    await expect.poll(() => got).toBe('b0');
    await ui.composer().fill('5 €');
    await preview('At character 3:').waitFor();
    await ui.composer().press('Enter');
    expect(await ui.button('Send').getAttribute('aria-disabled')).toBe('true');
    await app.screenshot('console-latin-1');
    await encoding.selectOption('utf-8');
    await ui.send('5 €');
    await expect.poll(() => got).toBe('b03520e282ac');
  });

  test('refuses hex that cannot be used at its place, and sends nothing', async () => {
    const server = await serve((socket) => socket.resume());
    await ui.connect(server.port);
    await ui.choose('Format', 'Hex');
    await ui.composer().fill('4G');
    await ui.composer().press('Enter');
    await app.page.getByText('At character 2:').waitFor();
    expect(await ui.button('Send').getAttribute('aria-disabled')).toBe('true');
    expect(await ui.composer().inputValue()).toBe('4G');
    await ui.send('4F:4E');
    await expect.poll(() => server.accepted[0]?.bytesRead, { timeout: 15_000 }).toBe(2);
  });

  test('is not opened with a port of its own that cannot be used, which is said beside the field', async () => {
    const server = await serve((socket) => socket.write('in'));
    const own = app.page.getByLabel('Port on this side');
    const fold = app.page.getByText('More options', { exact: true });
    await ui.choose('Kind', 'TCP client');
    await fold.click();
    await own.fill('99999');
    await fold.click();
    await ui.connect(server.port);
    await app.page.getByText('99999 is too large. Enter a whole number from 1 to 65535.').waitFor();
    expect([await own.inputValue(), server.accepted.length]).toEqual(['99999', 0]);
    await own.fill('');
    await ui.button('Connect').click();
    await ui.row('in').waitFor();
  });

  test('brings back what was sent before with the arrow keys', async () => {
    const server = await serve((socket) => socket.resume());
    await ui.connect(server.port);
    await ui.choose('Format', 'Text');
    await ui.send('A');
    await ui.send('B');
    await ui.composer().fill('typed');
    await ui.composer().press('ArrowUp');
    expect(await ui.composer().inputValue()).toBe('B');
    await ui.composer().press('ArrowUp');
    expect(await ui.composer().inputValue()).toBe('A');
    await ui.composer().press('ArrowDown');
    await ui.composer().press('ArrowDown');
    expect(await ui.composer().inputValue()).toBe('typed');
    await ui.menu('More', 'Forget the history');
    await ui.text('What was sent before is forgotten').waitFor();
    await ui.composer().press('ArrowUp');
    expect(await ui.composer().inputValue()).toBe('typed');
  });

  test('sends snippets, the same again and again, and a file', async () => {
    const got: Buffer[] = [];
    const received = (): string => Buffer.concat(got).toString('latin1');
    const server = await serve((socket) => socket.on('data', (chunk: Buffer) => got.push(chunk)));
    await ui.connect(server.port);
    await ui.menu('Snippets', 'HTTP GET');
    const get = 'GET / HTTP/1.1\r\nHost: raspberrypi.local\r\nConnection: close\r\n\r\n';
    await ui.button('Show more bytes').click();
    const hex = Buffer.from(get)
      .toString('hex')
      .replace(/..(?!$)/g, '$& ');
    await app.page.getByText(hex, { exact: true }).waitFor();
    await app.screenshot('console-preview');
    await ui.button('Send').click();
    await expect.poll(received).toBe(get);
    await ui.composer().fill("b'tick;'");
    await ui.menu('More', 'Send again and again…');
    const dialog = app.page.getByRole('dialog');
    await dialog.getByLabel('Every').fill('20');
    await dialog.getByLabel('How often').fill('3');
    await ui.button('Start').click();
    await expect.poll(received).toBe(`${get}tick;tick;tick;`);
    const path = join(app.dataDir, 'to-send.bin');
    await writeFile(path, 'from a file');
    await ui.menu('More', 'Send a file…');
    await dialog.getByLabel('File to send').fill(path);
    await dialog.getByRole('button', { name: 'Send', exact: true }).click();
    await expect.poll(received).toBe(`${get}tick;tick;tick;from a file`);
    await dialog.waitFor({ state: 'detached' });
  });

  test('sends a snippet that was saved by name, also after the app was started again', async () => {
    const server = await serve((socket) => socket.on('data', (chunk) => socket.write(chunk)));
    await ui.connect(server.port);
    await ui.composer().fill("b'blink\\r\\n'");
    await ui.menu('Snippets', 'Save what is typed…');
    const dialog = app.page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Blink once');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await app.restart();
    await app.open('#/console');
    await ui.newSession();
    await ui.connect(server.port);
    await ui.menu('Snippets', 'Blink once');
    expect(await ui.composer().inputValue()).toBe("b'blink\\r\\n'");
    await ui.button('Send').click();
    await ui.page.getByTitle('7 bytes sent, 7 received').waitFor();
    await ui.row('blink').waitFor();
  });

  test('ends only its own side, and shows what still comes', async () => {
    const server = await serve((socket) => {
      socket.resume();
      socket.on('end', () => setTimeout(() => socket.end('late answer'), 100));
    });
    await ui.connect(server.port);
    await ui.button('End sending').click();
    await ui.row('You have ended your side').waitFor();
    await ui.row('late answer').waitFor();
    await ui.row("recv() gives b''").waitFor();
    await app.page.getByText('Not connected').first().waitFor();
  });

  test('names a refused connection as Python does, and connects again in the same tab', async () => {
    const port = await freePort();
    await ui.connect(port);
    await ui.row('ConnectionRefusedError: [Errno 111] Connection refused').waitFor();
    await app.screenshot('console-refused');
    await serve((socket) => socket.write('here now'), port);
    await ui.button('Connect again').click();
    await ui.row('here now').waitFor();
  });

  test('shows received HTML and terminal codes as text', async () => {
    const html = '<img src=x onerror=window.p=1>';
    const title = await app.page.title();
    const server = await serve((socket) => socket.write(`${html}\x1b]0;x\x07`));
    await ui.connect(server.port);
    expect(await ui.row('<img').innerText()).toContain(`${html}ESC]0;xBEL`);
    expect(await app.page.evaluate(() => 'p' in window)).toBe(false);
    expect(await app.page.title()).toBe(title);
  });
});

describe('a link from another page', () => {
  test('opens the form with its host and port, also when sessions are open', async () => {
    await app.page.evaluate(() => {
      window.location.hash = '#/console?host=127.0.0.7&port=4321';
    });
    await app.page.getByText('nc 127.0.0.7 4321').waitFor();
    await app.page.reload();
    await app.page.getByText('nc 127.0.0.7 4321').waitFor();
    expect(await app.page.getByLabel('Host').inputValue()).toBe('127.0.0.7');
    await app.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Console' }).click();
  });
});

describe('a listener', () => {
  test('talks to two clients, to all or to one, and goes on when one leaves', async () => {
    const port = await ui.listen();
    await app.page.getByText(`nc 127.0.0.1 ${port}`).waitFor();
    const nc = run('nc', ['127.0.0.1', String(port)]);
    nc.stdin.write('from nc\n');
    await ui.row('from nc').waitFor();
    const script = `
import socket
s = socket.create_connection(('127.0.0.1', ${port}))
s.sendall(b'from python')
while data := s.recv(100): print(data, flush=True)`;
    const python = run('python3', ['-c', script]);
    await ui.row('from python').waitFor();
    await ui.choose('Format', 'Python');
    await ui.send("b'to all '");
    await expect.poll(nc.output).toBe('to all ');
    await expect.poll(python.output).toBe("b'to all '\n");
    await ui.menu('Actions for client 1', 'Send only to this one');
    await ui.send("b'to nc'");
    await expect.poll(nc.output).toBe('to all to nc');
    await app.screenshot('console-listener');
    await ui.menu('Actions for client 2', 'Close');
    await app.page.getByText('1 open, 2 in all').waitFor();
    expect(python.output()).toBe("b'to all '\n");
    const third = run('nc', ['127.0.0.1', String(port)]);
    third.stdin.write('one more');
    await ui.row('one more').waitFor();
  });

  test('plays the LED agent beside a client of it', async () => {
    await ui.button('Open the pair').click();
    await ui.button("On b'ON'").click();
    await ui.row('OK ON').waitFor();
    await app.page
      .getByRole('tab', { name: /^Listen/, selected: false })
      .last()
      .click();
    await ui.row('Accepted').waitFor();
    await ui.row('OK ON').waitFor();
  });
});

describe('a fast sender', () => {
  test('fills the file without a gap while the page stays light and usable', async () => {
    const chunk = Buffer.from(Array.from({ length: 2048 }, (_, i) => i % 251));
    const rounds = 25_600;
    const hash = createHash('sha256');
    for (let i = 0; i < rounds; i += 1) hash.update(chunk);
    const server = await serve((socket) => {
      let left = rounds;
      const pour = (): void => {
        while (left > 0 && socket.write(chunk)) left -= 1;
        if (left > 0) {
          left -= 1;
          socket.once('drain', pour);
        } else socket.end();
      };
      socket.once('data', pour);
    });
    let frames = 0;
    app.page.on('websocket', (socket) => socket.on('framereceived', () => (frames += 1)));
    await app.page.reload();
    await app.page.getByRole('tab', { name: 'New session' }).click();
    await app.page.getByText('More options').click();
    await app.page.getByLabel('Bytes per recv()').fill('2048');
    await ui.connect(server.port);
    await ui.row('Connected to').waitFor();
    frames = 0;
    const startedAt = performance.now();
    await ui.send("b'go'");
    await ui.composer().fill("b'typed meanwhile'");
    const size = (rounds * chunk.length).toLocaleString('en');
    await app.page.getByTitle(`2 bytes sent, ${size} received`).waitFor({ timeout: 90_000 });
    const seconds = (performance.now() - startedAt) / 1000;
    expect(frames).toBeLessThan(60 * Math.max(1, seconds));
    expect(await ui.composer().inputValue()).toBe("b'typed meanwhile'");
    expect(await app.page.getByRole('listitem').count()).toBeLessThan(120);
    await app.screenshot('console-flood');
    await ui.button('Filter and times').click();
    await app.page.getByLabel('Go to time').fill('+0');
    await app.page.getByLabel('Go to time').press('Enter');
    await ui.row('Connected to').waitFor();
    const saved = await ui.exported('Received bytes', 'received.bin');
    expect(createHash('sha256').update(saved).digest('hex')).toBe(hash.digest('hex'));
  });
});

describe('what was recorded', () => {
  test('is searched, filtered, pinned and shown as code', async () => {
    await ui.connect(agent.ledPort);
    await ui.choose('Format', 'Python');
    await ui.send("b'ON'");
    // Two answers at once may come as one chunk.
    await ui.row('OK ON').waitFor();
    await ui.send("b'PING'");
    await ui.row('OK PONG').waitFor();
    await ui.button('Search').click();
    await app.page.getByLabel('Search for').fill('pong');
    await ui.button('Find').click();
    await app.page.getByText('1 of 1').waitFor();
    await ui.button('Close the search').click();
    await ui.button('Filter and times').click();
    await app.page.getByLabel('Show').selectOption('sent');
    await app.page.getByText('2 rows of 5 entries').waitFor();
    await ui.button('Show everything').click();
    await ui.row('OK PONG').click();
    await app.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    for (const [name, copy] of [
      ['Copy Python', "b'OK PONG\\n'"],
      ['Copy hex', '4f 4b 20 50 4f 4e 47 0a'],
      ['Copy text', 'OK PONG\n'],
    ] as const) {
      await ui.button(name).click();
      await expect.poll(() => ui.clipboard()).toBe(copy);
    }
    await ui.button('Pin').click();
    await ui.button('Entry 5').waitFor();
    await ui.menu('More for this session', 'Show as code…');
    await app.page.getByRole('dialog').getByText("sock.sendall(b'ON')").waitFor();
    await app.page.keyboard.press('Escape');
    await app.page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  test('opens again after its tab was closed, and is replayed against a real peer', async () => {
    await ui.connect(agent.ledPort);
    await ui.send("b'PING'");
    await ui.row('OK PONG').waitFor();
    await ui.menu('More for this session', 'Rename…');
    await app.page.getByRole('textbox', { name: 'Name' }).fill('A ping');
    await ui.button('Rename').click();
    await app.page.getByTitle('Close A ping').click();
    await app.page.getByRole('tab', { name: 'New session' }).click();
    await ui.button('A ping').click();
    await ui.row('OK PONG').waitFor();
    await app.page.getByText('Saved session').first().waitFor();
    await ui.menu('More for this session', 'Replay…');
    await ui.button('Start the replay').click();
    await app.page.getByText('0 differences, finished').waitFor();
  });
});

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  test.each([1280, 360])('axe finds nothing and nothing overflows at %i px', async (width) => {
    await app.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await app.page.setViewportSize({ width, height: 800 });
    const check = async (name: string): Promise<void> => {
      await app.screenshot(`console-${name}-${theme}-${width}`);
      expect({ name, ...(await barriers(app.page)) }).toEqual({ name, ...noBarriers });
    };
    await ui.choose('Kind', 'TCP listener');
    await app.page.getByText('Rules', { exact: true }).click();
    await check('form');
    await app.page.getByText('You answer', { exact: true }).click();
    await ui.connect(agent.ledPort);
    await ui.send("b'INFO'");
    await ui.row('version=').click();
    await ui.button('Filter and times').click();
    await check('text');
    await ui.choose('View', 'Both');
    await check('both');
    await ui.choose('View', 'Flow');
    await check('flow');
    await app.page.getByRole('tab', { name: 'New session' }).click();
    await ui.listen();
    await check('listener');
  });
});
