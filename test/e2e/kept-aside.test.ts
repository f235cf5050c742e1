import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { knowsTheTour, startApp, type RunningApp } from './support/app.ts';

const damaged = '{ "version": 1, "devices": [';
let app: RunningApp;

beforeAll(async () => {
  app = await startApp(async (dataDir) => {
    await knowsTheTour(dataDir);
    await writeFile(join(dataDir, 'devices.json'), damaged);
  });
});
afterAll(async () => {
  expect(await app.stop()).toBe(0);
});

test('a damaged file is kept aside, and the page says where until it is dismissed', async () => {
  const [kept = ''] = (await readdir(app.dataDir)).filter((name) => name.startsWith('devices.json.unreadable-'));
  expect(await readFile(join(app.dataDir, kept), 'utf8')).toBe(damaged);
  await app.page.getByText('could not be read, so the app started without it').waitFor();
  await app.page.getByText(kept).waitFor();
  await app.screenshot('kept-aside-1280');
  await app.page.setViewportSize({ width: 360, height: 800 });
  await app.screenshot('kept-aside-360');
  await app.page.getByRole('button', { name: 'Dismiss' }).click();
  await app.page.getByText(kept).waitFor({ state: 'detached' });
});
