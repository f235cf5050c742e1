import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSshd, type Sshd } from '../integration/support/sshd.ts';
import { freePort } from '../integration/support/free-port.ts';
import { knowsTheTour, startApp, type RunningApp } from './support/app.ts';
import { barriers, noBarriers } from './support/axe.ts';
import { keepsTab } from './support/dialog.ts';
import { recordFaults } from './support/faults.ts';
import { look } from './support/look.ts';

let app: RunningApp;
let debian: Sshd;
let raspbian: Sshd;
/** Connections to the first server before the app was there: starting it makes one. */
let before = 0;
const faults: string[] = [];

beforeAll(async () => {
  const port = await freePort('127.0.0.41');
  debian = await startSshd({ address: '127.0.0.41', port });
  raspbian = await startSshd({ address: '127.0.0.141', port, config: ['VersionAddendum Raspbian-5+deb12u3'] });
  before = connections();
  app = await startApp(knowsTheTour, ownComputer, { networks: `127.0.0.0/24,${LARGE}` });
  recordFaults(app.page, faults);
});
afterAll(async () => {
  await app?.stop();
  await debian?.stop();
  await raspbian?.stop();
  expect(faults).toEqual([]);
});

/** A network of loopback with 8,190 addresses. */
const LARGE = '127.16.0.0/19';

/** A computer whose neighbour table is what stands in a file, empty until it is written, with a home that is empty too. */
async function ownComputer(dataDir: string): Promise<NodeJS.ProcessEnv> {
  const home = join(dataDir, 'home');
  await mkdir(join(home, '.ssh'), { recursive: true });
  const folder = join(dataDir, 'programs');
  await mkdir(folder);
  await writeFile(join(folder, 'ip'), `#!/bin/sh\n[ ! -e '${dataDir}/neighbours' ] || cat '${dataDir}/neighbours'\n`, {
    mode: 0o755,
  });
  return { HOME: home, PATH: `${folder}:${process.env['PATH'] ?? ''}` };
}

const connections = (): number => debian.log().split('Connection from').length - 1;
const button = (name: string) => app.page.getByRole('button', { name, exact: true });
const row = (title: string) =>
  app.page.getByRole('listitem').filter({ has: app.page.getByRole('heading', { name: title }) });

/** An agent that runs on this machine is not the test's. */
async function askPortsOfNobody(): Promise<void> {
  await app.page.getByText('More options').click();
  await app.page.getByLabel('SSH port').fill(String(await freePort('127.0.0.41')));
  await app.page.getByLabel('Agent’s port').fill(String(await freePort('127.0.0.42')));
}

/** The whole length of the page, which scrolls inside its frame. */
async function picture(name: string): Promise<void> {
  const { page } = app;
  const size = page.viewportSize() ?? { width: 1280, height: 800 };
  const height = await page.evaluate(() =>
    Math.max(...Array.from(document.querySelectorAll('*'), (element) => element.scrollHeight)),
  );
  await page.setViewportSize({ width: size.width, height: Math.min(height, 4000) });
  await mkdir(join(import.meta.dirname, '../../test-results/screenshots'), { recursive: true });
  await app.screenshot(name);
  await page.setViewportSize(size);
}

describe('the devices screen', () => {
  test('offers the networks it may search, and has searched nothing by itself', async () => {
    await app.page.getByRole('checkbox', { name: /127\.0\.0\.0\/24/ }).waitFor();
    expect(await app.page.getByRole('checkbox').count()).toBe(2);
    await app.page.getByRole('checkbox', { name: LARGE }).uncheck();
    await app.page.getByText('Nothing has been searched yet.').waitFor();
    expect(connections()).toBe(before);
  });

  test('teaches what to check when no Pi was found', async () => {
    await askPortsOfNobody();
    await button('Search').click();
    await app.page.getByText('No Raspberry Pi was found').waitFor();
    await app.page.getByText('Is SSH turned on?').waitFor();
    await picture('discovery-nothing');
  });

  test('finds SSH servers with their banners, the likeliest Pi first', async () => {
    await app.page.getByLabel('SSH port').fill(String(debian.port));
    await button('Search').click();
    await row('127.0.0.141').getByText('SSH says Raspbian').waitFor();
    await row('127.0.0.41').getByText('SSH says Debian').waitFor();
    await app.page.getByText('Asked 254 addresses. 2 devices found.').waitFor();
    const titles = await app.page.getByRole('heading', { level: 4 }).allTextContents();
    expect(titles).toEqual(['127.0.0.141', '127.0.0.41']);
  });

  test('refuses a name that cannot be one beside its field, and keeps what was typed', async () => {
    const name = app.page.getByLabel('Name of the Pi');
    await name.fill('my pi');
    await app.page.getByText('A host name has no spaces.').waitFor();
    await button('Search').click({ force: true });
    expect(await app.page.getByText('Asked 254 addresses. 2 devices found.').count()).toBe(1);
    expect(await name.inputValue()).toBe('my pi');
    await name.fill('');
  });
});

