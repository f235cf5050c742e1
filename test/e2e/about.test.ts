import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { startApp, type RunningApp } from './support/app.ts';
import { barriers, noBarriers } from './support/axe.ts';

/** What the app says about itself. */
let app: RunningApp;
const dialog = (name: string) => app.page.getByRole('dialog', { name });

beforeAll(async () => {
  app = await startApp();
  await app.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await app.open('#/settings');
});
afterAll(async () => {
  expect(await app.stop()).toBe(0);
});

test('the versions are shown, and copied for a report', async () => {
  await app.page.getByRole('button', { name: 'About Pi Workbench' }).click();
  await dialog('About Pi Workbench').getByText(packageJson.version, { exact: true }).waitFor();
  await app.page.getByRole('button', { name: 'Copy details about Pi Workbench' }).click();
  await dialog('About Pi Workbench').getByText('Copied').first().waitFor();
  expect((await app.page.evaluate(() => navigator.clipboard.readText())).split('\n')).toEqual([
    'Pi Workbench',
    `Version: ${packageJson.version}`,
    'Runs in: The browser',
    expect.stringContaining(process.arch),
    `Node: ${process.versions.node}`,
  ]);
});

test('no address of a website is shown that leads nowhere, and the others open outside', async () => {
  const links = await dialog('About Pi Workbench').getByRole('link').all();
  const addresses = await Promise.all(
    links.map((link) => link.evaluate(({ href, target }: HTMLAnchorElement) => ({ href, target }))),
  );
  expect(addresses.length).toBeGreaterThan(0);
  expect(
    addresses.filter(({ href, target }) => !/^https:\/\/(?!.*\.invalid)/.test(href) || target !== '_blank'),
  ).toEqual([]);
});

test('the licences are read in the app; Escape goes back step by step to where it began', async () => {
  await app.page.getByRole('button', { name: 'Licences' }).click();
  const text = dialog('Third-party licences').getByRole('region', { name: 'Third-party licences' });
  expect(await text.innerText()).toMatch(/^svelte \d\S+ \(MIT\)$/m);
  await app.page.keyboard.press('Escape');
  await dialog('About Pi Workbench').waitFor();
  await app.page.keyboard.press('Escape');
  await dialog('About Pi Workbench').waitFor({ state: 'detached' });
  const button = app.page.getByRole('button', { name: 'About Pi Workbench' });
  await expect.poll(() => button.evaluate((element) => element === document.activeElement)).toBe(true);
});

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  test.each([1280, 360])('axe finds nothing in both dialogs, %s pixels wide', async (width) => {
    await app.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await app.page.setViewportSize({ width, height: 800 });
    await app.page.getByRole('button', { name: 'About Pi Workbench' }).click();
    await dialog('About Pi Workbench').getByText(packageJson.version, { exact: true }).waitFor();
    await app.screenshot(`about-${theme}-${width}`);
    expect(await barriers(app.page)).toEqual(noBarriers);
    await app.page.getByRole('button', { name: 'Licences' }).click();
    await dialog('Third-party licences').getByRole('region').waitFor();
    await app.screenshot(`licences-${theme}-${width}`);
    expect(await barriers(app.page)).toEqual(noBarriers);
    await app.page.keyboard.press('Escape');
    await dialog('About Pi Workbench').waitFor();
    await app.page.keyboard.press('Escape');
    await dialog('About Pi Workbench').waitFor({ state: 'detached' });
  });
});
