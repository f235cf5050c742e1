import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emptyProfile, startApp, type RunningApp } from './support/app.ts';
import { barriers, noBarriers } from './support/axe.ts';

let app: RunningApp;

beforeAll(async () => {
  app = await startApp(emptyProfile);
});
afterAll(async () => {
  expect(await app.stop()).toBe(0);
});

const tour = () => app.page.getByRole('complementary', { name: 'First steps' });
const kept = async (): Promise<unknown> => JSON.parse(await readFile(join(app.dataDir, 'settings.json'), 'utf8'));

test.each([
  ['light', 1280],
  ['dark', 1280],
  ['light', 360],
  ['dark', 360],
] as const)('the first start shows the tour below the screen (%s, %i px)', async (colorScheme, width) => {
  await app.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await app.page.setViewportSize({ width, height: 800 });
  await tour().getByText('Open the practice device').last().waitFor();
  await app.screenshot(`tour-${colorScheme}-${width}`);
  expect(await barriers(app.page)).toEqual(noBarriers);
  const [screen, dock] = await Promise.all([app.page.locator('#main').boundingBox(), tour().boundingBox()]);
  expect((screen?.y ?? 0) + (screen?.height ?? 0)).toBeLessThanOrEqual(dock?.y ?? 0);
});

test('it follows what is done, also by another way than its own buttons', async () => {
  await app.page.setViewportSize({ width: 1280, height: 800 });
  await app.page.getByRole('link', { name: 'This computer (practice)' }).click();
  await tour().getByText('Deploy the agent', { exact: true }).last().waitFor();
  await app.page.getByRole('navigation', { name: 'Device' }).getByRole('link', { name: 'Agent' }).click();
  await tour().getByText('Press “Deploy the agent” above.').waitFor();
});

test('skipped, it does not come back at the next start, only when it is asked for', async () => {
  await tour().getByRole('button', { name: 'Skip the tour' }).click();
  await tour().waitFor({ state: 'detached' });
  await expect.poll(kept).toMatchObject({ tourDone: true });
  await app.page.reload();
  await app.page.getByRole('heading', { level: 1 }).waitFor();
  expect(await tour().count()).toBe(0);
  await app.page.keyboard.press('Control+k');
  await app.page.getByRole('combobox').fill('tour');
  await app.page.keyboard.press('Enter');
  await tour().waitFor();
});
