import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dropEverything, serve } from '../integration/console/support/peers.ts';
import { selfSigned, tlsServer } from '../integration/console/support/tls-peer.ts';
import { freePort } from '../integration/support/free-port.ts';
import { mayHaveOwnMounts } from '../integration/support/own-mounts.ts';
import { mayMount, SmallDisk } from '../integration/support/small-disk.ts';
import { knowsTheTour, startApp, type RunningApp } from './support/app.ts';
import { ConsolePage } from './support/console-page.ts';
import { look } from './support/look.ts';

let app: RunningApp;
let ui: ConsolePage;
let folder: string;
/** What the sessions are recorded on. */
let disk: SmallDisk | null;
const ownMounts = mayHaveOwnMounts();
/** Of `many.test`, as the app alone resolves it. */
const ADDRESSES = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pi-workbench-failures-'));
  const [sessions, hosts] = [join(folder, 'sessions'), join(folder, 'hosts')];
  await mkdir(sessions);
  disk = mayMount ? new SmallDisk(sessions, '48m') : null;
  await writeFile(hosts, ADDRESSES.map((address) => `${address} many.test\n`).join(''));
  const prepare = async (dataDir: string): Promise<void> => {
    await knowsTheTour(dataDir);
    await symlink(sessions, join(dataDir, 'console'));
  };
  app = await startApp(prepare, undefined, { mounts: ownMounts ? { '/etc/hosts': hosts } : {} });
  await app.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  ui = await ConsolePage.open(app);
});
afterAll(async () => {
  await app.stop();
  disk?.unmount();
  await rm(folder, { recursive: true });
  expect(ui.faults).toEqual([]);
});
beforeEach(() => ui.newSession());

/** Shows the fields that are folded away. */
async function unfold(): Promise<void> {
  if (await ui.page.getByLabel('Connect time-out').isVisible()) return;
  await ui.page.getByText('More options', { exact: true }).click();
}

async function option(label: string, value: string): Promise<void> {
  await unfold();
  await ui.page.getByLabel(label).fill(value);
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

describe.runIf(ownMounts)('a name of several addresses at which nothing listens', () => {
  test('has the reason of each address', async () => {
    const port = await freePort();
    await ui.connect(port, 'many.test');
    const reasons = ui.row('ConnectionRefusedError').getByRole('list').getByRole('listitem');
    await expect.poll(() => reasons.count()).toBe(ADDRESSES.length);
    const said = (await reasons.allInnerTexts()).map((one) => one.replaceAll(/\s+/g, ' '));
    expect(said.toSorted()).toEqual(
      ADDRESSES.map((one) => expect.stringMatching(`^${one} .*refused.* ECONNREFUSED$`) as string),
    );
    await app.screenshot('console-each-address');
  });
});

describe('a certificate that nobody vouches for', () => {
  async function certificateIn(row: Locator): Promise<string> {
    await row.getByText('Show the certificate').click();
    return (await row.locator('dl').innerText()).replaceAll(/\s+/g, ' ');
  }

  test('is refused in words, and taken in words where the check is off', async () => {
    const identity = await selfSigned('pi.test');
    const { fingerprint256 } = new X509Certificate(identity.cert);
    const facts = new RegExp(
      `^For CN=pi.test \\(DNS:pi.test, IP Address:127.0.0.1\\) Signed by CN=pi.test Valid .+ to .+ SHA-256 ${fingerprint256}$`,
    );
    const port = await tlsServer(identity, []);
    const reason = `The certificate of 127.0.0.1:${port} is signed by itself, so nobody vouches for it.`;
    await unfold();
    await ui.page.getByRole('switch', { name: 'TLS' }).click();
    await ui.connect(port);
    expect(await certificateIn(ui.row(reason))).toMatch(facts);
    await ui.newSession();
    await unfold();
    await ui.page.getByLabel('Refuse a certificate').uncheck();
    await ui.connect(port);
    const taken = ui.row(`${reason} It was taken all the same, as the check is switched off.`);
    expect(await certificateIn(taken)).toMatch(facts);
    expect(await ui.page.getByText('DEPTH_ZERO').count()).toBe(0);
    await look(app, 'console-tls');
    await ui.newSession();
    await unfold();
    await ui.page.getByRole('switch', { name: 'TLS' }).click();
  });
});

describe('a peer that falls silent', () => {
  test('is shown as giving no answer, not as connected, until it answers again', async () => {
    let silent = true;
    const server = await serve((socket) => {
      socket.on('data', () => {
        if (!silent) socket.write('PONG');
      });
    });
    await unfold();
    const heartbeat = ui.page.getByRole('switch', { name: 'Heartbeat' });
    await heartbeat.click();
    await option('Every', '100');
    await option('Answer within', '300');
    await ui.connect(server.port);
    await ui.row('No answer to the heartbeat within 0.3 s.').waitFor();
    const state = ui.page.getByRole('tabpanel').getByText('No answer', { exact: true });
    await state.waitFor();
    await app.screenshot('console-no-answer');
    silent = false;
    await ui.row('It answers again.').waitFor();
    await state.waitFor({ state: 'detached' });
    await ui.newSession();
    await unfold();
    await heartbeat.click();
  });
});

describe.runIf(mayMount)(`a disk that is full${mayMount ? '' : ' (not tested: this user may not mount one)'}`, () => {
  test('holds the sender back and is told, and nothing is lost once there is room', async () => {
    const bytes = randomBytes(16 * 1024 * 1024);
    const server = await serve((socket) => socket.once('data', () => socket.end(bytes)));
    await ui.connect(server.port);
    await ui.row('Connected to').waitFor();
    disk?.fill(1024 * 1024);
    await ui.send("b'go'");
    const notice = ui.text('The disk is full. Reading has stopped and goes on as soon as there is room.');
    await notice.waitFor();
    await look(app, 'console-disk-full');
    expect(server.accepted[0]?.writableLength).toBeGreaterThan(0);
    disk?.makeRoom();
    await ui.page.getByTitle('2 bytes sent, 16,777,216 received').waitFor();
    await ui.row("recv() gives b''").waitFor();
    await notice.waitFor({ state: 'detached' });
    expect(await ui.button('Follow the end').getAttribute('aria-pressed')).toBe('true');
    const sha256 = (what: Buffer) => createHash('sha256').update(what).digest('hex');
    expect(sha256(await ui.exported('Received bytes', 'received.bin'))).toBe(sha256(bytes));
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
  const edges = async (part: Locator): Promise<{ top: number; bottom: number }> => {
    const { y, height } = (await part.boundingBox()) ?? { y: NaN, height: NaN };
    return { top: y, bottom: y + height };
  };

  test('gives way to what is newer, and leaves the tools of the transcript and what is typed free', async () => {
    const server = await serve((socket) => socket.write('hello'));
    await ui.connect(server.port);
    await ui.row('hello').click();
    for (const copy of ['Copy Python', 'Copy hex', 'Copy text']) await ui.button(copy).click();
    const messages = ui.page.getByRole('log', { name: 'Messages' });
    const composer = ui.page.getByRole('region', { name: 'Send' });
    await messages.getByText('Copied as text').waitFor();
    expect((await messages.innerText()).match(/Copied/g)).toHaveLength(1);
    for (const width of [360, 1280]) {
      await ui.page.setViewportSize({ width, height: 800 });
      await expect.poll(async () => (await edges(messages)).bottom - (await edges(composer)).top).toBeCloseTo(0);
    }
    await look(app, 'console-toast');
    await ui.button('Search').click();
    await ui.page.getByRole('search').waitFor();
  });
});
