import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Page } from 'playwright-core';
import { offlinePath } from '../../integration/support/offline-programs.ts';
import { withMounts } from '../../integration/support/own-mounts.ts';
import { atRest } from './at-rest.ts';
import { launchBrowser } from './browser.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const pictures = join(root, 'test-results', 'screenshots');
/** Where the documentation's pictures go; they are taken only on demand. */
export const docPictures = process.env['DOC_PICTURES'] ?? '';

/** The built app in the browser shell with a fresh data folder, and a browser to use it. */
export interface RunningApp {
  readonly page: Page;
  readonly dataDir: string;
  /** The address printed at the start, with its one-time token. */
  readonly address: string;
  /** The process of the main side. */
  readonly pid: number;
  /** Saves what the page shows under `test-results/screenshots/`. */
  screenshot(name: string): Promise<void>;
  /** Saves a picture for the documentation; does nothing but in `npm run screenshots`. */
  picture(name: string, themes?: readonly ('light' | 'dark')[]): Promise<void>;
  /** Shows the screen at an address such as `#/dns`, and waits until it has come to rest. */
  open(hash: string): Promise<void>;
  /** Ends the app, starts it again with what it kept, and shows it. */
  restart(): Promise<void>;
  /** Ends the app as a person does, by SIGTERM; resolves to its exit code. */
  stop(): Promise<number | null>;
}

/** A person who has seen the tour, so that it is not in the way of what is tested. */
export async function knowsTheTour(dataDir: string): Promise<void> {
  await writeFile(join(dataDir, 'settings.json'), JSON.stringify({ tourDone: true }));
}

/** A machine whose look-ups and pings do not leave it. */
export const isOffline = async (dataDir: string): Promise<NodeJS.ProcessEnv> => ({
  PATH: await offlinePath(join(dataDir, 'offline-programs')),
});

/** Somebody who starts the app for the first time. */
export const emptyProfile = async (): Promise<void> => undefined;

/**
 * Starts the app on 127.0.0.1, confined to the loopback network, after `prepare` has filled its data folder; without
 * it for one who knows the tour. `environment` gives variables put over this process's own, `networks` is what it may
 * search, `mounts` gives files that it alone sees in place of the machine's.
 */
export async function startApp(
  prepare: (dataDir: string) => Promise<void> = knowsTheTour,
  environment: (dataDir: string) => Promise<NodeJS.ProcessEnv> = async () => ({}),
  { networks = '127.0.0.0/24', mounts = {} }: { networks?: string; mounts?: Readonly<Record<string, string>> } = {},
): Promise<RunningApp> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pi-workbench-e2e-'));
  await prepare(dataDir);
  const args = ['--no-open', '--port', '0', '--data-dir', dataDir, '--networks', networks];
  const env = { ...process.env, ...(await environment(dataDir)) };
  const [program = '', ...argv] = withMounts(mounts, [process.execPath, join(root, 'out/main/browser.js'), ...args]);
  const launch = (): ChildProcess => spawn(program, argv, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const end = async (): Promise<void> => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  };
  let child = launch();
  let address = await printedAddress(child);
  const browser = await launchBrowser();
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(15_000);
  await page.goto(address);
  return {
    page,
    dataDir,
    get address() {
      return address;
    },
    get pid() {
      return child.pid ?? 0;
    },
    async screenshot(name) {
      await mkdir(pictures, { recursive: true });
      await page.screenshot({ path: join(pictures, `${name}.png`) });
    },
    async picture(name, themes = ['light']) {
      if (!docPictures) return;
      await mkdir(docPictures, { recursive: true });
      for (const colorScheme of themes) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        const path = join(docPictures, `${name}${colorScheme === 'dark' ? '-dark' : ''}.png`);
        await page.screenshot({ path });
      }
    },
    async open(hash) {
      await page.evaluate((next) => {
        window.location.hash = next;
      }, hash);
      await settle(page);
    },
    async restart() {
      // A page that is left alone would tell that its connection is lost.
      await page.goto('about:blank');
      await end();
      child = launch();
      address = await printedAddress(child);
      await page.goto(address);
    },
    async stop() {
      await browser.close();
      await end();
      await endLeftovers(dataDir);
      await rm(dataDir, { recursive: true, force: true });
      return child.exitCode;
    },
  };
}

/** A deployed practice agent outlives the app, as it should: a test that failed before it was uninstalled leaves it. */
async function endLeftovers(dataDir: string): Promise<void> {
  if (process.platform !== 'linux') return;
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(`${dataDir}/`)) process.kill(Number(pid), 'SIGKILL');
  }
}

/** Until a screen is shown that neither loads nor moves. */
async function settle(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await atRest(page);
}

async function printedAddress(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('The app has no standard output.');
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /http:\/\/\S+/.exec(line)?.[0];
    if (address) {
      child.stdout.resume();
      return address;
    }
  }
  throw new Error(`The app ended with code ${child.exitCode} before it printed its address.`);
}