describe('a search that takes long', () => {
  /** Accepts on every address of loopback and says nothing, so that the search waits for it. */
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => {
    sockets.add(socket);
    socket
      .on('error', () => undefined)
      .on('close', () => sockets.delete(socket))
      .resume();
  });
  beforeAll(async () => {
    silent.listen(0, '0.0.0.0');
    await once(silent, 'listening');
    await app.page.getByLabel('SSH port').fill(String((silent.address() as AddressInfo).port));
  });
  afterAll(() => silent.close());

  test('is stopped at once', async () => {
    await button('Search').click();
    await expect.poll(() => sockets.size).toBeGreaterThan(0);
    await button('Stop').click();
    await app.page.getByText(/^Stopped after \d+ of 254 addresses/).waitFor();
    await expect.poll(() => sockets.size).toBe(0);
  });

  test('because it is larger than a /20 is asked about first', async () => {
    const large = app.page.getByRole('checkbox', { name: LARGE });
    const question = app.page.getByRole('alertdialog', { name: 'Ask all 8,444 addresses?' });
    await large.check();
    await button('Search').click();
    await question.getByText('That takes about 1 minute and').waitFor();
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'detached' });
    await app.page.getByText(/^Stopped after \d+ of 254 addresses/).waitFor();
    expect(sockets.size).toBe(0);
    await button('Search').click();
    await question.getByRole('button', { name: 'Search' }).click();
    await app.page.getByText(/^Asked [\d,]+ of 8,444 addresses/).waitFor();
    await expect.poll(() => sockets.size).toBeGreaterThan(0);
    await button('Stop').click();
    await app.page.getByText(/^Stopped after [\d,]+ of 8,444 addresses/).waitFor();
    await large.uncheck();
  });
});

describe('a device at several addresses', () => {
  test('shows the one that is tried first, and the others with why they stand where they do', async () => {
    const entries = ['127.0.0.141', '127.0.0.142'].map(
      (address) => `${address} dev lo lladdr dc:a6:32:12:34:56 REACHABLE\n`,
    );
    await writeFile(join(app.dataDir, 'neighbours'), entries.join(''));
    await app.page.getByLabel('SSH port').fill(String(debian.port));
    await button('Search').click();
    await row('127.0.0.141').getByText('Raspberry Pi Ltd MAC').waitFor();
    await row('127.0.0.141').getByText('1 more address').click();
    const addresses = row('127.0.0.141').getByRole('list', { name: /^Addresses of 127\.0\.0\.141/ });
    await addresses.getByText('127.0.0.142').waitFor();
    expect((await addresses.getByRole('listitem').allInnerTexts()).map((text) => text.split(/\s+/)[0])).toEqual([
      '127.0.0.141',
      '127.0.0.142',
    ]);
  });
});

test('a machine of which only the name is known has no line for its address, and does not count as found', async () => {
  await writeFile(join(app.dataDir, 'home/.ssh/config'), 'Host lab\n  User student\n');
  await app.page.reload();
  await app.page.getByText(/^Other machines/).click();
  await row('lab').waitFor();
  expect(await row('lab').locator('p').count()).toBe(0);
  await row('lab').getByText('Not seen in the network').waitFor();
  await app.page.getByText('Asked 254 addresses. 2 devices found.').waitFor();
});

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  test.each([1280, 360])('axe finds nothing and nothing overflows at %i px', async (width) => {
    await app.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await app.page.setViewportSize({ width, height: 900 });
    await picture(`discovery-${theme}-${width}`);
    expect(await barriers(app.page)).toEqual(noBarriers);
    const options = app.page.getByText('--networks', { exact: true });
    expect(await options.evaluateAll((all) => all.map((one) => one.getClientRects().length))).toEqual([1, 1]);
  });
});

describe('a found device', () => {
  test('is added with its user name and opens; the list then opens it directly', async () => {
    await app.page.setViewportSize({ width: 1280, height: 900 });
    await button('Add 127.0.0.141').click();
    await app.page.getByLabel('User name').fill('student');
    await look(app, 'discovery-add', 900);
    await keepsTab(app.page);
    await button('Add device').click();
    await app.page.waitForURL(/#\/device\/[0-9a-f-]{36}/);
    await app.page.goBack();
    await row('127.0.0.141').getByText('In your list').waitFor();
    await app.page.getByRole('link', { name: 'Open 127.0.0.141' }).click();
    await app.page.getByText(`student@127.0.0.141`).first().waitFor();
    await app.page.goBack();
  });

  test('that is switched off is listed below what to check', async () => {
    await writeFile(join(app.dataDir, 'neighbours'), '');
    await app.page.getByRole('checkbox', { name: LARGE }).uncheck();
    await askPortsOfNobody();
    await button('Search').click();
    await row('127.0.0.141').getByText('No longer answers').waitFor();
    await app.page.getByText('No Raspberry Pi was found').waitFor();
    await app.page.getByRole('heading', { name: 'Known, but not answering' }).waitFor();
    await app.page.getByText(/^Asked 254 addresses, and nothing answered\. Go through the points below/).waitFor();
    await picture('discovery-gone');
  });
});
