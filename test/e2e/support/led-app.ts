import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { ledPart } from '../../../src-main/api/handlers/led.ts';
import { serveContract } from '../../../src-main/api/server.ts';
import { createWorkbench } from '../../../src-main/api/workbench.ts';
import { PageServer } from '../../../src-main/app/browser/page-server.ts';
import { PageFiles } from '../../../src-main/app/start/page-files.ts';
import { sessionSecrets } from '../../../src-main/app/start/session-secrets.ts';
import { Signal } from '../../../src-main/events/index.ts';
import type { PublishedEvent } from '../../../src-main/api/server.ts';
import type { World } from '../../integration/led/world.ts';
import { launchBrowser } from './browser.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** The built page on a workbench whose sign-ins and agents are the test's own. */
export interface LedApp {
  readonly page: Page;
  readonly world: World;
  /** Saves what the page shows, the whole length of it. */
  screenshot(name: string): Promise<void>;
  dispose(): Promise<void>;
}

/** Opens the LED page of the practice device. The page is the one built into `out/`, or into `$RENDERER_DIR`. */
export async function openLedPage(world: World): Promise<LedApp> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pi-workbench-led-'));
  const workbench = await createWorkbench({
    dataDir,
    homeDir: dataDir,
    agentFile: join(root, 'pi-agent/dist/led-agent.cjs'),
    runtimeDir: join(root, '.cache/runtimes'),
    appVersion: '0.0.0',
    shell: 'browser',
    networks: ['127.0.0.0/24'],
    secrets: sessionSecrets('A test keeps nothing.'),
    dialogs: null,
  });
  const events = new Signal<PublishedEvent>();
  const led = ledPart({ led: world.service }, (name, payload) => events.emit({ name, payload }));
  const forwarding = workbench.events.subscribe((event) => {
    if (event.name !== 'led.changed') events.emit(event);
  });
  const served = { ...workbench, events, handlers: { ...workbench.handlers, ...led.handlers } };
  const server = await PageServer.start({
    files: await PageFiles.open(process.env['RENDERER_DIR'] ?? join(root, 'out/renderer')),
    port: 0,
    onPage: (carrier) => serveContract(served, carrier),
  });
  const browser = await launchBrowser();
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(15_000);
  await page.goto(server.address);
  await page.getByRole('link', { name: 'This computer (practice)' }).first().waitFor();
  await page.evaluate(() => {
    window.location.hash = '#/device/practice/led';
  });
  return {
    page,
    world,
    async screenshot(name) {
      const path = join(root, 'test-results/screenshots', `${name}.png`);
      const size = page.viewportSize() ?? { width: 1280, height: 900 };
      // The page scrolls inside its frame: make the frame as high as what it holds.
      const height = await page.evaluate(() =>
        Math.max(...Array.from(document.querySelectorAll('*'), (element) => element.scrollHeight)),
      );
      await page.setViewportSize({ width: size.width, height: Math.min(height, 4000) });
      await page.waitForTimeout(250);
      await page.screenshot({ path });
      await page.setViewportSize(size);
    },
    async dispose() {
      forwarding();
      await led.dispose?.();
      await browser.close();
      await server.dispose();
      await workbench.dispose();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
