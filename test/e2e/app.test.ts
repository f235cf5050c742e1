import axe from 'axe-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type RunningApp } from './support/app.ts';

let app: RunningApp;
const faults: string[] = [];

beforeAll(async () => {
  app = await startApp();
  app.page.on('pageerror', (error) => faults.push(error.message));
  app.page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
});
afterAll(async () => {
  expect(await app.stop()).toBe(0);
});

async function open(hash: string): Promise<void> {
  await app.page.evaluate((next) => {
    window.location.hash = next;
  }, hash);
}

describe('a fresh profile', () => {
  test('shows the practice device, and the token is gone from the address', async () => {
    await app.page.getByRole('link', { name: 'This computer (practice)' }).waitFor();
    expect(app.page.url()).not.toContain('token');
    await app.screenshot('devices');
  });

  test('the one-time token lets nobody in twice', async () => {
    const stranger = await app.page.context().browser()?.newContext();
    const page = await stranger?.newPage();
    await page?.goto(app.address);
    await page?.getByText('This page is not signed in to Pi Workbench').first().waitFor();
    await stranger?.close();
  });
});

describe('adding a device', () => {
  test('a host that cannot be used is refused beside the field and stays typed', async () => {
    await app.page.getByRole('button', { name: 'Add a device' }).click();
    const host = app.page.getByLabel('Host name or address');
    await host.fill('192.168.1');
    await app.page.getByRole('dialog').getByRole('button', { name: 'Add device' }).click();
    await app.page.getByText('is not a complete IPv4 address').waitFor();
    expect(await host.inputValue()).toBe('192.168.1');
    await app.screenshot('add-device-refused');
  });

  test('what was typed is still there after closing the dialog', async () => {
    await app.page.keyboard.press('Escape');
    await app.page.getByRole('dialog').waitFor({ state: 'detached' });
    await app.page.getByRole('button', { name: 'Add a device' }).click();
    expect(await app.page.getByLabel('Host name or address').inputValue()).toBe('192.168.1');
  });

  test('an added device opens, and is in the list after a reload', async () => {
    await app.page.getByLabel('Host name or address').fill('127.0.0.9');
    await app.page.getByRole('dialog').getByRole('button', { name: 'Add device' }).click();
    await app.page.getByRole('heading', { name: '127.0.0.9', level: 1 }).waitFor();
    await open('#/devices');
    await app.page.reload();
    await app.page.getByRole('link', { name: '127.0.0.9' }).waitFor();
  });
});

describe('the DNS page', () => {
  test('finds localhost by the system resolver', async () => {
    await open('#/dns');
    await app.page.getByLabel('Name or address').fill('localhost');
    await app.page.getByLabel('Configured DNS servers').uncheck();
    await app.page.getByLabel('mDNS').uncheck();
    await app.page.getByRole('button', { name: 'Look up' }).click();
    await app.page.getByText('The same in Python').waitFor();
    const addresses = await app.page.getByRole('table').first().innerText();
    expect(addresses).toMatch(/127\.0\.0\.1|::1/);
    await app.screenshot('dns');
  });

  test('says in words that a name does not fit, and asks nobody', async () => {
    await app.page.getByLabel('Name or address').fill('two words');
    await app.page.getByRole('button', { name: 'Look up' }).click();
    await app.page.getByText('A name has no spaces.').waitFor();
    await app.page.getByText('Below: the answers for localhost').waitFor();
    await app.page.getByText('“two words” was not looked up.').waitFor();
    await app.screenshot('dns-refused');
  });

  test('asks again with one click on what was looked up before, and forgets it on request', async () => {
    const before = app.page.getByRole('table', { name: 'Names looked up before' });
    await before.getByRole('button', { name: 'localhost' }).click();
    await app.page.getByText('Below: the answers for').waitFor({ state: 'detached' });
    await app.page.getByText('The same in Python').waitFor();
    expect(await app.page.getByLabel('Name or address').inputValue()).toBe('localhost');
    await app.page.getByRole('button', { name: 'Forget all' }).click();
    await app.page.getByRole('button', { name: 'Forget', exact: true }).click();
    await before.waitFor({ state: 'detached' });
    await app.page.getByRole('button', { name: 'Look up' }).click();
    await before.getByRole('button', { name: 'localhost' }).waitFor();
  });
});

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  test.each([
    ['devices', '#/devices', 'Devices'],
    ['overview', '#/device/practice/overview', 'This computer (practice)'],
    ['dns', '#/dns', 'DNS'],
    ['settings', '#/settings', 'Settings'],
    ['showcase', '#/showcase', null],
  ])('axe finds nothing on %s, wide and narrow', async (name, hash, heading) => {
    await app.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    for (const width of [1280, 360]) {
      await app.page.setViewportSize({ width, height: 800 });
      await open(hash);
      const title = app.page.getByRole('heading', { level: 1, ...(heading ? { name: heading } : {}) });
      await title.first().waitFor();
      await app.page.evaluate(async () => {
        const ending = document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity);
        await Promise.allSettled(ending.map((one) => one.finished));
      });
      await app.screenshot(`${name}-${theme}-${width}`);
      await app.page.evaluate(axe.source);
      const found = await app.page.evaluate(async () => {
        const { violations } = await (window as unknown as { axe: typeof axe }).axe.run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
      });
      expect(found).toEqual([]);
      const overflow = await app.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
    }
  });
});

test('nothing went wrong in the page meanwhile', () => {
  expect(faults).toEqual([]);
});
