import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { chromiumArguments, chromiumPath } from '../e2e/support/browser.ts';
import type { BenchContext } from './bench-case.ts';
import { projectDir, Running } from './programs.ts';

/** Starts the Chromium that the set-up found, until the case is over. */
export async function openBrowser(context: BenchContext): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumArguments() });
  context.afterwards(() => browser.close());
  return browser;
}

/** Starts the browser shell with a fresh data folder, confined to loopback, until the case is over. */
export async function startShell(
  context: BenchContext,
): Promise<{ readonly address: string; readonly shell: Running }> {
  const dataDir = await mkdtemp(join(context.folder, 'data-'));
  const argv = ['--no-open', '--port', '0', '--data-dir', dataDir, '--networks', '127.0.0.0/24'];
  const shell = new Running([join(projectDir, 'out/main/browser.js'), ...argv], context, addressIn);
  return { address: await shell.next<string>(), shell };
}

/** The app in a window of 1280 by 800, past the tour. */
export async function openApp(context: BenchContext, browser: Browser): Promise<Page> {
  return openPage(browser, (await startShell(context)).address);
}

/** The page of a shell that was started, in such a window. */
export async function openPage(browser: Browser, address: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(address);
  await pastTheTour(page);
  return page;
}

export async function pastTheTour(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Skip the tour' }).click();
}

/** Opens a console session with what listens at a port of this computer. */
export async function connectTo(page: Page, port: number): Promise<void> {
  await page.evaluate(() => {
    window.location.hash = '#/console';
  });
  const form = page.getByRole('tab', { name: 'New session' });
  await page.getByRole('heading', { level: 1, name: 'Console' }).waitFor();
  if (await form.isVisible()) await form.click();
  await page.getByRole('group', { name: 'Kind' }).getByText('TCP client', { exact: true }).click();
  await page.getByLabel('Host').fill('127.0.0.1');
  await page.getByLabel('Port', { exact: true }).fill(String(port));
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
}

/** The address in a line that a server prints at its start. */
export function addressIn(line: string): string | undefined {
  return /http:\/\/\S+/.exec(line)?.[0];
}
