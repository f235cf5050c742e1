import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../integration/support/free-port.ts';
import { startSshd, type Sshd } from '../integration/support/sshd.ts';
import { startApp, type RunningApp } from './support/app.ts';
import { look } from './support/look.ts';

let sshd: Sshd;
let app: RunningApp;
let home: string;
let ledPort: string;
const faults: string[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'pi-workbench-home-'));
  process.env['HOME'] = home;
  sshd = await startSshd();
  ledPort = String(await freePort());
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
const link = () => app.page.getByRole('link', { name: 'Open in the console' });
/** Opens one page of the device. */
async function show(page: string): Promise<void> {
  await app.open('#/devices');
  await app.page.getByRole('list', { name: 'Devices' }).getByRole('link', { name: 'Bench', exact: true }).click();
  await app.page.getByRole('navigation', { name: 'Device' }).getByRole('link', { name: page, exact: true }).click();
}

/** What the form for a new session is filled with. */
async function filled(): Promise<{ host: string; port: string; through: string | null }> {
  await app.page.getByRole('heading', { name: 'New session' }).waitFor();
  const through = app.page.getByLabel('Reach it');
  return {
    host: await app.page.getByLabel('Host').inputValue(),
    port: await app.page.getByLabel('Port', { exact: true }).inputValue(),
    through: (await through.isVisible()) ? await through.locator('option:checked').innerText() : null,
  };
}

async function signIn(): Promise<void> {
  await app.open('#/devices');
  await button('Add a device').click();
  const dialog = app.page.getByRole('dialog');
  await dialog.getByLabel('Host name or address').fill('127.0.0.1');
  await dialog.getByLabel('User name').fill(sshd.user);
  await dialog.getByLabel('SSH port').fill(String(sshd.port));
  await dialog.getByLabel('Label').fill('Bench');
  await dialog.getByRole('button', { name: 'Add device' }).click();
  await app.page.getByRole('heading', { level: 1, name: 'Bench' }).waitFor();
  await button('Sign in').first().click();
  await dialog.getByRole('textbox', { name: 'Password' }).fill(sshd.password);
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click();
  await button('Accept and sign in').click();
  await dialog.waitFor({ state: 'detached' });
}

/** Deploys an agent with a simulated LED from the Agent page. */
async function deploy(access: string): Promise<void> {
  await button('Change settings').click();
  const dialog = app.page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'Simulated' }).check();
  await dialog.getByLabel('LED port').fill(ledPort);
  await dialog.getByLabel('Echo port').fill(String(await freePort()));
  await dialog.getByRole('radio', { name: access }).check();
  await dialog.getByRole('button', { name: 'Deploy' }).click();
  await app.page
    .getByText(/runs and answers on port/)
    .first()
    .waitFor();
}

describe('a device whose agent lets in only what comes through SSH', () => {
  test('has a link with its address only, while it has no agent', async () => {
    await signIn();
    await show('Agent');
    await button('Change settings').waitFor();
    expect(await link().count()).toBe(0);
    await show('Network');
    await link().click();
    await expect.poll(filled).toEqual({ host: '127.0.0.1', port: '1234', through: 'From this computer' });
  });

  test.each(['Agent', 'LED', 'Network'])('has a link on its %s page that leads through the tunnel', async (name) => {
    await show(name);
    if (name === 'Agent') await deploy('Only you, through SSH');
    await link().waitFor();
    await link().scrollIntoViewIfNeeded();
    await look(app, `console-link-${name.toLowerCase()}`);
    await link().click();
    await expect.poll(filled).toEqual({ host: '127.0.0.1', port: ledPort, through: 'From Bench, by its SSH tunnel' });
  });

  test('is talked to from there, and says BYE when it is stopped on its page', async () => {
    await button('Connect').click();
    await app.page.getByText('Connected').first().waitFor();
    await app.page.getByLabel('What to send').fill("b'PING'");
    await app.page.getByLabel('What to send').press('Enter');
    await app.page.getByRole('listitem').filter({ hasText: 'OK PONG' }).waitFor();
    await show('Agent');
    await button('Stop').click();
    await app.page.getByText('Stopped', { exact: true }).first().waitFor();
    expect(await link().count()).toBe(0);
    await app.open('#/console');
    await app.page.getByRole('listitem').filter({ hasText: 'BYE' }).waitFor();
    await app.page.getByRole('listitem').filter({ hasText: 'The other side has ended' }).waitFor();
    await show('Agent');
    await button('Start').click();
    await app.page.getByText('Running', { exact: true }).first().waitFor();
  });

  test('is connected to in one click from the form for a new session', async () => {
    await app.open('#/console');
    await app.page.getByRole('tab', { name: 'New session' }).click();
    await button('LED agent of Bench').click();
    await app.page.getByText('SSH tunnel → 127.0.0.1:').waitFor();
    await app.page.getByRole('listitem').filter({ hasText: 'through the SSH tunnel' }).waitFor();
  });
});
