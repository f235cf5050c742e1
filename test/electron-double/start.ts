import { build } from 'esbuild';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { chromiumArguments, chromiumPath } from '../e2e/support/browser.ts';
import type { Did, DoubleOptions, FromTest, Order, ToTest } from './main/harness.ts';

const here = import.meta.dirname;
const root = join(here, '..', '..');

/** The double, built, with a Chromium that stands for Electron's. Starts the app any number of times. */
export class ElectronDouble {
  /** A folder of this double's own inside the project, removed at the end. */
  readonly dir: string;
  readonly #scripts: PageScripts;
  readonly #chromium: Chromium | null;
  readonly #apps: DoubleApp[] = [];

  private constructor(dir: string, scripts: PageScripts, chromium: Chromium | null) {
    this.dir = dir;
    this.#scripts = scripts;
    this.#chromium = chromium;
  }

  /** Without `windows` no browser is started, for code that opens none. */
  static async open({ windows = true } = {}): Promise<ElectronDouble> {
    await mkdir(join(root, '.cache'), { recursive: true });
    // Inside the project, so that the module finds playwright-core.
    const dir = await mkdtemp(join(root, '.cache', 'electron-double-'));
    const scripts = await buildDouble(dir);
    return new ElectronDouble(dir, scripts, windows ? await startChromium(join(dir, 'profile')) : null);
  }

