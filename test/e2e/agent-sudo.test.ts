import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../integration/support/free-port.ts';
import { canMount } from '../integration/support/sshd.ts';
import { ASKING_SUDO } from '../integration/support/systemd-double.ts';
import { Bench } from './support/bench.ts';
import { keepsTab } from './support/dialog.ts';

const RIGHT = 'the right one';
const WRONG = 'blueberry';

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.start({
    systemd: true,
    programs: { sudo: ASKING_SUDO },
    prepare: async ({ sshd }) => {
      await writeFile(join(sshd.home, 'sudo-expects'), RIGHT, { mode: 0o644 });
    },
  });
  await bench.openAgentPage('Bench');
});
afterAll(() => bench.stop());

const dialog = () => bench.page.getByRole('dialog', { name: 'Password for sudo' });
const field = () => dialog().getByRole('textbox', { name: `Password of ${bench.sshd.user}` });
const unitFiles = () => readdir(join(bench.sshd.folder, 'units'));
const homeFiles = async () => (await readdir(bench.sshd.home)).sort();

async function give(password: string, verb: string): Promise<void> {
  await field().fill(password);
  await dialog().getByRole('button', { name: verb, exact: true }).click();
}

async function operateFromMenu(entry: RegExp | string): Promise<void> {
  await bench.button('More about the agent').click();
  await bench.page.getByRole('menuitem', { name: entry }).click();
}

/** Neither what is seen nor what a script could read off the page holds the password. */
async function expectNoTrace(password: string): Promise<void> {
  expect(await bench.page.content()).not.toContain(password);
  expect(await bench.page.locator('body').innerText()).not.toContain(password);
}

describe.skipIf(!canMount())('a device whose sudo asks for a password', () => {
  let before: readonly string[];

  test('is asked about it before anything is sent', async () => {
    before = await homeFiles();
    await bench.button('Change settings').click();
    const settings = bench.page.getByRole('dialog', { name: 'Deploy the agent' });
    await settings.getByRole('radio', { name: 'Simulated' }).check();
    await settings.getByLabel('LED port').fill(String(await freePort()));
    await settings.getByLabel('Echo port').fill(String(await freePort()));
    await settings.getByRole('button', { name: 'Deploy', exact: true }).click();
    await dialog().waitFor();
    expect(await field().evaluate((input) => input === document.activeElement)).toBe(true);
    await bench.look('sudo-asked');
    await keepsTab(bench.page);
    expect(await homeFiles()).toEqual(before);
  });

  test('is left as it was when the question is closed with Escape', async () => {
    await field().fill(WRONG);
    await bench.page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    await expectNoTrace(WRONG);
    expect(await homeFiles()).toEqual(before);
    expect(await unitFiles()).toEqual([]);
    await bench.look('sudo-escaped');
  });

  test('says beside the empty field that a password is needed', async () => {
    await bench.button('Type the password').click();
    await dialog().getByRole('button', { name: 'Deploy', exact: true }).click();
    await dialog().getByText('Type the password.').waitFor();
  });

  test('asks again after a wrong password, which is shown nowhere and changes nothing', async () => {
    await give(WRONG, 'Deploy');
    await dialog().getByText('sudo did not accept the password.', { exact: true }).waitFor();
    expect(await field().inputValue()).toBe('');
    expect(await field().getAttribute('type')).toBe('password');
    await expectNoTrace(WRONG);
    await bench.look('sudo-wrong');
    expect(await homeFiles()).toEqual(before);
    expect(await unitFiles()).toEqual([]);
  });

  test('gets its service with the right one, which is shown nowhere either', async () => {
    await give(RIGHT, 'Deploy');
    await bench.text(/runs and answers on port/);
    await bench.text('Service of the system');
    await expectNoTrace(RIGHT);
    expect(await unitFiles()).toContain('pi-workbench-led.service');
    await bench.look('sudo-deployed');
  });

  test('is asked for each piece of work, and goes on running when the question is closed', async () => {
    await bench.button('Stop').click();
    await dialog().waitFor();
    await bench.page.keyboard.press('Escape');
    await bench.text('Running');
    await bench.button('Stop').click();
    await give(RIGHT, 'Stop');
    await bench.text('Stopped');
    await bench.button('Start').click();
    await give(RIGHT, 'Start');
    await bench.text('Running');
  });

  test('takes other settings only with the right password, and says nothing of a failure before it has it', async () => {
    await bench.button('Change settings').click();
    await bench.page.getByLabel('Pin of the LED').selectOption('17');
    await bench.button('Apply').click();
    await dialog().waitFor();
    expect(await dialog().getByRole('button', { name: 'Deploy without root rights' }).count()).toBe(0);
    await give(WRONG, 'Deploy');
    await dialog().getByText('sudo did not accept the password.', { exact: true }).waitFor();
    await give(RIGHT, 'Deploy');
    await bench.text(/runs and answers on port/);
    await bench.text(/header pin 11/);
  });

  test('goes back to the settings before, also with the password only', async () => {
    await operateFromMenu(/^Roll back/);
    await give(WRONG, 'Roll back');
    await dialog().getByText('sudo did not accept the password.', { exact: true }).waitFor();
    await give(RIGHT, 'Roll back');
    await bench.text(/^Back at version/);
    await bench.text(/header pin 13/);
  });

  test('is rid of the agent with the right password, and nothing is left', async () => {
    await operateFromMenu('Uninstall');
    await bench.page.getByRole('alertdialog').getByRole('button', { name: 'Uninstall' }).click();
    await give(RIGHT, 'Uninstall');
    await bench.text('The agent and its files are gone.');
    expect(await unitFiles()).toEqual([]);
    expect(await homeFiles()).toEqual(before);
  });

  test('gets a plain program when the user goes without root rights, and is never asked again', async () => {
    await bench.button('Deploy the agent').click();
    await dialog().getByRole('button', { name: 'Deploy without root rights' }).click();
    await bench.text(/runs and answers on port/);
    await bench.text('Plain program');
    expect(await unitFiles()).toEqual([]);
    await bench.button('Restart').click();
    await bench.text('The agent was restarted.');
    await operateFromMenu('Uninstall');
    await bench.page.getByRole('alertdialog').getByRole('button', { name: 'Uninstall' }).click();
    await bench.text('The agent and its files are gone.');
    expect(await homeFiles()).toEqual(before);
  });
});
