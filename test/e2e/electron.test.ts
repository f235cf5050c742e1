import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { DeploySnapshot } from '../../src-main/api/contract/deploy.ts';
import { BRIDGE_NAME } from '../../src-main/api/shell-bridge.ts';
import { PRACTICE_DEVICE_ID } from '../../src-main/devices/device.ts';
import { callContract } from '../electron-double/call-contract.ts';
import { freePort } from '../integration/support/free-port.ts';
import { ElectronDouble, type DoubleApp, type StartOptions } from '../electron-double/start.ts';

const root = join(import.meta.dirname, '..', '..');

/** The built desktop app, unchanged, on the double of Electron and a real Chromium. */
let double: ElectronDouble;
let dataDir: string;

beforeAll(async () => {
  double = await ElectronDouble.open();
});
afterAll(() => double.dispose());

async function freshDataDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'pi-workbench-electron-'));
}

function start(options: Partial<StartOptions> = {}): DoubleApp {
  return double.start({ flags: ['--data-dir', dataDir, '--networks', '127.0.0.0/24'], ...options });
}

const practice = (page: Page) => page.getByRole('link', { name: 'This computer (practice)' }).first();

describe('a running app', () => {
  let app: DoubleApp;
  let page: Page;

  beforeAll(async () => {
    dataDir = await freshDataDir();
    app = start({ flags: ['--data-dir', dataDir, '--networks', '127.0.0.0/24', '--ozone-platform=x11'] });
    page = await app.page();
    await practice(page).waitFor();
  });
  afterAll(async () => {
    app.signal('SIGTERM');
    expect(await app.exited()).toBe(0);
    await rm(dataDir, { recursive: true });
  });
  afterEach(() => {
    expect(app.faults).toEqual([]);
  });

  test('shows its page in one window with its name, whatever flags Chromium was given', async () => {
    expect(app.done.filter(({ what }) => what === 'BrowserWindow')).toMatchObject([
      { with: { title: 'Pi Workbench', minWidth: 360, show: false } },
    ]);
    expect((await app.did('BrowserWindow.loaded')).with).toBe('app://workbench/');
    expect(await page.title()).toMatch(/Pi Workbench$/);
    await app.did('app.enableSandbox');
  });

  test('gives the page one function without arguments, and nothing of Electron or Node', async () => {
    const found = await page.evaluate((name) => {
      const global = window as unknown as Record<string, object | undefined>;
      return {
        bridge: Object.keys(global[name] ?? {}),
        frozen: Object.isFrozen(global[name]),
        others: ['require', 'process', 'module', 'electron', 'ipcRenderer', 'Buffer'].filter((one) => one in global),
      };
    }, BRIDGE_NAME);
    expect(found).toEqual({ bridge: ['connect'], frozen: true, others: [] });
  });

  test('keeps the page to its own files: no inline script, no eval, no connection', async () => {
    const response = await page.evaluate(async () => {
      const broken: string[] = [];
      document.addEventListener('securitypolicyviolation', (event) => broken.push(event.effectiveDirective));
      const script = document.createElement('script');
      script.textContent = 'window.inlineScriptRan = true';
      document.head.append(script);
      // DevTools lets what it evaluates itself use eval, but not what that starts.
      const evaluated = await new Promise((resolve) => {
        setTimeout(() => {
          try {
            resolve((0, eval)('1 + 1'));
          } catch (thrown) {
            resolve((thrown as Error).name);
          }
        });
      });
      const fetched = await fetch('https://example.org/').then(String, (thrown: Error) => thrown.name);
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { broken: [...new Set(broken)].sort(), evaluated, fetched, inline: 'inlineScriptRan' in window };
    });
    expect(response).toEqual({
      broken: ['connect-src', 'script-src', 'script-src-elem'],
      evaluated: 'EvalError',
      fetched: 'TypeError',
      inline: false,
    });
  });

  test('carries a call from the page to the disk', async () => {
    await page.getByRole('button', { name: 'Add a device' }).click();
    await page.getByLabel('Host name or address').fill('127.0.0.9');
    await page.getByRole('dialog').getByRole('button', { name: 'Add device' }).click();
    await page.getByRole('heading', { name: '127.0.0.9', level: 1 }).waitFor();
    expect(await readFile(join(dataDir, 'devices.json'), 'utf8')).toContain('127.0.0.9');
  });

  test('answers a call that does not fit in words, and knows no other', async () => {
    const wrong = await callContract(page, 'app.chooseFile', { title: 7 });
    expect(wrong).toMatchObject({ ok: false, error: { code: 'BAD_ARGUMENT' } });
    const unknown = await callContract(page, 'shell.openExternal', { url: 'smb://x' });
    expect(unknown).toMatchObject({ ok: false, error: { code: 'UNKNOWN_CALL' } });
    expect(app.done.filter(({ what }) => /dialog|shell/.test(what))).toEqual([]);
  });

  test('shows native file dialogs and returns what was chosen, or null', async () => {
    const chosen = callContract(page, 'app.chooseFile', { title: 'Choose a private key' });
    const opening = await app.did('dialog.showOpenDialog');
    expect(opening.with).toMatchObject({
      title: 'Choose a private key',
      message: 'Choose a private key',
      properties: ['openFile', 'showHiddenFiles'],
    });
    await app.answer(opening, { canceled: false, filePaths: ['/home/me/.ssh/id_ed25519'] });
    expect(await chosen).toEqual({ ok: true, value: '/home/me/.ssh/id_ed25519' });

    const kept = callContract(page, 'app.chooseSavePath', { title: 'Save', suggestedName: '../../echo.csv' });
    const saving = await app.did('dialog.showSaveDialog');
    expect(saving.with).toMatchObject({ defaultPath: join(tmpdir(), 'echo.csv') });
    await app.answer(saving, { canceled: true, filePath: '' });
    expect(await kept).toEqual({ ok: true, value: null });
  });

  test('opens an https link in the browser only once the person agreed', async () => {
    const follow = (): Promise<void> =>
      page.evaluate(() => {
        const link = document.createElement('a');
        Object.assign(link, { href: 'https://example.org/docs?q=1', target: '_blank', rel: 'noreferrer' });
        document.body.append(link);
        link.click();
        link.remove();
      });
    await app.order({ do: 'open-window', url: 'https://example.org/docs?q=1' });
    const first = await app.did('dialog.showMessageBox');
    expect(first.with).toMatchObject({ detail: 'https://example.org/docs?q=1', cancelId: 1 });
    await app.answer(first, { response: 1 });
    await follow();
    const second = await app.did('dialog.showMessageBox', 2);
    expect(app.done.filter(({ what }) => what === 'shell.openExternal')).toEqual([]);
    await app.answer(second, { response: 0 });
    expect((await app.did('shell.openExternal')).with).toBe('https://example.org/docs?q=1');
  });

  test.each(['smb://x', 'http://example.org/', 'file:///etc/passwd', 'javascript:alert(1)', 'app://workbench/'])(
    'asks nothing and opens nothing for %s',
    async (url) => {
      const before = app.done.length;
      expect(await app.order({ do: 'open-window', url })).toBe('deny');
      expect(app.done.slice(before)).toEqual([]);
    },
  );

  test.each([
    ['a page of another origin', 'https://evil.example/', true, []],
    ['a page that looks like the app’s', 'app://workbench.evil.example/', true, []],
    ['a file', 'file:///tmp/page.html', true, []],
    ['a frame inside the app’s page', 'app://workbench/', false, []],
    ['the app’s page with something to say', 'app://workbench/', true, [{ wrong: 'shape' }]],
  ])('gives no port to %s', async (_name, frame, top, args) => {
    expect(await app.order({ do: 'message', channel: 'contract:connect', frame, top, args })).toEqual([]);
    await vi.waitFor(() => expect(app.output).toContain(`A message from ${frame} was refused.`));
  });

  test('gives the app’s own page one', async () => {
    const own = { channel: 'contract:connect', frame: 'app://workbench/#/dns', top: true, args: [] };
    expect(await app.order({ do: 'message', ...own })).toEqual(['contract:port']);
  });

  test('goes nowhere else', async () => {
    await page.evaluate(() => {
      window.location.href = 'https://evil.example/';
    });
    await page.evaluate(() => {
      window.location.assign('file:///etc/passwd');
    });
    expect(await page.evaluate(() => document.title)).toMatch(/Pi Workbench$/);
    expect(new URL(page.url()).hostname).toBe('workbench.app-scheme.invalid');
  });

  test.each(['media', 'geolocation', 'notifications', 'clipboard-read', 'serial', 'fullscreen'])(
    'grants no %s',
    async (name) => {
      expect(await app.order({ do: 'permission', name })).toEqual({ request: false, check: false, device: false });
    },
  );

  test('comes back after a reload with a port of its own', async () => {
    await page.reload();
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    expect(await callContract(page, 'app.info', {})).toMatchObject({ ok: true, value: { shell: 'electron' } });
  });

  test('opens the settings from the menu, and its windows follow the theme', async () => {
    await app.order({ do: 'menu', path: ['&File', 'Settings'] });
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    await page.getByText('Tell when a deployment ends').waitFor();
    await page.getByText('This copy runs from its sources').waitFor();
    await page.getByText("Saved passwords are encrypted with a key in the desktop's keyring.").waitFor();
    await page.screenshot({ path: join(root, 'test-results/screenshots/electron-settings.png') });
    await callContract(page, 'settings.update', { theme: 'dark' });
    expect((await app.did('nativeTheme.themeSource')).with).toBe('dark');
  });

  test('says from the menu what it is and what it runs in, and opens its links outside', async () => {
    await app.order({ do: 'menu', path: ['help', 'About Pi Workbench'] });
    const about = page.getByRole('dialog', { name: 'About Pi Workbench' });
    const facts = (await about.locator('dl').innerText()).split(/\s*\n\s*/);
    expect(facts).toEqual(
      expect.arrayContaining(['Version', 'Runs in', 'Its own window', 'Node', 'Electron', 'Chromium']),
    );
    await about.getByRole('link', { name: 'Raspberry Pi documentation' }).click();
    const asked = await app.did('dialog.showMessageBox', 3);
    expect(asked.with).toMatchObject({ detail: 'https://www.raspberrypi.com/documentation/' });
    await app.answer(asked, { response: 1 });
    await page.keyboard.press('Escape');
    await about.waitFor({ state: 'detached' });
  });

  test('says how to update, and that it does not update itself', async () => {
    await app.order({ do: 'menu', path: ['help', 'How to update…'] });
    const told = await app.did('dialog.showMessageBox', 4);
    expect(told.with).toMatchObject({ message: expect.stringContaining('does not update itself') as string });
    await app.answer(told, { response: 0 });
  });

  test('tells of a finished deployment while the person looks elsewhere, and opens its page on a click', async () => {
    const watched = await callContract(page, 'deploy.watch', { deviceId: PRACTICE_DEVICE_ID });
    const { options } = (watched as { value: DeploySnapshot }).value;
    const settings = { ...options.settings, ledPort: await freePort(), echoPort: await freePort() };
    await app.order({ do: 'focus-window', focused: false });
    await callContract(page, 'deploy.start', { deviceId: PRACTICE_DEVICE_ID, options: { ...options, settings } });
    expect((await app.did('Notification.show')).with).toMatchObject({ title: 'Deployed: This computer (practice)' });
    await app.order({ do: 'emit', on: 'Notification', event: 'click', with: {} });
    await page.waitForURL(/#\/device\/practice\/agent$/);
    await callContract(page, 'deploy.operate', { deviceId: PRACTICE_DEVICE_ID, operation: 'uninstall' });
    await vi.waitFor(async () => {
      const { value } = (await callContract(page, 'deploy.watch', { deviceId: PRACTICE_DEVICE_ID })) as {
        value: DeploySnapshot;
      };
      expect(value.job).toMatchObject({ kind: 'uninstall', result: { kind: 'done' } });
    }, 30_000);
    expect(app.done.filter(({ what }) => what === 'Notification.show')).toHaveLength(1);
  });

  test('offers to reload a page that crashed', async () => {
    const happening = { on: 'webContents', event: 'render-process-gone', with: { reason: 'crashed' } };
    await app.order({ do: 'emit', ...happening });
    const asked = await app.did('dialog.showMessageBox', 5);
    expect(asked.with).toMatchObject({ message: 'The window stopped working.', buttons: ['Reload', 'Close window'] });
    const loaded = page.waitForEvent('load');
    await app.answer(asked, { response: 0 });
    await loaded;
    await page.getByRole('heading', { level: 1 }).first().waitFor();
  });

  test('a second start brings it to the front and ends', async () => {
    const second = start();
    expect(await second.exited()).toBe(0);
    expect(second.done.map(({ what }) => what)).not.toContain('BrowserWindow');
    await app.did('BrowserWindow.focus');
  });
});

describe('between two starts', () => {
  beforeEach(async () => {
    dataDir = await freshDataDir();
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  test('the window comes back where it was, and closing it ends the app', async () => {
    const first = start();
    await first.page();
    const bounds = { x: 300, y: 200, width: 900, height: 640 };
    await first.order({ do: 'place-window', bounds, maximized: false });
    await first.order({ do: 'close-window' });
    expect(await first.exited()).toBe(0);
    const second = start();
    expect((await second.did('BrowserWindow')).with).toMatchObject(bounds);
    await second.page();
    await second.order({ do: 'menu', path: ['&File', 'quit'] });
    expect(await second.exited()).toBe(0);
    expect([...first.faults, ...second.faults]).toEqual([]);
  });
});

describe('where it cannot start', () => {
  beforeEach(async () => {
    dataDir = await freshDataDir();
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  test('a wrong flag is refused in words with exit code 2', async () => {
    const app = start({ flags: ['--networks', 'home'] });
    expect(await app.exited()).toBe(2);
    expect(app.output).toContain('--networks: “home” is not a network such as 192.168.1.0/24.');
  });

  test('a data folder that cannot be made is named', async () => {
    const file = join(dataDir, 'a-file');
    await writeFile(file, '');
    const app = start({ flags: ['--data-dir', join(file, 'inside')] });
    expect(await app.exited()).toBe(1);
    expect(app.output).toMatch(/The folder \S+ cannot be made \(ENOTDIR\). Choose another with --data-dir./);
  });

  test('an installed app does not run with its sandbox off', async () => {
    const app = start({ packaged: true, flags: ['--data-dir', dataDir, '--no-sandbox'] });
    expect(await app.exited()).toBe(1);
    expect((await app.did('dialog.showErrorBox')).with).toMatchObject({
      content: expect.stringContaining('Install the .deb package') as string,
    });
  });

  test('a page that is not built is said in a box of its own', async () => {
    await cp(join(root, 'out', 'main'), join(dataDir, 'out', 'main'), { recursive: true });
    await writeFile(join(dataDir, 'package.json'), '{ "type": "module" }');
    const app = start({ outDir: join(dataDir, 'out') });
    expect(await app.exited()).toBe(1);
    expect((await app.did('dialog.showErrorBox')).with).toMatchObject({
      title: 'Pi Workbench cannot start',
      content: expect.stringContaining('Run npm run build.') as string,
    });
  });
});
