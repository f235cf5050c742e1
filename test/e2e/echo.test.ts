import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type RunningApp } from './support/app.ts';
import { barriers, noBarriers } from './support/axe.ts';
import { recordFaults } from './support/faults.ts';

let app: RunningApp;
let server: Server;
let port = 0;
/** Every so many messages of 64 bytes the test's server drops one; 0 is honest. */
let dropEvery = 0;
const faults: string[] = [];

beforeAll(async () => {
  server = createServer({ noDelay: true }, (socket) => {
    let count = 0;
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      count += 1;
      if (dropEvery === 0 || count % dropEvery !== 0) socket.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  app = await startApp();
  recordFaults(app.page, faults);
  await open('#/echo');
});
afterAll(async () => {
  await app.stop();
  await new Promise((resolve) => server.close(resolve));
  expect(faults).toEqual([]);
});

async function open(hash: string): Promise<void> {
  await app.page.evaluate((next) => {
    window.location.hash = next;
  }, hash);
}

const field = (name: string) => app.page.getByRole('textbox', { name });
const button = (name: string) => app.page.getByRole('button', { name, exact: true });
const result = () => app.page.getByRole('region', { name: 'Result' });

async function start(values: Readonly<Record<string, string | number>>): Promise<void> {
  for (const [name, value] of Object.entries(values)) await field(name).fill(String(value));
  await button('Start the test').click();
}

/** Pixels of a plot that are not empty. */
const drawn = (label: string) =>
  app.page
    .getByRole('img', { name: label })
    .locator('canvas')
    .evaluate((canvas: HTMLCanvasElement) => {
      const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      let count = 0;
      for (let at = 3; at < pixels.length; at += 4) if (pixels[at] !== 0) count += 1;
      return count;
    });

test('an empty host is asked for beside its field, and nothing else is lost', async () => {
  await start({ Port: port, Messages: 77 });
  await app.page.getByText('Type the name or address of the echo server').waitFor();
  expect(await field('Messages').inputValue()).toBe('77');
});

test('a run fills its plot while it goes, counts every message and names the app’s own share', async () => {
  await start({ 'Echo server': '127.0.0.1', Messages: 60, Interval: 40 });
  await app.page.getByText(/^\d+ of 60 sent$/).waitFor();
  await app.page.getByRole('img', { name: /Round trips over time: median/ }).waitFor();
  const early = await drawn('Round trips over time');
  await expect.poll(() => drawn('Round trips over time')).toBeGreaterThan(early + 50);
  await app.screenshot('echo-running');
  await result().getByText('Finished').waitFor();
  expect(await result().locator('dl').first().innerText()).toMatch(/Sent\s+60\s+Matched\s+60\s+Lost\s+0\s/);
  await result().getByText('measured just before with the same messages').waitFor();
  expect(await drawn('Round trips over time')).toBeGreaterThan(500);
  expect(await drawn('How often')).toBeGreaterThan(500);
});

test('lost messages are counted, marked and said', async () => {
  dropEvery = 4;
  await app.page.getByText('Time-out and ending').click();
  await start({ Messages: 12, Interval: 0, 'Reply time-out': 400 });
  await result().getByText('Finished').waitFor();
  expect(await result().locator('dl').first().innerText()).toMatch(/Sent\s+12\s+Matched\s+9\s+Lost\s+3\s/);
  await result().getByText('lost or corrupted').waitFor();
  await app.screenshot('echo-lost');
  dropEvery = 0;
  await field('Reply time-out').fill('5000');
});

test('Stop ends a long run at once and keeps what was measured', async () => {
  await start({ Messages: 100_000, Interval: 5 });
  await app.page.getByText(/^\d+ of 100,000 sent$/).waitFor();
  await button('Stop').click();
  await result().getByText('Stopped early').waitFor();
  await result().getByText('Median', { exact: true }).waitFor();
  expect(await result().locator('dl').first().innerText()).toMatch(/Lost\s+0\s/);
});

test('a run goes on while another screen is open', async () => {
  await start({ Messages: 80, Interval: 20 });
  await open('#/dns');
  await app.page.getByRole('heading', { level: 1, name: 'DNS' }).waitFor();
  await open('#/echo');
  await result().getByText('Finished').waitFor();
  expect(await result().locator('dl').first().innerText()).toMatch(/Matched\s+80\s/);
});

test('an earlier run is compared figure by figure', async () => {
  const rows = app.page.getByRole('table', { name: 'Earlier runs' }).getByRole('row');
  expect(await rows.count()).toBe(5);
  await rows.nth(4).getByRole('button', { name: 'Compare' }).click();
  const comparison = app.page.getByRole('table', { name: 'This run and the earlier one' });
  await comparison.getByText('60').first().waitFor();
  await app.page.getByText('The two runs differ in').waitFor();
  await app.page.getByText('mean of the earlier run').waitFor();
  await app.page.getByRole('img', { name: /Round trips over time/ }).evaluate((element) => element.scrollIntoView());
  await app.screenshot('echo-compared');
  await rows.nth(4).getByRole('button', { name: 'Stop comparing' }).click();
  await comparison.waitFor({ state: 'detached' });
});

test('the run is exported as CSV, a line for each message', async () => {
  await button('Export as CSV').click();
  const path = join(app.dataDir, 'run.csv');
  await field('File').fill(path);
  await app.screenshot('echo-export');
  await button('Export').click();
  await app.page.getByText(`to ${path}`).waitFor();
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\r\n');
  expect(lines).toHaveLength(81);
  expect(lines[1]).toMatch(/^1,\d+\.\d{3},\d+\.\d{4},matched$/);
});

describe('a connection that fails', () => {
  test('is said in plain words with the next step, and what was typed stays', async () => {
    await start({ Port: 1 });
    await app.page.getByText('Nothing listens at 127.0.0.1:1').waitFor();
    await app.page.getByText('Start the program there first').waitFor();
    expect(await field('Port').inputValue()).toBe('1');
    await app.screenshot('echo-refused');
  });

  test('an unknown name is told apart', async () => {
    await start({ 'Echo server': 'no-such-host.invalid' });
    await app.page.getByText(/The name in no-such-host\.invalid:1/).waitFor();
  });
});

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  test.each([1280, 360])('axe finds nothing and nothing overflows at %i px', async (width) => {
    await app.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await app.page.setViewportSize({ width, height: 900 });
    await start({ 'Echo server': '127.0.0.1', Port: port, Messages: 150, Interval: 2 });
    await result().getByText('Finished').waitFor();
    await app.page.evaluate(() => document.getElementById('main')?.scrollTo(0, 0));
    await app.screenshot(`echo-${theme}-${width}-top`);
    await result().scrollIntoViewIfNeeded();
    await result().evaluate((element) => element.scrollIntoView());
    await app.screenshot(`echo-${theme}-${width}`);
    expect(await barriers(app.page)).toEqual(noBarriers);
  });
});
