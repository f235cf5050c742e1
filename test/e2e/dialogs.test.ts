import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type RunningApp } from './support/app.ts';
import { barriers, noBarriers } from './support/axe.ts';
import { keepsTab } from './support/dialog.ts';

/** Every dialog that needs no other machine. Those of signing in, of sudo, of Ansible and of a found device are in their own tests. */
let app: RunningApp;
/** Sends back what it gets. */
let peer: Server;
let port = '';

beforeAll(async () => {
  peer = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  peer.listen(0, '127.0.0.1');
  await once(peer, 'listening');
  port = String((peer.address() as AddressInfo).port);
  app = await startApp();
});
afterAll(async () => {
  expect(await app.stop()).toBe(0);
  peer.close();
});

const button = (name: string): Locator => app.page.getByRole('button', { name, exact: true });
const shown = (): Locator => app.page.getByRole('dialog').or(app.page.getByRole('alertdialog'));

/**
 * An open dialog reads well in both themes, wide and narrow, keeps Tab inside, goes at Escape and gives the focus back to
 * `opener`.
 */
async function prove(name: string, opener: Locator): Promise<void> {
  await shown().waitFor();
  for (const [colorScheme, width] of [
    ['light', 1280],
    ['dark', 1280],
    ['dark', 360],
    ['light', 360],
  ] as const) {
    await app.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await app.page.setViewportSize({ width, height: 800 });
    await app.screenshot(`dialog-${name}-${colorScheme}-${width}`);
    expect(await barriers(app.page)).toEqual(noBarriers);
  }
  await app.page.setViewportSize({ width: 1280, height: 800 });
  await keepsTab(app.page);
  await app.page.keyboard.press('Escape');
  await shown().waitFor({ state: 'detached' });
  await expect.poll(() => opener.evaluate((element) => element === document.activeElement)).toBe(true);
}

async function fromMenu(name: string, item: string): Promise<Locator> {
  await button(name).click();
  await app.page.getByRole('menuitem', { name: item }).click();
  return button(name);
}

test('adding a device', async () => {
  await button('Add a device').click();
  await prove('add-device', button('Add a device'));
});

test('changing and removing one', async () => {
  await button('Add a device').click();
  await app.page.getByLabel('Host name or address').fill('127.0.0.9');
  await app.page.keyboard.press('Enter');
  await app.page.getByRole('heading', { name: '127.0.0.9', level: 1 }).waitFor();
  await app.open('#/devices');
  await prove('edit-device', await fromMenu('More for 127.0.0.9', 'Edit'));
  await prove('remove-device', await fromMenu('More for 127.0.0.9', 'Remove from the list'));
});

test('deploying the agent', async () => {
  await app.open('#/device/practice/agent');
  await button('Change settings').click();
  await prove('deploy', button('Change settings'));
});

test('forgetting the names looked up', async () => {
  await app.open('#/dns');
  await app.page.getByLabel('Name or address').fill('localhost');
  await button('Look up').click();
  await button('Forget all').click();
  await prove('dns-forget', button('Forget all'));
});

test('exporting an echo test', async () => {
  await app.open('#/echo');
  await app.page.getByLabel('Echo server').fill('127.0.0.1');
  await app.page.getByLabel('Port', { exact: true }).fill(port);
  await app.page.getByRole('textbox', { name: 'Messages' }).fill('3');
  await button('Start the test').click();
  await button('Export as CSV').click();
  await prove('echo-export', button('Export as CSV'));
});

test('opening a file in the console', async () => {
  await app.open('#/console');
  await button('Open a file…').click();
  await prove('console-open', button('Open a file…'));
});

describe('of a session in the console', () => {
  beforeAll(async () => {
    await app.open('#/console');
    await app.page.getByLabel('Host').fill('127.0.0.1');
    await app.page.getByLabel('Port', { exact: true }).fill(port);
    await button('Connect').click();
    await app.page.getByLabel('What to send').fill("b'ON'");
    await app.page.getByRole('button', { name: 'Send', exact: true, disabled: false }).waitFor();
  });

  test.each([
    ['More for this session', 'Export…'],
    ['More for this session', 'Show as code…'],
    ['More for this session', 'Replay…'],
    ['More for this session', 'Rename…'],
    ['Snippets', 'Save what is typed…'],
    ['More', 'Send again and again…'],
    ['More', 'Send a file…'],
  ])('%s: %s', async (menu, item) => {
    await prove(`console-${item.slice(0, -1)}`, await fromMenu(menu, item));
  });
});
