import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSshd, type Sshd } from '../integration/support/sshd.ts';
import { freePort } from '../integration/support/free-port.ts';
import { docPictures, emptyProfile, isOffline, startApp, type RunningApp } from './support/app.ts';
import { recordFaults } from './support/faults.ts';

/**
 * The whole job as a person does it, by clicks and keys alone: from a fresh profile to a lit LED and its bytes, on the
 * practice device and then on a machine behind a real sshd. Each test goes on where the one before it ended.
 */
let app: RunningApp;
const faults: string[] = [];

beforeAll(async () => {
  app = await startApp(emptyProfile, isOffline);
  recordFaults(app.page, faults);
});
afterAll(async () => {
  expect(await app.stop()).toBe(0);
  expect(faults).toEqual([]);
});

const button = (name: string | RegExp): Locator => app.page.getByRole('button', { name, exact: true });
const tab = (name: string): Locator =>
  app.page.getByRole('navigation', { name: 'Device' }).getByRole('link', { name, exact: true });
const screen = (name: string): Locator =>
  app.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true });
const shown = (text: string | RegExp): Promise<void> => app.page.getByText(text).first().waitFor();
const lamp = (state: 'on' | 'off' | 'unknown'): Promise<void> =>
  app.page.locator(`#main [data-led="${state}"]`).first().waitFor();
const tour = (): Locator => app.page.getByRole('complementary', { name: 'First steps' });

/** Deploys with the simulated driver on ports that nothing else here uses. */
async function deploy(usualPorts = false): Promise<void> {
  const ports = usualPorts ? { led: 1234, echo: 1235 } : { led: await freePort(), echo: await freePort() };
  await button('Change settings').click();
  const dialog = app.page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'Simulated' }).check({ force: true });
  await dialog.getByLabel('LED port').fill(String(ports.led));
  await dialog.getByLabel('Echo port').fill(String(ports.echo));
  await dialog.getByRole('button', { name: 'Deploy' }).click();
  await shown(/runs and answers on port/);
}

/** Opens the agent's LED port in the console and sends one of the four words. */
async function sendFromConsole(preset: string, word: 'On' | 'Off'): Promise<void> {
  await screen('Console').click();
  await app.page.getByRole('button', { name: preset }).click();
  const commands = app.page.getByRole('group', { name: 'LED commands' });
  await commands.getByRole('button', { name: word }).click();
  await shown(`OK ${word.toUpperCase()}`);
}

describe('from a fresh profile, on the practice device', () => {
  test('the first steps show the way to it', async () => {
    await tour().getByText('Open the practice device').last().waitFor();
    await app.screenshot('tour-1-open');
    await app.picture('first-start');
    await tour().getByRole('link', { name: 'Open it' }).click();
    await app.page.getByRole('heading', { level: 1, name: 'This computer (practice)' }).waitFor();
    await shown('Simulated');
  });

  test('its network is read: the addresses of this computer', async () => {
    await tab('Network').click();
    await app.page.getByText('127.0.0.1').first().waitFor();
    await app.screenshot('job-network');
  });

  test('the agent is deployed, step by step', async () => {
    await tour().getByRole('link', { name: 'Show the Agent tab' }).click();
    await deploy(docPictures !== '');
    await app.screenshot('job-deployed');
  });

  test('the LED lights when the agent has read the level back', async () => {
    await tour().getByRole('link', { name: 'Show the LED tab' }).click();
    await lamp('off');
    await button('On').click();
    await lamp('on');
    await shown('On the wire: sent ON, received OK ON');
    await shown('no real pin is switched');
    await tour().getByText('The LED is lit').waitFor();
    await app.screenshot('job-led-on');
  });

  test('the console shows the bytes: ON out, OK ON back', async () => {
    await tour().getByRole('link', { name: 'Watch the bytes' }).click();
    await tour().getByRole('button', { name: 'Close the tour' }).click();
    await sendFromConsole('LED agent of This computer (practice)', 'On');
    await app.screenshot('job-console');
    await app.page.getByRole('radio', { name: 'Both' }).check({ force: true });
    await app.picture('console');
  });

  test('the LED page follows what the console sends', async () => {
    await app.page.getByRole('group', { name: 'LED commands' }).getByRole('button', { name: 'Off' }).click();
    await shown('OK OFF');
    await app.open('#/device/practice/led');
    await lamp('off');
  });
});

