import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSshd, type Sshd } from '../integration/support/sshd.ts';
import { startApp, type RunningApp } from './support/app.ts';
import { barriers, noBarriers } from './support/axe.ts';
import { recordFaults } from './support/faults.ts';

let sshd: Sshd;
let app: RunningApp;
let home: string;
const faults: string[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'pi-workbench-home-'));
  await mkdir(join(home, '.ssh'), { mode: 0o700 });
  await writeFile(join(home, '.ssh/known_hosts'), '# mine\n');
  process.env['HOME'] = home;
  sshd = await startSshd();
  const config = `Host bench\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  User ${sshd.user}\n`;
  await writeFile(join(home, '.ssh/config'), config);
  app = await startApp();
  recordFaults(app.page, faults);
});
afterAll(async () => {
  await app.stop();
  await sshd.stop();
  await rm(home, { recursive: true, force: true });
  expect(faults).toEqual([]);
});

const button = (name: string) => app.page.getByRole('button', { name, exact: true });
const dialog = (name: string | RegExp) => app.page.getByRole('dialog', { name });
const password = () => app.page.getByRole('dialog').getByRole('textbox', { name: 'Password' });
const submit = () => app.page.getByRole('dialog').getByRole('button', { name: 'Sign in', exact: true });
const state = (name: string) => app.page.locator('header').getByText(name, { exact: true }).waitFor();

/** Neither theme nor a narrow window may hide or break what the dialog shows. */
async function look(name: string): Promise<void> {
  for (const [theme, width] of [
    ['light', 1280],
    ['dark', 360],
  ] as const) {
    await app.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await app.page.setViewportSize({ width, height: 800 });
    // Colours change over a moment when the theme does.
    await app.page.waitForTimeout(300);
    await app.screenshot(`${name}-${theme}-${width}`);
    expect(await barriers(app.page)).toEqual(noBarriers);
  }
  await app.page.setViewportSize({ width: 1280, height: 800 });
  await app.page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
}

describe('signing in to a Pi for the first time', () => {
  test('a device is added from ~/.ssh/config, and what it fills in can be changed', async () => {
    await button('Add a device').click();
    const dialogBox = app.page.getByRole('dialog');
    await dialogBox.getByLabel('From your ~/.ssh/config').selectOption('bench');
    expect(await dialogBox.getByLabel('SSH port').inputValue()).toBe(String(sshd.port));
    expect(await dialogBox.getByLabel('User name').inputValue()).toBe(sshd.user);
    await dialogBox.getByLabel('Label').fill('Bench 3');
    await look('device-from-config');
    await dialogBox.getByRole('button', { name: 'Add device' }).click();
    await app.page.getByRole('heading', { level: 1, name: 'Bench 3' }).waitFor();
    await state('Not signed in');
  });

  test('an empty password is asked for beside the field, and the page says that it is not saved', async () => {
    await button('Sign in').click();
    await dialog('Sign in to Bench 3').waitFor();
    await submit().click();
    await app.page.getByText('Type the password of this user on the Pi.').waitFor();
    await app.page.getByText('The password is not saved.', { exact: false }).waitFor();
    await look('sign-in-empty');
  });

  test('the key of the host is shown before the password leaves, and Cancel keeps what was typed', async () => {
    await password().fill('wrong password');
    await submit().click();
    await dialog('Is this 127.0.0.1?').waitFor();
    await app.page.getByText(await sshd.fingerprint(), { exact: true }).waitFor();
    expect(sshd.log()).not.toMatch(/Failed password|Failed none/);
    await look('sign-in-first-contact');
    await button('Cancel').click();
    expect(await password().inputValue()).toBe('wrong password');
  });

  test('a wrong password is told as one, and stays to be corrected', async () => {
    await submit().click();
    await button('Accept and sign in').click();
    await app.page.getByText('was not let in with this user name and password', { exact: false }).waitFor();
    expect(await password().inputValue()).toBe('wrong password');
    await look('sign-in-wrong-password');
  });

  test('the right one signs in', async () => {
    await password().fill(sshd.password);
    await submit().click();
    await state('Signed in');
    await app.page.getByRole('dialog').waitFor({ state: 'detached' });
    await look('signed-in');
    expect(await readFile(join(home, '.ssh/known_hosts'), 'utf8')).toBe('# mine\n');
  });
});

describe('the key of the person', () => {
  test('is installed with one click, which makes one when there is none', async () => {
    await button('Install my key').click();
    await app.page.getByText('Your key is installed').waitFor();
    await app.page.getByText('A new key was made for you.', { exact: false }).waitFor();
    await look('sign-in-key-installed');
    expect(await readFile(join(sshd.home, '.ssh/authorized_keys'), 'utf8')).toContain('ssh-ed25519 ');
  });
});

describe('a connection that is cut', () => {
  test('is said, and made again with one click', async () => {
    await sshd.dropConnections();
    await state('Disconnected');
    await app.page.getByText('was cut', { exact: false }).first().waitFor();
    await look('sign-in-dropped');
    await button('Reconnect').click();
    await state('Signed in');
  });
});

describe('a Pi whose SD card was flashed anew', () => {
  test('stops before anything is sent, shows both keys and has Cancel chosen', async () => {
    const before = await sshd.fingerprint();
    await sshd.reflash();
    await state('Disconnected');
    await button('Reconnect').click();
    await dialog('The key of 127.0.0.1 has changed').waitFor();
    for (const fingerprint of [before, await sshd.fingerprint()]) {
      await app.page.getByText(fingerprint, { exact: true }).waitFor();
    }
    await app.page.getByText('A re-flashed SD card is the common reason', { exact: false }).waitFor();
    expect(await app.page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Cancel');
    await look('sign-in-changed-key');
  });

  test('is signed in to once the key is replaced, and noted for ssh too when that was asked', async () => {
    await app.page.getByLabel('Note it in ~/.ssh/known_hosts too').check();
    await button('Replace the key and sign in').click();
    await state('Signed in');
    const [type = '', base64 = ''] = (await sshd.publicHostKey()).split(' ');
    const line = `[127.0.0.1]:${sshd.port} ${type} ${base64}\n`;
    expect(await readFile(join(home, '.ssh/known_hosts'), 'utf8')).toBe(`# mine\n${line}`);
    expect(await readFile(join(app.dataDir, 'known_hosts'), 'utf8')).toBe(line);
  });

  test('signing out is seen', async () => {
    await button('Sign out').click();
    await state('Not signed in');
  });
});

describe('a Pi whose SSH is off', () => {
  test('is said with a next step, until it is dismissed, and in full for a report', async () => {
    await sshd.halt();
    await app.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await button('Sign in').click();
    const problem = app.page.getByRole('dialog').getByRole('alert');
    await problem.getByRole('button', { name: 'Copy details of the error' }).click();
    await expect
      .poll(() => app.page.evaluate(() => navigator.clipboard.readText()))
      .toMatch(/^ECONNREFUSED: .+\nHint: .+\nCause: .*ECONNREFUSED 127\.0\.0\.1:\d+/);
    await problem.getByRole('button', { name: 'Dismiss' }).click();
    await problem.waitFor({ state: 'detached' });
    await app.page.keyboard.press('Escape');
    await app.page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});
