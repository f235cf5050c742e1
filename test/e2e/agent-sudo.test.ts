import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../integration/support/free-port.ts';
import { canMount, startSshd, type Sshd } from '../integration/support/sshd.ts';
import { ASKING_SUDO } from '../integration/support/systemd-double.ts';
import { startApp, type RunningApp } from './support/app.ts';
import { addDevice, look, signIn } from './support/bench.ts';

const RIGHT = 'the right one';
const WRONG = 'blueberry';

let sshd: Sshd;
let app: RunningApp;
let home: string;
const faults: string[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'pi-workbench-home-'));
  process.env['HOME'] = home;
  sshd = await startSshd({ systemd: true, programs: { sudo: ASKING_SUDO } });
  await writeFile(join(sshd.home, 'sudo-expects'), RIGHT, { mode: 0o644 });
  app = await startApp();
  app.page.on('pageerror', (error) => faults.push(error.message));
  await addDevice(app, 'Bench', sshd.user, sshd.port);
  await app.page.getByRole('link', { name: 'Agent', exact: true }).click();
  await button('Sign in').last().click();
  await signIn(app, sshd);
  await text('No agent yet');
});
afterAll(async () => {
  await app.stop();
  await sshd.stop();
  await rm(home, { recursive: true, force: true });
  expect(faults).toEqual([]);
});

const button = (name: string) => app.page.getByRole('button', { name, exact: true });
const text = (words: string | RegExp) => app.page.getByText(words).first().waitFor();
const dialog = () => app.page.getByRole('dialog', { name: 'Password for sudo' });
const field = () => dialog().getByRole('textbox', { name: `Password of ${sshd.user}` });
const unitFiles = () => readdir(join(sshd.folder, 'units'));
const homeFiles = async () => (await readdir(sshd.home)).sort();

async function give(password: string, verb: string): Promise<void> {
  await field().fill(password);
  await dialog().getByRole('button', { name: verb, exact: true }).click();
}

async function operateFromMenu(entry: RegExp | string): Promise<void> {
  await button('More about the agent').click();
  await app.page.getByRole('menuitem', { name: entry }).click();
}

/** Neither what is seen nor what a script could read off the page holds the password. */
async function expectNoTrace(password: string): Promise<void> {
  expect(await app.page.content()).not.toContain(password);
  expect(await app.page.locator('body').innerText()).not.toContain(password);
}

describe.skipIf(!canMount())('a device whose sudo asks for a password', () => {
  let before: readonly string[];

  test('is asked about it before anything is sent', async () => {
    before = await homeFiles();
    await button('Change settings').click();
    const settings = app.page.getByRole('dialog', { name: 'Deploy the agent' });
    await settings.getByRole('radio', { name: 'Simulated' }).check();
    await settings.getByLabel('LED port').fill(String(await freePort()));
    await settings.getByLabel('Echo port').fill(String(await freePort()));
    await settings.getByRole('button', { name: 'Deploy', exact: true }).click();
    await dialog().waitFor();
    expect(await field().evaluate((input) => input === document.activeElement)).toBe(true);
    await look(app, 'sudo-asked');
    expect(await homeFiles()).toEqual(before);
  });

  test('is left as it was when the question is closed with Escape', async () => {
    await field().fill(WRONG);
    await app.page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    await expectNoTrace(WRONG);
    expect(await homeFiles()).toEqual(before);
    expect(await unitFiles()).toEqual([]);
    await look(app, 'sudo-escaped');
  });

  test('says beside the empty field that a password is needed', async () => {
    await button('Type the password').click();
    await dialog().getByRole('button', { name: 'Deploy', exact: true }).click();
    await dialog().getByText('Type the password.').waitFor();
  });

  test('asks again after a wrong password, which is shown nowhere and changes nothing', async () => {
    await give(WRONG, 'Deploy');
    await dialog().getByText('sudo did not accept the password.', { exact: true }).waitFor();
    expect(await field().inputValue()).toBe('');
    expect(await field().getAttribute('type')).toBe('password');
    await expectNoTrace(WRONG);
    await look(app, 'sudo-wrong');
    expect(await homeFiles()).toEqual(before);
    expect(await unitFiles()).toEqual([]);
  });

  test('gets its service with the right one, which is shown nowhere either', async () => {
    await give(RIGHT, 'Deploy');
    await text(/runs and answers on port/);
    await text('Service of the system');
    await expectNoTrace(RIGHT);
    expect(await unitFiles()).toContain('pi-workbench-led.service');
    await look(app, 'sudo-deployed');
  });

  test('is asked for each piece of work, and goes on running when the question is closed', async () => {
    await button('Stop').click();
    await dialog().waitFor();
    await app.page.keyboard.press('Escape');
    await text('Running');
    await button('Stop').click();
    await give(RIGHT, 'Stop');
    await text('Stopped');
    await button('Start').click();
    await give(RIGHT, 'Start');
    await text('Running');
  });

  test('takes other settings only with the right password, and says nothing of a failure before it has it', async () => {
    await button('Change settings').click();
    await app.page.getByLabel('Pin of the LED').selectOption('17');
    await button('Apply').click();
    await dialog().waitFor();
    expect(await dialog().getByRole('button', { name: 'Go without root rights' }).count()).toBe(0);
    await give(WRONG, 'Deploy');
    await dialog().getByText('sudo did not accept the password.', { exact: true }).waitFor();
    await give(RIGHT, 'Deploy');
    await text(/runs and answers on port/);
    await text(/header pin 11/);
  });

  test('goes back to the settings before, also with the password only', async () => {
    await operateFromMenu(/^Roll back/);
    await give(WRONG, 'Roll back');
    await dialog().getByText('sudo did not accept the password.', { exact: true }).waitFor();
    await give(RIGHT, 'Roll back');
    await text(/^Back at version/);
    await text(/header pin 13/);
  });

  test('is rid of the agent with the right password, and nothing is left', async () => {
    await operateFromMenu('Uninstall');
    await app.page.getByRole('alertdialog').getByRole('button', { name: 'Uninstall' }).click();
    await give(RIGHT, 'Uninstall');
    await text('The agent and its files are gone.');
    expect(await unitFiles()).toEqual([]);
    expect(await homeFiles()).toEqual(before);
  });

  test('gets a plain program when the user goes without root rights, and is never asked again', async () => {
    await button('Deploy the agent').click();
    await dialog().getByRole('button', { name: 'Go without root rights' }).click();
    await text(/runs and answers on port/);
    await text('Plain program');
    expect(await unitFiles()).toEqual([]);
    await button('Restart').click();
    await text('The agent was restarted.');
    await operateFromMenu('Uninstall');
    await app.page.getByRole('alertdialog').getByRole('button', { name: 'Uninstall' }).click();
    await text('The agent and its files are gone.');
    expect(await homeFiles()).toEqual(before);
  });
});
