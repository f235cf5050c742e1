import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSshd, type Sshd } from '../integration/support/sshd.ts';
import { freePort } from '../integration/support/free-port.ts';
import { startApp, type RunningApp } from './support/app.ts';
import { barriers, noBarriers } from './support/axe.ts';
import { addDevice, look, signIn } from './support/bench.ts';

let sshd: Sshd;
let app: RunningApp;
let home: string;
const faults: string[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'pi-workbench-home-'));
  process.env['HOME'] = home;
  sshd = await startSshd();
  app = await startApp();
  app.page.on('pageerror', (error) => faults.push(error.message));
});
afterAll(async () => {
  await app.stop();
  await sshd.stop();
  await rm(home, { recursive: true, force: true });
  expect(faults).toEqual([]);
});

const button = (name: string) => app.page.getByRole('button', { name, exact: true });
const text = (words: string | RegExp) => app.page.getByText(words).first().waitFor();
const rows = () => app.page.getByRole('list', { name: 'How it goes on each device' }).locator('> li');

describe('deploying to several devices', () => {
  test('is offered in the list once there is a second device', async () => {
    const link = app.page.getByRole('link', { name: 'Deploy to several…' });
    await app.page.getByRole('list', { name: 'Devices' }).waitFor();
    expect(await link.count()).toBe(0);
    await addDevice(app, 'Bench 1', sshd.user, sshd.port);
    await addDevice(app, 'Bench 2', sshd.user, await freePort());
    await app.open('#/devices');
    await link.waitFor();
    await app.screenshot('deploy-many-link');
    await link.click();
    await app.page.getByRole('heading', { level: 1, name: 'Deploy to several devices' }).waitFor();
  });

  test('lists devices nobody is signed in to with the way to sign in', async () => {
    await button('Sign in to Bench 2').waitFor();
    await button('Sign in to Bench 1').click();
    await signIn(app, sshd);
    await app.page.getByRole('checkbox', { name: 'Bench 1' }).waitFor();
    expect(await app.page.getByRole('checkbox', { name: 'Bench 2' }).count()).toBe(0);
  });

  test('keeps what was typed when a port cannot be used, and begins nothing', async () => {
    await app.page.getByRole('checkbox', { name: 'All that are signed in' }).check();
    await app.page.getByLabel('LED port').fill('70000');
    await button('Deploy to 2 devices').click();
    await text(/65/);
    expect(await app.page.getByLabel('LED port').inputValue()).toBe('70000');
    await look(app, 'deploy-many-choice');
  });

  test('shows a row for each, and one that fails does not stop the other', async () => {
    await app.page.getByRole('radio', { name: 'Simulated' }).check();
    await app.page.getByLabel('LED port').fill(String(await freePort()));
    await app.page.getByLabel('Echo port').fill(String(await freePort()));
    // Both devices are this computer: one after the other, the second finds the port taken by the first.
    await app.page.getByLabel('Devices at once').fill('1');
    await button('Deploy to 2 devices').click();
    await app.page.getByRole('status').getByText('1 deployed, 1 failed', { exact: true }).waitFor();
    await rows().filter({ hasText: 'This computer' }).getByText('runs and answers on port').first().waitFor();
    const failed = rows().filter({ hasText: 'Bench 1' });
    await failed.getByText('Failed', { exact: true }).waitFor();
    await failed.getByText('Steps').click();
    await failed.getByRole('list', { name: 'Steps on Bench 1' }).waitFor();
    await look(app, 'deploy-many-result');
  });

  test('leads to the Agent page of the one that failed, and keeps the result meanwhile', async () => {
    await rows().getByRole('link', { name: 'Open its Agent page' }).click();
    await text('The deployment failed');
    await app.open('#/deploy-many');
    await text('1 deployed, 1 failed');
  });

  test('tells the step a device is at, and stops when all is cancelled', async () => {
    await button('Deploy once more').click();
    await app.page.getByLabel('LED port').fill(String(await freePort()));
    await app.page.getByLabel('Echo port').fill(String(await freePort()));
    // The device does not answer for a while, so that the row stays as it is looked at.
    await sshd.pause();
    await button('Deploy to 1 device').click();
    await text('Look at the device, step 1 of 7');
    await text('1 under way');
    await app.screenshot('deploy-many-running');
    expect(await barriers(app.page)).toEqual(noBarriers);
    await button('Cancel all').click();
    await sshd.resume();
    await app.page.getByRole('status').getByText('1 cancelled', { exact: true }).waitFor();
  });

  test('offers what is not deployed for the next time, with the settings as they were typed', async () => {
    await button('Deploy once more').click();
    expect(await app.page.getByRole('checkbox', { name: 'Bench 1' }).isChecked()).toBe(true);
    expect(await app.page.getByRole('radio', { name: 'Simulated' }).isChecked()).toBe(true);
    await button('Deploy to 1 device').click();
    await app.page.getByRole('status').getByText('1 deployed', { exact: true }).waitFor();
    await app.open(await agentPage('Bench 1'));
    await button('More about the agent').click();
    await app.page.getByRole('menuitem', { name: 'Uninstall' }).click();
    await app.page.getByRole('alertdialog').getByRole('button', { name: 'Uninstall' }).click();
    await text('The agent and its files are gone.');
  });
});

async function agentPage(label: string): Promise<string> {
  return (await rows().getByRole('link', { name: label, exact: true }).getAttribute('href')) ?? '';
}
