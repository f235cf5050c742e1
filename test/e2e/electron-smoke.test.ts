import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron as electron, type ElectronApplication, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callContract } from '../electron-double/call-contract.ts';

/** The same app in the real Electron. Runs where its binary and a display are; elsewhere it is skipped, saying why. */
const root = join(import.meta.dirname, '..', '..');

/** The path of Electron's binary; the package is not asked for it, since that would download it. */
function electronBinary(): string {
  const folder = join(root, 'node_modules', 'electron');
  const pathFile = join(folder, 'path.txt');
  return existsSync(pathFile) ? join(folder, 'dist', readFileSync(pathFile, 'utf8')) : '';
}

function whyNot(): string | null {
  if (!existsSync(electronBinary())) return 'Electron’s binary is not here';
  if (process.platform !== 'linux') return null;
  if (process.getuid?.() === 0) return 'Electron does not run as root';
  return process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'] ? null : 'there is no display';
}

const reason = whyNot();
if (reason !== null) console.log(`The test in the real Electron is skipped: ${reason}.`);

describe.skipIf(reason !== null)('in the real Electron', () => {
  let dataDir: string;
  let app: ElectronApplication;
  let page: Page;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'pi-workbench-smoke-'));
    const args = [root, '--data-dir', dataDir, '--networks', '127.0.0.0/24'];
    app = await electron.launch({ executablePath: electronBinary(), args });
    page = await app.firstWindow();
    page.setDefaultTimeout(30_000);
    await page.getByRole('link', { name: 'This computer (practice)' }).first().waitFor();
  });
  afterAll(async () => {
    await app.close();
    await rm(dataDir, { recursive: true, maxRetries: 5 });
  });

  test('the page is served under app: and isolated', async () => {
    expect(page.url()).toMatch(/^app:\/\/workbench\//);
    expect(await page.evaluate(() => ['require', 'process', 'Buffer'].filter((name) => name in window))).toEqual([]);
  });

  test('a call goes from the page to the disk', async () => {
    const added = { host: '127.0.0.9', port: 22, user: 'pi', label: 'Smoke' };
    expect(await callContract(page, 'devices.add', added)).toMatchObject({ ok: true });
    expect(await readFile(join(dataDir, 'devices.json'), 'utf8')).toContain('127.0.0.9');
  });

  test('the page connects to nothing and goes nowhere else', async () => {
    const fetched = await page.evaluate(() =>
      fetch('https://example.org/').then(String, (thrown: Error) => thrown.name),
    );
    expect(fetched).toBe('TypeError');
    await page.evaluate(() => {
      window.location.href = 'https://example.org/';
    });
    expect(page.url()).toMatch(/^app:\/\/workbench\//);
    const opened = await page.evaluate(() => window.open('http://example.org/') === null);
    expect(opened).toBe(true);
    expect(app.windows()).toHaveLength(1);
  });

  test('its window is shown under the page’s title', async () => {
    const preferences = await app.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows();
      return { shown: window?.isVisible(), title: window?.getTitle() };
    });
    expect(preferences.shown).toBe(true);
    expect(preferences.title).toMatch(/Pi Workbench$/);
  });

  test('whether passwords are saved is said', async () => {
    const answer = await callContract(page, 'app.info', {});
    expect(answer).toMatchObject({
      ok: true,
      value: { shell: 'electron', secrets: { reason: expect.any(String) as string } },
    });
  });
});
