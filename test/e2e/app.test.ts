import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEVICE_TABS, deviceHref, SCREENS, screenHref } from '../../src-renderer/state/route.ts';
import { startApp, type RunningApp } from './support/app.ts';
import { barriers, noBarriers } from './support/axe.ts';
import { recordFaults } from './support/faults.ts';

let app: RunningApp;
const faults: string[] = [];

beforeAll(async () => {
  app = await startApp();
  recordFaults(app.page, faults);
});
afterAll(async () => {
  expect(await app.stop()).toBe(0);
});

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
    await page?.getByRole('heading', { name: 'This page needs the address that Pi Workbench printed' }).waitFor();
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
    await app.open('#/devices');
    await app.page.reload();
    await app.page.getByRole('link', { name: '127.0.0.9' }).waitFor();
  });
});

describe('the DNS page', () => {
  test('finds localhost by the system resolver', async () => {
    await app.open('#/dns');
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
    await app.page.getByRole('log', { name: 'Messages' }).getByText('All look-ups are forgotten').waitFor();
    await app.page.getByRole('button', { name: 'Look up' }).click();
    await before.getByRole('button', { name: 'localhost' }).waitFor();
  });
});

describe('the keyboard', () => {
  const keyboard = () => app.page.keyboard;
  const palette = () => app.page.getByRole('combobox', { name: 'Search for a device, a screen or an action' });

  test('finds a screen in the palette and opens it', async () => {
    await app.open('#/devices');
    await keyboard().press('Control+k');
    await palette().fill('sett');
    await app.screenshot('palette-found');
    await keyboard().press('Enter');
    await app.page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    await palette().waitFor({ state: 'detached' });
  });

  test('finds a device by its address, and says when nothing fits', async () => {
    await keyboard().press('Control+k');
    await palette().fill('no such thing');
    await app.page.getByText('Nothing is called “no such thing”.').waitFor();
    await palette().fill('127.0.0.9');
    await keyboard().press('ArrowDown');
    await keyboard().press('ArrowUp');
    await keyboard().press('Enter');
    await app.page.getByRole('heading', { level: 1, name: '127.0.0.9' }).waitFor();
  });

  test('opens the screens by their place in the rail, and moves between rail and content', async () => {
    await keyboard().press('Alt+Shift+Digit2');
    const second = app.page.locator('#rail a').nth(1);
    await app.page.locator('#rail li:nth-child(2) a[aria-current]').waitFor();
    await app.page.locator('#main').focus();
    await keyboard().press('F6');
    expect(await second.evaluate((link) => link === document.activeElement)).toBe(true);
    await keyboard().press('F6');
    expect(await app.page.locator('#main').evaluate((main) => main === document.activeElement)).toBe(true);
    await keyboard().press('F6');
  });

  test('shows what every key does, and gives the focus back', async () => {
    await keyboard().press('Control+/');
    await app.page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor();
    await keyboard().press('Escape');
    await app.page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await app.page.evaluate(() => document.activeElement?.closest('#rail') !== null)).toBe(true);
  });
});

describe('the next start', () => {
  test('opens where one was', async () => {
    await app.open('#/device/practice/overview');
    await app.page.waitForFunction(() => document.title === 'This computer (practice), Overview · Pi Workbench');
    await expect.poll(() => readFile(join(app.dataDir, 'settings.json'), 'utf8')).toContain('#/device/practice');
    await app.page.goto(new URL(app.address).origin);
    await app.page.getByRole('heading', { level: 1, name: 'This computer (practice)' }).waitFor();
  });

  test('opens the list when the device is gone, and a named screen in any case', async () => {
    await app.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Devices' }).click();
    await app.page.getByRole('link', { name: '127.0.0.9' }).click();
    await app.page.getByRole('heading', { level: 1, name: '127.0.0.9' }).waitFor();
    await expect.poll(() => readFile(join(app.dataDir, 'settings.json'), 'utf8')).not.toContain('#/device/practice');
    await app.open('#/devices');
    await app.page.getByRole('button', { name: 'More for 127.0.0.9' }).click();
    await app.page.getByRole('menuitem', { name: 'Remove from the list' }).click();
    await app.page.getByRole('button', { name: 'Remove', exact: true }).click();
    await app.page.getByRole('link', { name: '127.0.0.9' }).waitFor({ state: 'detached' });
    await app.page.getByRole('log', { name: 'Messages' }).getByText('Removed 127.0.0.9 from the list').waitFor();
    await app.page.goto(new URL(app.address).origin);
    await app.page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor();
    await app.page.goto(`${new URL(app.address).origin}/#/dns`);
    await app.page.reload();
    await app.page.getByRole('heading', { level: 1, name: 'DNS' }).waitFor();
  });
});

