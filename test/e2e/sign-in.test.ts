import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bench } from './support/bench.ts';
import { keepsTab } from './support/dialog.ts';
import { look } from './support/look.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.start({
    prepare: async ({ home, sshd }) => {
      await mkdir(join(home, '.ssh'), { mode: 0o700 });
      await writeFile(join(home, '.ssh/known_hosts'), '# mine\n');
      const config = `Host bench\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  User ${sshd.user}\n`;
      await writeFile(join(home, '.ssh/config'), config);
    },
  });
});
afterAll(() => bench.stop());

const dialog = (name: string | RegExp) => bench.page.getByRole('dialog', { name });
const password = () => bench.page.getByRole('dialog').getByRole('textbox', { name: 'Password' });
const submit = () => bench.page.getByRole('dialog').getByRole('button', { name: 'Sign in', exact: true });
const state = (name: string) => bench.page.locator('header').getByText(name, { exact: true }).waitFor();

describe('signing in to a Pi for the first time', () => {
  test('a device is added from ~/.ssh/config, and what it fills in can be changed', async () => {
    await bench.button('Add a device').click();
    const dialogBox = bench.page.getByRole('dialog');
    await dialogBox.getByLabel('From your ~/.ssh/config').selectOption('bench');
    expect(await dialogBox.getByLabel('SSH port').inputValue()).toBe(String(bench.sshd.port));
    expect(await dialogBox.getByLabel('User name').inputValue()).toBe(bench.sshd.user);
    await dialogBox.getByLabel('Label').fill('Bench 3');
    await look(bench.app, 'device-from-config');
    await dialogBox.getByRole('button', { name: 'Add device' }).click();
    await bench.page.getByRole('heading', { level: 1, name: 'Bench 3' }).waitFor();
    await state('Not signed in');
  });

  test('an empty password is asked for beside the field, and the page says that it is not saved', async () => {
    await bench.button('Sign in').click();
    await dialog('Sign in to Bench 3').waitFor();
    await submit().click();
    await bench.page.getByText('Type the password of this user on the Pi.').waitFor();
    await bench.page.getByText('passwords are not saved', { exact: false }).waitFor();
    await look(bench.app, 'sign-in-empty');
    await keepsTab(bench.page);
  });

  test('the key of the host is shown before the password leaves, and Cancel keeps what was typed', async () => {
    await password().fill('wrong password');
    await submit().click();
    await dialog('Is this 127.0.0.1?').waitFor();
    await bench.page.getByText(await bench.sshd.fingerprint(), { exact: true }).waitFor();
    expect(bench.sshd.log()).not.toMatch(/Failed password|Failed none/);
    await look(bench.app, 'sign-in-first-contact');
    await keepsTab(bench.page);
    await bench.button('Cancel').click();
    expect(await password().inputValue()).toBe('wrong password');
  });

  test('a wrong password is told as one, and stays to be corrected', async () => {
    await submit().click();
    await bench.button('Accept and sign in').click();
    await bench.page.getByText('this user name and password do not fit together', { exact: false }).waitFor();
    expect(await password().inputValue()).toBe('wrong password');
    await look(bench.app, 'sign-in-wrong-password');
  });

  test('the right one signs in', async () => {
    await password().fill(bench.sshd.password);
    await submit().click();
    await state('Signed in');
    await bench.page.getByRole('dialog').waitFor({ state: 'detached' });
    await look(bench.app, 'signed-in');
    expect(await readFile(join(bench.home, '.ssh/known_hosts'), 'utf8')).toBe('# mine\n');
  });
});

describe('the key of the person', () => {
  test('is installed with one click, which makes one when there is none', async () => {
    await bench.button('Install my key').click();
    await bench.page.getByText('Your key is installed').waitFor();
    await bench.page.getByText('A new key was made for you.', { exact: false }).waitFor();
    await look(bench.app, 'sign-in-key-installed');
    expect(await readFile(join(bench.sshd.home, '.ssh/authorized_keys'), 'utf8')).toContain('ssh-ed25519 ');
  });
});

describe('a connection that is cut', () => {
  test('is said, and made again with one click', async () => {
    await bench.sshd.dropConnections();
    await state('Disconnected');
    await bench.page.getByText('was cut', { exact: false }).first().waitFor();
    await look(bench.app, 'sign-in-dropped');
    await bench.button('Reconnect').click();
    await state('Signed in');
  });
});

describe('a Pi whose SD card was flashed anew', () => {
  test('stops before anything is sent, shows both keys and has Cancel chosen', async () => {
    const before = await bench.sshd.fingerprint();
    await bench.sshd.reflash();
    await state('Disconnected');
    await bench.button('Reconnect').click();
    await dialog('The key of 127.0.0.1 has changed').waitFor();
    for (const fingerprint of [before, await bench.sshd.fingerprint()]) {
      await bench.page.getByText(fingerprint, { exact: true }).waitFor();
    }
    await bench.page.getByText('Was its SD card written anew?', { exact: false }).waitFor();
    expect(await bench.page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Cancel');
    await look(bench.app, 'sign-in-changed-key');
  });

  test('is signed in to once the key is replaced, and noted for ssh too when that was asked', async () => {
    await bench.page.getByLabel('Note it in ~/.ssh/known_hosts too').check();
    await bench.button('Replace the key and sign in').click();
    await state('Signed in');
    const [type = '', base64 = ''] = (await bench.sshd.publicHostKey()).split(' ');
    const line = `[127.0.0.1]:${bench.sshd.port} ${type} ${base64}\n`;
    expect(await readFile(join(bench.home, '.ssh/known_hosts'), 'utf8')).toBe(`# mine\n${line}`);
    expect(await readFile(join(bench.app.dataDir, 'known_hosts'), 'utf8')).toBe(line);
  });

  test('signing out is seen', async () => {
    await bench.button('Sign out').click();
    await state('Not signed in');
  });
});

describe('a Pi whose SSH is off', () => {
  test('is said with a next step, until it is dismissed, and in full for a report', async () => {
    await bench.sshd.halt();
    await bench.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await bench.button('Sign in').click();
    const problem = bench.page.getByRole('dialog').getByRole('alert');
    await problem.getByRole('button', { name: 'Copy details of the error' }).click();
    await expect
      .poll(() => bench.page.evaluate(() => navigator.clipboard.readText()))
      .toMatch(/^ECONNREFUSED: .+\nHint: .+\nCause: .*ECONNREFUSED 127\.0\.0\.1:\d+/);
    await problem.getByRole('button', { name: 'Dismiss' }).click();
    await problem.waitFor({ state: 'detached' });
    await bench.page.keyboard.press('Escape');
    await bench.page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});
