import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEVICE_TABS, deviceHref, SCREENS, screenHref } from '../../src-renderer/state/route.ts';
import { freePort } from '../integration/support/free-port.ts';
import { startApp, type RunningApp } from './support/app.ts';
import { focusStop, tabTo, walkByTab } from './support/focus.ts';

/** The app without a mouse: nothing here clicks, and nothing is filled in but by keys. */
let app: RunningApp;

beforeAll(async () => {
  app = await startApp();
  await app.page.emulateMedia({ reducedMotion: 'reduce' });
});
afterAll(async () => {
  expect(await app.stop()).toBe(0);
});

const press = async (...keys: readonly string[]): Promise<void> => {
  for (const key of keys) await app.page.keyboard.press(key);
};
const type = (text: string): Promise<void> => app.page.keyboard.insertText(text);
const focused = async (): Promise<string | undefined> => (await focusStop(app.page))?.what;
const dialog = (name: string) => app.page.getByRole('dialog', { name });

/** Does what the palette lists first for these words. */
async function command(words: string): Promise<void> {
  await press('Control+k');
  await expect.poll(focused).toBe('input Search for a device, a screen or an action');
  await type(words);
  await app.page.getByRole('option', { selected: true }).filter({ hasText: words }).waitFor();
  await press('Enter');
}

const places = [
  ...SCREENS.map((screen) => [screen, screenHref(screen)] as const),
  ...DEVICE_TABS.map((tab) => [`device-${tab}`, deviceHref('practice', tab)] as const),
];

/** What is shown once a screen that has to ask for it knows it. */
const arrived: Readonly<Record<string, string>> = { 'device-led': 'Deploy the agent', 'device-network': '127.0.0.1' };

describe('Tab', () => {
  test.each(places.filter(([name]) => name !== 'device-terminal'))(
    'goes through the whole of %s, from the rail to the content, and shows where it is',
    async (name, href) => {
      await app.open(href);
      // What arrives later would push away what has the focus.
      await app.page
        .locator('#main')
        .getByText(arrived[name] ?? '')
        .first()
        .waitFor();
      await expect.poll(() => app.page.locator('#main .spinner').count()).toBe(0);
      const stops = await walkByTab(app.page);
      const rail = [
        'a Skip to the content',
        'button Search',
        'a Devices',
        'a Console',
        'a DNS',
        'a Echo',
        'a Settings',
      ];
      expect(stops.slice(0, rail.length).map(({ what }) => what)).toEqual(rail);
      expect(stops.length).toBeGreaterThan(rail.length);
      expect(stops.filter(({ visible, what }) => !visible || / $/.test(what))).toEqual([]);
    },
  );

  test('belongs to the shell in a terminal, where F6 leads out', async () => {
    await app.open(deviceHref('practice', 'terminal'));
    await expect.poll(focused).toBe('textarea Terminal input');
    await press('Tab');
    expect(await focused()).toBe('textarea Terminal input');
    await app.page.getByText('F6 leads out of the terminal').waitFor();
    await press('F6');
    expect(await focused()).toBe('a Devices');
  });
});

describe('the palette', () => {
  test('adds a device: the dialog begins in its first field, Enter adds, and Escape leaves what was typed', async () => {
    await app.open('#/settings');
    await command('Add a device');
    await dialog('Add a device').waitFor();
    await expect.poll(focused).toBe('input Host name or address');
    await type('127.0.0.9');
    await press('Escape');
    await dialog('Add a device').waitFor({ state: 'detached' });
    await command('Add a device');
    await expect.poll(focused).toBe('input Host name or address');
    await press('Enter');
    await app.page.getByRole('heading', { name: '127.0.0.9', level: 1 }).waitFor();
  });

  test.each([
    ['Find devices', 'button Search'],
    ['Look up a name', 'input Name or address'],
    ['Test an echo server', 'input Echo server'],
  ])('%s brings one to it from any screen, also from its own', async (words, where) => {
    for (const from of ['#/settings', '']) {
      if (from) await app.open(from);
      await command(words);
      await expect.poll(focused).toBe(where);
    }
  });

  test.each([
    ['Connect to a host', 'Host'],
    ['Listen on a port', 'Listen on'],
  ])('%s shows the form for it', async (words, field) => {
    await command(words);
    await app.page.getByRole('textbox', { name: field, exact: true }).waitFor();
  });

  test('works on the device opened last: examines it, and opens Python there', async () => {
    await app.open(deviceHref('practice'));
    await command('Examine this device');
    await app.page.getByRole('button', { name: 'Examine again' }).waitFor();
    await app.open(deviceHref('practice'));
    await command('Python here');
    await app.page.getByRole('button', { name: 'Python', exact: true, pressed: true }).waitFor();
  });

  test('an errand that was not run is forgotten when its screen is left', async () => {
    await app.open('#/settings');
    await command('127.0.0.9');
    await app.page.getByRole('heading', { name: '127.0.0.9', level: 1 }).waitFor();
    await command('Python here');
    await app.page.getByText('Sign in to open a terminal').waitFor();
    await app.open('#/dns');
    await app.open(deviceHref('practice', 'terminal'));
    await app.page.getByRole('button', { name: 'Shell', exact: true }).waitFor();
  });
});

describe('from nothing to a lit LED', () => {
  test('the agent is deployed', async () => {
    await app.open(deviceHref('practice'));
    await command('Deploy the agent');
    await dialog('Deploy the agent').waitFor();
    for (const field of ['LED port', 'Echo port']) {
      await tabTo(app.page, `input ${field}`);
      await press('Control+a');
      await type(String(await freePort()));
    }
    await press('Enter');
    await app.page.getByText(/runs and answers on port/).waitFor();
  });

  test('the next tab is a key away, and its buttons switch the LED', async () => {
    await press('Alt+Shift+ArrowRight');
    await app.page.locator('#main [data-led="off"]').first().waitFor();
    await tabTo(app.page, 'button On');
    await press('Enter');
    await app.page.locator('#main [data-led="on"]').first().waitFor();
    await tabTo(app.page, 'button Off');
    await press('Space');
    await app.page.locator('#main [data-led="off"]').first().waitFor();
  });

  test('another pin is chosen in the drawing by arrows and Enter', async () => {
    await tabTo(app.page, 'g Header pin 13, GPIO27');
    await press('ArrowDown', 'Enter');
    await app.page.getByRole('radio', { name: /^Header pin 15, GPIO22/, checked: true }).waitFor();
    // From 15 over 13 and 11 to 9, which is ground.
    await press('ArrowUp', 'ArrowUp', 'ArrowUp', 'Enter');
    expect(await focused()).toBe('g Header pin 9, Ground');
    await app.page.getByRole('radio', { name: /^Header pin 15, GPIO22/, checked: true }).waitFor();
  });

  test('it is uninstalled after a question, which gives the focus back', async () => {
    await press('Alt+Shift+ArrowLeft');
    await tabTo(app.page, 'button More about the agent');
    await press('Enter', 'ArrowUp');
    await expect.poll(focused).toBe('div Uninstall');
    await press('Enter');
    const question = app.page.getByRole('alertdialog').or(dialog('Uninstall the agent?'));
    await question.waitFor();
    await press('Escape');
    await question.waitFor({ state: 'detached' });
    await expect.poll(focused).toBe('button More about the agent');
  });
});