describe('settings', () => {
  test('less motion is asked of every animation', async () => {
    await app.open('#/settings');
    const choice = app.page.getByRole('switch', { name: 'Reduce motion' });
    const seconds = () =>
      app.page.evaluate(() => {
        const probe = document.body.appendChild(document.createElement('div'));
        probe.style.transition = 'opacity var(--duration-slow)';
        const { transitionDuration } = getComputedStyle(probe);
        probe.remove();
        return parseFloat(transitionDuration);
      });
    expect(await seconds()).toBe(0.26);
    await choice.click();
    await expect.poll(seconds).toBeLessThan(0.001);
    // What draws on a canvas reads the tokens' colours from an element, one after the other in the same frame.
    const colours = await app.page.evaluate(() => {
      const probe = document.body.appendChild(document.createElement('span'));
      const read = ['--color-text', '--color-line', '--color-series-1'].map((name) => {
        probe.style.color = `var(${name})`;
        return getComputedStyle(probe).color;
      });
      probe.remove();
      return read;
    });
    expect(new Set(colours).size).toBe(3);
    await choice.click();
    await expect.poll(seconds).toBe(0.26);
  });
});

/** Every screen and every tab of a device, so that new ones are looked at without being named here. */
const places = [
  ...SCREENS.map((screen) => [screen, screenHref(screen)] as const),
  ...DEVICE_TABS.map((tab) => [`device-${tab}`, deviceHref('practice', tab)] as const),
  ['showcase', '#/showcase'] as const,
];

/** The tab of a device that is shown, where its name is not seen whole. */
const cutTabs = (): Promise<string[]> =>
  app.page.getByRole('navigation', { name: 'Device' }).evaluateAll((bars) =>
    bars.flatMap((bar) => {
      const { left, right } = bar.getBoundingClientRect();
      const current = [...bar.querySelectorAll('[aria-current]')];
      const cut = current.filter((tab) => {
        const box = tab.getBoundingClientRect();
        return box.left < left - 1 || box.right > right + 1;
      });
      return cut.map(({ textContent }) => textContent);
    }),
  );

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  beforeAll(async () => {
    await app.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
  });

  test.each(places)('axe finds nothing on %s, and nothing is wider than the window', async (name, hash) => {
    for (const width of [1280, 360]) {
      await app.page.setViewportSize({ width, height: 800 });
      await app.open(hash);
      await app.screenshot(`${name}-${theme}-${width}`);
      expect(await barriers(app.page)).toEqual(noBarriers);
      expect(await cutTabs()).toEqual([]);
    }
  });

  test('axe finds nothing in the palette, wide and narrow, and in the list of keys', async () => {
    for (const width of [1280, 360]) {
      await app.page.setViewportSize({ width, height: 800 });
      await app.page.keyboard.press('Control+k');
      await app.page.getByRole('option', { name: 'Settings' }).waitFor();
      await app.screenshot(`palette-${theme}-${width}`);
      expect(await barriers(app.page)).toEqual(noBarriers);
      await app.page.keyboard.press('Control+/');
      await app.page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor();
      await app.screenshot(`shortcuts-${theme}-${width}`);
      expect(await barriers(app.page)).toEqual(noBarriers);
      await app.page.keyboard.press('Escape');
    }
  });
});

test.each([
  'raspberrypi-electronics-laboratory-bench-27.students.informatics.example.edu',
  '2001:db8:85a3:8d3:1319:8a2e:370:7348',
])('%s stays inside a narrow window, in the list and on its page', async (host) => {
  await app.page.setViewportSize({ width: 360, height: 800 });
  await app.open('#/devices');
  await app.page.getByRole('button', { name: 'Add a device' }).click();
  await app.page.getByLabel('Host name or address').fill(host);
  await app.page.getByRole('dialog').getByRole('button', { name: 'Add device' }).click();
  await app.page.getByRole('heading', { name: host, level: 1 }).waitFor();
  expect(await barriers(app.page)).toEqual(noBarriers);
  await app.open('#/devices');
  await app.page.getByRole('link', { name: host }).waitFor();
  expect(await barriers(app.page)).toEqual(noBarriers);
});

test('nothing went wrong in the page meanwhile', () => {
  expect(faults).toEqual([]);
});
