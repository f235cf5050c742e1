import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../integration/support/free-port.ts';
import { barriers, noBarriers } from './support/axe.ts';
import { Bench } from './support/bench.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.stop());

const rows = () => bench.page.getByRole('list', { name: 'How it goes on each device' }).locator('> li');

describe('deploying to several devices', () => {
  test('is offered in the list once there is a second device', async () => {
    const link = bench.page.getByRole('link', { name: 'Deploy to several…' });
    await bench.page.getByRole('list', { name: 'Devices' }).waitFor();
    expect(await link.count()).toBe(0);
    await bench.addDevice('Bench 1');
    await bench.addDevice('Bench 2', await freePort());
    await bench.app.open('#/devices');
    await link.waitFor();
    await bench.app.screenshot('deploy-many-link');
    await link.click();
    await bench.page.getByRole('heading', { level: 1, name: 'Deploy to several devices' }).waitFor();
  });

  test('lists devices nobody is signed in to with the way to sign in', async () => {
    await bench.button('Sign in to Bench 2').waitFor();
    await bench.button('Sign in to Bench 1').click();
    await bench.signIn();
    await bench.page.getByRole('checkbox', { name: 'Bench 1' }).waitFor();
    expect(await bench.page.getByRole('checkbox', { name: 'Bench 2' }).count()).toBe(0);
  });

  test('keeps what was typed when a port cannot be used, and begins nothing', async () => {
    await bench.page.getByRole('checkbox', { name: 'All that are signed in' }).check();
    await bench.page.getByLabel('LED port').fill('70000');
    await bench.button('Deploy to 2 devices').click();
    await bench.text(/65/);
    expect(await bench.page.getByLabel('LED port').inputValue()).toBe('70000');
    await bench.look('deploy-many-choice');
  });

  test('shows a row for each, and one that fails does not stop the other', async () => {
    await bench.page.getByRole('radio', { name: 'Simulated' }).check();
    await bench.page.getByLabel('LED port').fill(String(await freePort()));
    await bench.page.getByLabel('Echo port').fill(String(await freePort()));
    // Both devices are this computer: one after the other, the second finds the port taken by the first.
    await bench.page.getByLabel('Devices at once').fill('1');
    await bench.button('Deploy to 2 devices').click();
    await bench.page.getByRole('status').getByText('1 deployed, 1 failed', { exact: true }).waitFor();
    await rows().filter({ hasText: 'This computer' }).getByText('runs and answers on port').first().waitFor();
    const failed = rows().filter({ hasText: 'Bench 1' });
    await failed.getByText('Failed', { exact: true }).waitFor();
    await failed.getByText('Steps').click();
    await failed.getByRole('list', { name: 'Steps on Bench 1' }).waitFor();
    await bench.look('deploy-many-result');
  });

  test('leads to the Agent page of the one that failed, and keeps the result meanwhile', async () => {
    await rows().getByRole('link', { name: 'Open its Agent page' }).click();
    await bench.text('The deployment failed');
    await bench.app.open('#/deploy-many');
    await bench.text('1 deployed, 1 failed');
  });

  test('tells the step a device is at, and stops when all is cancelled', async () => {
    await bench.button('Deploy once more').click();
    await bench.page.getByLabel('LED port').fill(String(await freePort()));
    await bench.page.getByLabel('Echo port').fill(String(await freePort()));
    // The device does not answer for a while, so that the row stays as it is looked at.
    await bench.sshd.pause();
    await bench.button('Deploy to 1 device').click();
    await bench.text('Look at the device, step 1 of 7');
    await bench.text('1 under way');
    await bench.app.screenshot('deploy-many-running');
    expect(await barriers(bench.page)).toEqual(noBarriers);
    await bench.button('Cancel all').click();
    await bench.sshd.resume();
    await bench.page.getByRole('status').getByText('1 cancelled', { exact: true }).waitFor();
  });

  test('offers what is not deployed for the next time, with the settings as they were typed', async () => {
    await bench.button('Deploy once more').click();
    expect(await bench.page.getByRole('checkbox', { name: 'Bench 1' }).isChecked()).toBe(true);
    expect(await bench.page.getByRole('radio', { name: 'Simulated' }).isChecked()).toBe(true);
    await bench.button('Deploy to 1 device').click();
    await bench.page.getByRole('status').getByText('1 deployed', { exact: true }).waitFor();
    await bench.app.open(await agentPage('Bench 1'));
    await bench.button('More about the agent').click();
    await bench.page.getByRole('menuitem', { name: 'Uninstall' }).click();
    await bench.page.getByRole('alertdialog').getByRole('button', { name: 'Uninstall' }).click();
    await bench.text('The agent and its files are gone.');
  });
});

async function agentPage(label: string): Promise<string> {
  return (await rows().getByRole('link', { name: label, exact: true }).getAttribute('href')) ?? '';
}