  /** Starts the app built in `outDir` as Electron would, on a data folder of the test's. */
  start(options: StartOptions): DoubleApp {
    const settings: DoubleOptions = {
      browser: this.#chromium?.endpoint ?? '',
      ...this.#scripts,
      packaged: options.packaged ?? false,
      resourcesPath: options.resourcesPath ?? join(this.dir, 'no-resources'),
      keyStore: options.keyStore ?? 'gnome_libsecret',
      keyStoreRefuses: options.keyStoreRefuses ?? false,
      downloadsDir: options.downloadsDir ?? tmpdir(),
    };
    const main = options.main ?? join(options.outDir ?? join(root, 'out'), 'main', 'electron.js');
    const child = spawn(process.execPath, ['--import', join(this.dir, 'register.mjs'), main, ...options.flags], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, ELECTRON_DOUBLE: JSON.stringify(settings) },
    });
    const app = new DoubleApp(child, this.#chromium?.browser ?? null);
    this.#apps.push(app);
    return app;
  }

  async dispose(): Promise<void> {
    for (const app of this.#apps) app.kill();
    await this.#chromium?.stop();
    await rm(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

export interface StartOptions {
  readonly flags: readonly string[];
  /** Another main script than the app's. */
  readonly main?: string;
  /** The built `out` folder; the project's own unless given. */
  readonly outDir?: string;
  readonly packaged?: boolean;
  readonly resourcesPath?: string;
  readonly keyStore?: DoubleOptions['keyStore'];
  readonly keyStoreRefuses?: boolean;
  readonly downloadsDir?: string;
}

/** One running app: what it did, in order, and what the test makes happen to it. */
export class DoubleApp {
  readonly #child: ChildProcess;
  readonly #browser: Browser | null;
  readonly #done: Did[] = [];
  readonly #orders = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #exited: Promise<number | null>;
  #wake: () => void = () => undefined;
  #lastOrder = 0;
  #output = '';

  constructor(child: ChildProcess, browser: Browser | null) {
    this.#child = child;
    this.#browser = browser;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    child.on('message', (message: ToTest) => this.#take(message));
    this.#exited = once(child, 'close').then(([code]) => {
      this.#wake();
      for (const { reject } of this.#orders.values()) reject(new Error(`The app ended: ${this.#output}`));
      return code as number | null;
    });
  }

  /** Everything the app printed. */
  get output(): string {
    return this.#output;
  }

  /** The names of what the app has asked Electron to do so far. */
  get done(): readonly Did[] {
    return this.#done;
  }

  /** What the double lacks, and what went wrong in it. */
  get faults(): readonly unknown[] {
    return this.#done.filter(({ what }) => what === 'lack' || what === 'fault').map((one) => one.with);
  }

  /** The `n`-th time (from 1) the app did `what`, as soon as it has. */
  async did(what: string, n = 1): Promise<Did> {
    for (;;) {
      const found = this.#done.filter((one) => one.what === what)[n - 1];
      if (found) return found;
      if (this.#child.exitCode !== null) throw new Error(`The app ended before ${what}: ${this.#output}`);
      if (this.faults.length > 0)
        throw new Error(`Waiting for ${what}: ${JSON.stringify(this.faults)}\n${this.#output}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The page of the app's window, once it has loaded. */
  async page(): Promise<Page> {
    await this.did('BrowserWindow.loaded');
    const page = this.#browser
      ?.contexts()
      .flatMap((context) => context.pages())
      .findLast((one) => one.url().includes('.app-scheme.invalid/'));
    if (!page) throw new Error('The window has no page.');
    page.setDefaultTimeout(15_000);
    return page;
  }

  order(order: Order): Promise<unknown> {
    this.#lastOrder += 1;
    const id = this.#lastOrder;
    const message: FromTest = { id, order };
    return new Promise((resolve, reject) => {
      this.#orders.set(id, { resolve, reject });
      this.#child.send(message, (error) => {
        if (error) reject(error);
      });
    });
  }

  /** Answers a dialog as a person does. */
  async answer(asked: Did, value: unknown): Promise<void> {
    if (asked.ask === null) throw new Error(`${asked.what} awaits no answer.`);
    await this.order({ do: 'answer', ask: asked.ask, with: value });
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** The exit code, once the app has ended by itself. */
  exited(): Promise<number | null> {
    return this.#exited;
  }

  kill(): void {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
  }

  #take(message: ToTest): void {
    if (message.kind === 'did') {
      this.#done.push(message.did);
      this.#wake();
      return;
    }
    const order = this.#orders.get(message.id);
    this.#orders.delete(message.id);
    if (message.error === null) order?.resolve(message.value);
    else order?.reject(new Error(message.error));
  }
}

interface Chromium {
  readonly browser: Browser;
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** One that the app's process and the test both steer, each over a connection of its own. */
async function startChromium(profile: string): Promise<Chromium> {
  const args = ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`, ...chromiumArguments()];
  const child = spawn(chromiumPath(), [...args, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const endpoint = await printedEndpoint(child);
  const browser = await chromium.connectOverCDP(endpoint);
  return {
    browser,
    endpoint,
    async stop() {
      await browser.close();
      if (child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}

type PageScripts = Pick<DoubleOptions, 'mainWorldScript' | 'preloadWorldScript'>;

/** Bundles the module, the hook and the page's scripts into `dir`. */
async function buildDouble(dir: string): Promise<PageScripts> {
  const shared = { bundle: true, logLevel: 'error', absWorkingDir: here } as const;
  await build({
    ...shared,
    entryPoints: ['main/electron.ts'],
    outfile: join(dir, 'electron.mjs'),
    format: 'esm',
    platform: 'node',
    external: ['playwright-core'],
  });
  const page = async (entry: string): Promise<string> => {
    const { outputFiles } = await build({
      ...shared,
      entryPoints: [entry],
      write: false,
      format: 'iife',
      globalName: 'ElectronDouble',
    });
    return outputFiles[0]?.text ?? '';
  };
  await writeFile(
    join(dir, 'register.mjs'),
    `import { register } from 'node:module';\nregister('./resolve.mjs', import.meta.url);\n`,
  );
  await writeFile(join(dir, 'resolve.mjs'), await readFile(join(here, 'resolve.mjs')));
  return { mainWorldScript: await page('page/main-world.ts'), preloadWorldScript: await page('page/preload-world.ts') };
}

async function printedEndpoint(child: ChildProcess): Promise<string> {
  if (!child.stderr) throw new Error('The browser has no output.');
  let text = '';
  for await (const chunk of child.stderr.setEncoding('utf8')) {
    text += String(chunk);
    const endpoint = /DevTools listening on (ws:\/\/\S+)/.exec(text)?.[1];
    if (endpoint) {
      child.stderr.resume();
      return endpoint;
    }
  }
  throw new Error(`The browser did not start: ${text}`);
}
