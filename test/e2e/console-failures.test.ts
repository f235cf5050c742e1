import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dropEverything, serve } from '../integration/console/support/peers.ts';
import { selfSigned, tlsServer } from '../integration/console/support/tls-peer.ts';
import { freePort } from '../integration/support/free-port.ts';
import { startApp, type RunningApp } from './support/app.ts';
import { ConsolePage } from './support/console-page.ts';
import { look } from './support/look.ts';

let app: RunningApp;
let ui: ConsolePage;

beforeAll(async () => {
  app = await startApp();
  await app.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  ui = await ConsolePage.open(app);
});
afterAll(async () => {
  await app.stop();
  expect(ui.faults).toEqual([]);
});
beforeEach(() => ui.newSession());

/** Sets a field that is folded away. */
async function option(label: string, value: string): Promise<void> {
  const field = ui.page.getByLabel(label);
  if (!(await field.isVisible())) await ui.page.getByText('More options', { exact: true }).click();
  await field.fill(value);
}

describe('a machine that drops everything', () => {
  test('is waited for as long as was asked, and then named as one that does not answer', async () => {
    const port = await freePort();
    await dropEverything('127.0.0.1', port);
    await option('Connect time-out', '1000');
    await ui.connect(port);
    const error = ui.row('ETIMEDOUT');
    await error.waitFor();
    expect((await error.innerText()).replace(/\s+/g, ' ')).toMatch(
      new RegExp(
        `No answer came from 127.0.0.1:${port} in time. Check the address, that the machine is on, and that no firewall ` +
          String.raw`drops the packets. ETIMEDOUT in Python TimeoutError: \[Errno 110\] Connection timed out$`,
      ),
    );
    await ui.state('Failed').waitFor();
    await look(app, 'console-black-hole');
  });

  test('can be given up before', async () => {
    const port = await freePort();
    await dropEverything('127.0.0.1', port);
    await option('Connect time-out', '600000');
    await ui.connect(port);
    await ui.state('Connecting').waitFor();
    await ui.button('Stop').click();
    await ui.state('Not connected').waitFor();
    await ui.newSession();
    await option('Connect time-out', '10000');
  });
});

describe('a name that nobody knows', () => {
  test('is named as Python does', async () => {
    await ui.connect(80, 'no-such-host.invalid');
    const error = ui.row('socket.gaierror');
    await error.waitFor();
    expect(await error.innerText()).toMatch(
      /The name in no-such-host\.invalid:80 (is not known|could not be looked up)/,
    );
  });
});

describe('a certificate that nobody vouches for', () => {
  test('is refused in words, and taken in words where the check is off', async () => {
    const port = await tlsServer(await selfSigned('pi.test'), []);
    const reason = `The certificate of 127.0.0.1:${port} is signed by itself, so nobody vouches for it.`;
    await ui.page.getByText('More options', { exact: true }).click();
    await ui.page.getByRole('switch', { name: 'TLS' }).click();
    await ui.connect(port);
    await ui.row(reason).waitFor();
    await ui.newSession();
    await ui.page.getByText('More options', { exact: true }).click();
    await ui.page.getByLabel('Refuse a certificate').uncheck();
    await ui.connect(port);
    await ui.row(`${reason} It was taken all the same, as the check is switched off.`).waitFor();
    expect(await ui.page.getByText('DEPTH_ZERO').count()).toBe(0);
    await look(app, 'console-tls');
    await ui.newSession();
    await ui.page.getByText('More options', { exact: true }).click();
    await ui.page.getByRole('switch', { name: 'TLS' }).click();
  });
});

describe('sending again and again', () => {
  async function repeat(every: string, times: string): Promise<void> {
    await ui.composer().fill("b'tick;'");
    await ui.menu('More', 'Send again and again…');
    const dialog = ui.page.getByRole('dialog');
    await dialog.getByLabel('Every').fill(every);
    await dialog.getByLabel('How often').fill(times);
    await dialog.getByRole('button', { name: 'Start' }).click();
    await dialog.waitFor({ state: 'detached' });
  }

  test('stops when the other side goes away half way, and does not go on by itself', async () => {
    let got = '';
    const server = await serve((socket) => {
      socket.on('data', (chunk: Buffer) => {
        got += chunk.toString();
        if (got.length >= 'tick;'.length * 3) socket.destroy();
      });
    });
    await ui.connect(server.port);
    await ui.choose('Format', 'Python');
    await repeat('100', '1000');
    await ui.row('Repeating stopped: one side has ended.').waitFor();
    await ui.state('The other side has ended').waitFor();
    expect(await ui.page.getByText(/Sent \d+ times/).count()).toBe(0);
    await look(app, 'console-repeat-stopped');
    await ui.button('Disconnect').click();
    await ui.button('Connect again').click();
    await ui.state('Connected').waitFor();
    expect([server.accepted.length, server.accepted[1]?.bytesRead]).toEqual([2, 0]);
  });

  test('is stopped by a person, who sees how often it was sent', async () => {
    const server = await serve((socket) => socket.resume());
    await ui.connect(server.port);
    await repeat('20', '100000');
    await ui.text(/Sent (?:[3-9]|\d[\d,]+) times, every 20 ms, [\d,]+ left/).waitFor();
    await ui.button('Stop').click();
    await expect.poll(() => ui.page.getByText(/Sent \d+ times/).count()).toBe(0);
    await ui.button('Disconnect').click();
    await ui.state('Not connected').waitFor();
    expect(server.accepted[0]?.bytesRead).toBeGreaterThanOrEqual('tick;'.length * 3);
  });
});

describe('what is said for a moment', () => {
  test('gives way to what is newer, and leaves the tools of the transcript free', async () => {
    const server = await serve((socket) => socket.write('hello'));
    await ui.connect(server.port);
    await ui.row('hello').click();
    for (const copy of ['Copy Python', 'Copy hex', 'Copy text']) await ui.button(copy).click();
    const messages = ui.page.getByRole('log', { name: 'Messages' });
    await messages.getByText('Copied as text').waitFor();
    expect((await messages.innerText()).match(/Copied/g)).toHaveLength(1);
    await look(app, 'console-toast');
    await ui.button('Search').click();
    await ui.page.getByRole('search').waitFor();
  });
});
