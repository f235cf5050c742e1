import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../integration/support/free-port.ts';
import { Bench } from './support/bench.ts';
import { keepsTab } from './support/dialog.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.stop());

const dialog = () => bench.page.getByRole('dialog', { name: 'Export as Ansible playbook' });

/** Signs in from the choice of several devices. */
async function signInTo(label: string): Promise<void> {
  await bench.button(`Sign in to ${label}`).click();
  await bench.signIn();
  await bench.page.getByRole('checkbox', { name: label }).waitFor();
}

describe('an export as Ansible playbook', () => {
  const folder = (): string => join(bench.home, 'class 1a');
  const inFolder = (name: string): Promise<string> => readFile(join(folder(), name), 'utf8');

  test('is offered for the devices chosen, but not for this computer', async () => {
    await bench.addDevice('Bench: 1');
    await bench.app.open('#/deploy-many');
    await signInTo('Bench: 1');
    await bench.page.getByRole('checkbox', { name: 'This computer' }).check();
    expect(await bench.button('Export as Ansible playbook…').getAttribute('aria-disabled')).toBe('true');
    await bench.page.getByRole('checkbox', { name: 'Bench: 1' }).check();
    await bench.page.getByLabel('LED port').fill('4321');
    await bench.button('Export as Ansible playbook…').click();
    await dialog().getByText('to Bench: 1.').waitFor();
    expect(await dialog().getByLabel('Folder').inputValue()).toBe(join(bench.home, 'pi-workbench-ansible'));
    await bench.look('ansible-dialog');
    await keepsTab(bench.page);
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
    expect(await inFolder('inventory.yml')).toContain(`ansible_port: ${bench.sshd.port}\n`);
    expect(await inFolder('group_vars/pi_workbench.yml')).toContain('ledPort: 4321\n');
    await bench.look('ansible-written');
    await bench.button('Done').click();
    await dialog().waitFor({ state: 'detached' });
  });

  test('is in the menu of an agent that is there, and replaces an older export when told to', async () => {
    const ledPort = await freePort();
    await bench.page.getByRole('checkbox', { name: 'This computer' }).uncheck();
    await bench.page.getByRole('radio', { name: 'Simulated' }).check();
    await bench.page.getByLabel('LED port').fill(String(ledPort));
    await bench.page.getByLabel('Echo port').fill(String(await freePort()));
    await bench.button('Deploy to 1 device').click();
    await bench.page.getByRole('status').getByText('1 deployed', { exact: true }).waitFor();
    const rows = bench.page.getByRole('list', { name: 'How it goes on each device' });
    await rows.getByRole('link', { name: 'Bench: 1' }).click();
    await bench.button('More about the agent').click();
    await bench.page.getByRole('menuitem', { name: 'Export as Ansible playbook…' }).click();
    for (const box of await dialog().getByRole('checkbox').all()) await box.uncheck();
    await dialog().getByLabel('Folder').fill(folder());
    await dialog().getByRole('button', { name: 'Export', exact: true }).click();
    await bench.button('Replace').click();
    await dialog().getByText('The playbook is written').waitFor();
    expect(await inFolder('group_vars/pi_workbench.yml')).toContain(`ledPort: ${ledPort}\n`);
  });

  test('leaves a folder with other things alone', async () => {
    await bench.button('Done').click();
    await bench.button('More about the agent').click();
    await bench.page.getByRole('menuitem', { name: 'Export as Ansible playbook…' }).click();
    for (const box of await dialog().getByRole('checkbox').all()) await box.uncheck();
    await dialog().getByLabel('Folder').fill(bench.home);
    await dialog().getByRole('button', { name: 'Export', exact: true }).click();
    await dialog().getByText('holds other things').waitFor();
  });
});