describe.runIf(docPictures)('pictures of the other pages', () => {
  test('are taken as the pages look in use', async () => {
    await app.open('#/device/practice/led');
    await button('On').click();
    await lamp('on');
    await app.picture('led', ['dark', 'light']);
    await app.open('#/device/practice/agent');
    await shown('Deployed');
    await app.picture('agent');
    await app.open('#/device/practice/network');
    await shown('127.0.0.1');
    await app.picture('network');
    await app.open('#/dns');
    await app.page.getByLabel('Name or address').fill('localhost');
    for (const other of ['Configured DNS servers', 'mDNS']) await app.page.getByLabel(other).uncheck();
    await button('Look up').click();
    await shown('The same in Python');
    await app.picture('dns');
    await app.open('#/echo');
    await app.page.getByLabel('Echo server').fill('127.0.0.1');
    await app.page.getByLabel('Port', { exact: true }).fill('1235');
    await button('Start the test').click();
    await shown('Finished');
    await app.page.locator('#main').evaluate((main) => main.scrollTo(0, 500));
    await app.picture('echo');
    await app.open('#/device/practice/doctor');
    await button('Examine this device').click();
    await button('Copy the report').waitFor();
    await app.picture('doctor');
  });
});

describe('on a machine behind a real sshd', () => {
  let sshd: Sshd;
  const label = 'Bench 3';

  let homeBefore: readonly string[];

  beforeAll(async () => {
    sshd = await startSshd();
    homeBefore = await readdir(sshd.home);
  });
  afterAll(() => sshd.stop());

  test('it is added by its address', async () => {
    await screen('Devices').click();
    await button('Add a device').first().click();
    const dialog = app.page.getByRole('dialog');
    await dialog.getByLabel('Host name or address').fill(sshd.address);
    await dialog.getByLabel('User name').fill(sshd.user);
    await dialog.getByLabel('SSH port').fill(String(sshd.port));
    await dialog.getByLabel('Label').fill(label);
    await dialog.getByRole('button', { name: 'Add device' }).click();
    await app.page.getByRole('heading', { level: 1, name: label }).waitFor();
  });

  test('its key is shown before the password leaves, and signing in works once it was accepted', async () => {
    await button('Sign in').first().click();
    const dialog = app.page.getByRole('dialog');
    if (sshd.password === '') {
      await dialog.getByRole('radio', { name: 'Key file' }).check({ force: true });
      await dialog.getByRole('combobox', { name: 'Key file' }).selectOption({ label: 'Another file' });
      await dialog.getByLabel('Path of the private key').fill(sshd.keyPath);
    } else {
      await dialog.getByRole('textbox', { name: 'Password' }).fill(sshd.password);
    }
    await dialog.getByRole('button', { name: 'Sign in', exact: true }).click();
    await dialog.getByText(await sshd.fingerprint()).waitFor();
    expect(sshd.log()).not.toMatch(/(Accepted|Failed) (password|publickey)/);
    await app.screenshot('job-fingerprint');
    await app.picture('host-key');
    await dialog.getByRole('button', { name: 'Accept and sign in' }).click();
    await shown('Signed in');
    await dialog.waitFor({ state: 'detached' });
    expect(sshd.log()).toMatch(new RegExp(`Accepted (password|publickey) for ${sshd.user}`));
  });

  test('its network is read over SSH', async () => {
    await tab('Network').click();
    await app.page.getByText('127.0.0.1').first().waitFor();
  });

  test('the agent is deployed over SFTP, and marked as simulated', async () => {
    await tab('Agent').click();
    await deploy();
    expect(await readdir(join(sshd.home, '.local/share'))).toEqual(['pi-workbench']);
    await app.screenshot('job-ssh-deployed');
    await tab('LED').click();
    await lamp('off');
    await button('On').click();
    await lamp('on');
    await shown('Simulated');
    await app.screenshot('job-ssh-led-on');
  });

  test('the console shows OK ON from it', async () => {
    await screen('Console').click();
    await button('New session')
      .or(app.page.getByRole('tab', { name: 'New session' }))
      .first()
      .click();
    await sendFromConsole(`LED agent of ${label}`, 'On');
    await app.screenshot('job-ssh-console');
  });

  test('uninstalled, it leaves nothing there', async () => {
    await screen('Devices').click();
    await app.page.getByRole('link', { name: label }).click();
    await tab('Agent').click();
    await button('More about the agent').click();
    await app.page.getByRole('menuitem', { name: 'Uninstall' }).click();
    await app.page.getByRole('alertdialog').getByRole('button', { name: 'Uninstall' }).click();
    await shown('The agent and its files are gone.');
    expect(await readdir(sshd.home)).toEqual(homeBefore);
  });
});

describe('at the end', () => {
  test('the practice agent is taken off this computer too', async () => {
    await app.open('#/device/practice/agent');
    await button('More about the agent').click();
    await app.page.getByRole('menuitem', { name: 'Uninstall' }).click();
    await app.page.getByRole('alertdialog').getByRole('button', { name: 'Uninstall' }).click();
    await shown('The agent and its files are gone.');
  });
});
