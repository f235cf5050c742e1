import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveContract } from '../../src-main/api/server.ts';
import { createWorkbench, type Workbench } from '../../src-main/api/workbench.ts';
import { PageServer } from '../../src-main/app/browser/page-server.ts';
import { PageFiles } from '../../src-main/app/start/page-files.ts';
import { sessionSecrets } from '../../src-main/app/start/session-secrets.ts';
import { barriers, noBarriers } from './support/axe.ts';
import { launchBrowser } from './support/browser.ts';

/** The page while its server ends and another takes its place, as when the app is started anew on the same port. */
const root = join(import.meta.dirname, '..', '..');
let dataDir: string;
let workbench: Workbench;
let server: PageServer;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pi-workbench-session-'));
  workbench = await createWorkbench({
    dataDir,
    homeDir: dataDir,
    agentFile: join(root, 'pi-agent/dist/led-agent.cjs'),
    runtimeDir: join(dataDir, 'runtimes'),
    appVersion: '0.0.0',
    shell: 'browser',
    networks: ['127.0.0.0/24'],
    secrets: sessionSecrets('A test keeps nothing.'),
    dialogs: null,
  });
  await workbench.settings.update({ tourDone: true });
  server = await serve(0);
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(15_000);
  await page.goto(`${server.address}`);
  await page.getByRole('link', { name: 'This computer (practice)' }).first().waitFor();
});
afterAll(async () => {
  await browser.close();
  await server.dispose();
  await workbench.dispose();
  await rm(dataDir, { recursive: true });
});

async function serve(port: number): Promise<PageServer> {
  const files = await PageFiles.open(join(root, 'out/renderer'));
  return PageServer.start({ files, port, onPage: (carrier) => serveContract(workbench, carrier) });
}

test('a part of the page whose files do not come is said, and fetched when that is asked for again', async () => {
  const files = /\/assets\/(EchoView|ShortcutsDialog)-[^/]*\.js$/;
  await page.route(files, (route) => route.abort());
  await page.getByRole('link', { name: 'Echo' }).click();
  await page.getByText('This screen could not be opened').waitFor();
  await page.screenshot({ path: join(root, 'test-results/screenshots/screen-not-fetched.png') });
  await page.keyboard.press('Control+/');
  const dialog = page.getByRole('dialog', { name: 'This could not be opened' });
  await dialog.getByText('See that Pi Workbench still runs, then try again.').waitFor();
  await page.screenshot({ path: join(root, 'test-results/screenshots/dialog-not-fetched.png') });
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.unroute(files);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('textbox', { name: 'Echo server' }).waitFor();
});

test('while the app is away, the page says so and how to start it', async () => {
  await page.evaluate(() => {
    window.location.hash = '#/dns';
  });
  await page.getByLabel('Name or address').fill('half typed');
  const { port } = server;
  await server.dispose();
  await page.getByText('No connection to Pi Workbench').waitFor();
  await page.getByText('start it again with npm start').waitFor();
  server = await serve(port);
});

test('when it was started anew, the whole page says why it is not let in and what to type', async () => {
  await page.getByRole('heading', { name: 'Pi Workbench was started anew' }).waitFor();
  expect(await page.getByLabel('the command that starts Pi Workbench').first().innerText()).toBe(
    'npm start -- --browser',
  );
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 800 });
      await page.screenshot({ path: join(root, `test-results/screenshots/session-ended-${theme}-${width}.png`) });
      expect(await barriers(page)).toEqual(noBarriers);
    }
  }
});

test('what was typed can be looked at again', async () => {
  await page.getByRole('button', { name: 'Look at the page once more' }).click();
  expect(await page.getByLabel('Name or address').inputValue()).toBe('half typed');
});

test('the new address lets the same browser in', async () => {
  await page.goto('about:blank');
  await page.goto(server.address);
  await page.getByRole('link', { name: 'Devices' }).first().click();
  await page.getByRole('link', { name: 'This computer (practice)' }).first().waitFor();
});
