import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../integration/support/free-port.ts';
import { startSshd, type Sshd } from '../integration/support/sshd.ts';
import { startApp, type RunningApp } from './support/app.ts';
import { barriers, noBarriers } from './support/axe.ts';

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
const dialog = () => app.page.getByRole('dialog', { name: 'Export as Ansible playbook' });

async function addDevice(label: string): Promise<void> {
  await app.open('#/devices');
  await button('Add a device').click();
  const form = app.page.getByRole('dialog');
  await form.getByLabel('Host name or address').fill('127.0.0.1');
  await form.getByLabel('User name').fill(sshd.user);
  await form.getByLabel('SSH port').fill(String(sshd.port));
  await form.getByLabel('Label').fill(label);
  await form.getByRole('button', { name: 'Add device' }).click();
  await app.page.getByRole('heading', { level: 1, name: label }).waitFor();
}

async function signInTo(label: string): Promise<void> {
  await button(`Sign in to ${label}`).click();
  const form = app.page.getByRole('dialog');
  await form.getByRole('textbox', { name: 'Password' }).fill(sshd.password);
  await form.getByRole('button', { name: 'Sign in', exact: true }).click();
  await button('Accept and sign in').click();
  await app.page.getByRole('checkbox', { name: label }).waitFor();
}

/** Neither theme nor a narrow window may hide or break what is shown. */
async function look(name: string): Promise<void> {
  for (const width of [1280, 360]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await app.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await app.page.setViewportSize({ width, height: 900 });
      await app.screenshot(`${name}-${colorScheme}-${width}`);
      expect(await barriers(app.page)).toEqual(noBarriers);
    }
  }
  await app.page.emulateMedia({ colorScheme: 'light' });
  await app.page.setViewportSize({ width: 1280, height: 900 });
}

describe('an export as Ansible playbook', () => {
  const folder = (): string => join(home, 'class 1a');
  const inFolder = (name: string): Promise<string> => readFile(join(folder(), name), 'utf8');

  test('is offered for the devices chosen, but not for this computer', async () => {
    await addDevice('Bench: 1');
    await app.open('#/deploy-many');
    await signInTo('Bench: 1');
    await app.page.getByRole('checkbox', { name: 'This computer' }).check();
    expect(await button('Export as Ansible playbook…').getAttribute('aria-disabled')).toBe('true');
    await app.page.getByRole('checkbox', { name: 'Bench: 1' }).check();
    await app.page.getByLabel('LED port').fill('4321');
    await button('Export as Ansible playbook…').click();
    await dialog().getByText('to Bench: 1.').waitFor();
    expect(await dialog().getByLabel('Folder').inputValue()).toBe(join(home, 'pi-workbench-ansible'));
    await look('ansible-dialog');
  });

  test('writes the folder and says which commands to run', async () => {
    for (const box of await dialog().getByRole('checkbox').all()) await box.uncheck();
    await dialog().getByLabel('Folder').fill(folder());
    await dialog().getByRole('button', { name: 'Export', exact: true }).click();
    await dialog().getByText('The playbook is written').waitFor();
    expect(await dialog().getByRole('region', { name: 'commands' }).textContent()).toBe(
      `cd '${folder()}'\nansible-playbook -i inventory.yml deploy.yml`,
    );
    expect((await readdir(folder())).sort()).toEqual(
      ['README.md', 'deploy.yml', 'files', 'group_vars', 'inventory.yml', 'templates'].sort(),
    );
    expect(await inFolder('inventory.yml')).toContain(`bench-1:\n      ansible_host: "127.0.0.1"`);
    expect(await inFolder('inventory.yml')).toContain(`ansible_port: ${sshd.port}\n`);
    expect(await inFolder('group_vars/pi_workbench.yml')).toContain('ledPort: 4321\n');
    await look('ansible-written');
    await button('Done').click();
    await dialog().waitFor({ state: 'detached' });
  });

  test('is in the menu of an agent that is there, and replaces an older export when told to', async () => {
    const ledPort = await freePort();
    await app.page.getByRole('checkbox', { name: 'This computer' }).uncheck();
    await app.page.getByRole('radio', { name: 'Simulated' }).check();
    await app.page.getByLabel('LED port').fill(String(ledPort));
    await app.page.getByLabel('Echo port').fill(String(await freePort()));
    await button('Deploy to 1 device').click();
    await app.page.getByRole('status').getByText('1 deployed', { exact: true }).waitFor();
    const rows = app.page.getByRole('list', { name: 'How it goes on each device' });
    await rows.getByRole('link', { name: 'Bench: 1' }).click();
    await button('More about the agent').click();
    await app.page.getByRole('menuitem', { name: 'Export as Ansible playbook…' }).click();
    for (const box of await dialog().getByRole('checkbox').all()) await box.uncheck();
    await dialog().getByLabel('Folder').fill(folder());
    await dialog().getByRole('button', { name: 'Export', exact: true }).click();
    await button('Replace').click();
    await dialog().getByText('The playbook is written').waitFor();
    expect(await inFolder('group_vars/pi_workbench.yml')).toContain(`ledPort: ${ledPort}\n`);
  });

  test('leaves a folder with other things alone', async () => {
    await button('Done').click();
    await button('More about the agent').click();
    await app.page.getByRole('menuitem', { name: 'Export as Ansible playbook…' }).click();
    for (const box of await dialog().getByRole('checkbox').all()) await box.uncheck();
    await dialog().getByLabel('Folder').fill(home);
    await dialog().getByRole('button', { name: 'Export', exact: true }).click();
    await dialog().getByText('holds other things').waitFor();
  });
});
