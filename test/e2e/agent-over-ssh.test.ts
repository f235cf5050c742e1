import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { say } from '../integration/deploy/asked.ts';
import { freePort } from '../integration/support/free-port.ts';
import { Bench } from './support/bench.ts';

let ledPort: number;

let bench: Bench;

beforeAll(async () => {
  ledPort = await freePort();
  bench = await Bench.start();
  await bench.openAgentPage('Bench');
});
afterAll(() => bench.stop());

const fact = (label: string) =>
  bench.page.locator('dt', { has: bench.page.getByText(label, { exact: true }) }).locator('+ dd');
const log = () => bench.page.getByRole('log', { name: 'Log of the agent' });
const steps = (job: string) => bench.page.getByRole('list', { name: job }).getByRole('listitem');
const token = async () => (await readFile(join(bench.sshd.home, '.local/share/pi-workbench/token'), 'utf8')).trim();

const ask = (...lines: readonly string[]): Promise<string> => say(ledPort, ...lines);
const pid = async (): Promise<string> => /pid=(\d+)/.exec(await ask('INFO'))?.[1] ?? '';

async function chooseInMenu(entry: RegExp | string): Promise<void> {
  await bench.button('More about the agent').click();
  await bench.page.getByRole('menuitem', { name: entry }).click();
}

describe('the agent of a device over SSH', () => {
  test('is deployed with what was chosen in the settings', async () => {
    await bench.button('Change settings').click();
    const settings = bench.page.getByRole('dialog', { name: 'Deploy the agent' });
    await settings.getByRole('radio', { name: 'Simulated' }).check();
    await settings.getByLabel('LED port').fill(String(ledPort));
    await settings.getByLabel('Echo port').fill(String(await freePort()));
    await settings.getByRole('button', { name: 'Deploy', exact: true }).click();
    await bench.text(`runs and answers on port ${ledPort}`);
    expect(await ask('STATUS')).toBe('OK OFF\n');
  });

  test('takes another pin and another access without being sent again', async () => {
    await bench.button('Change settings').click();
    const settings = bench.page.getByRole('dialog', { name: 'Change the agent' });
    await settings.getByLabel('Pin of the LED').selectOption('17');
    await settings.getByRole('radio', { name: 'Whoever has the token' }).check();
    await bench.look('agent-change');
    await settings.getByRole('button', { name: 'Apply' }).click();
    await steps('Deployed').filter({ hasText: 'The files are there already; nothing was sent.' }).waitFor();
    await fact('Pin').getByText('header pin 11 = GPIO17').waitFor();
    await fact('Who may connect').getByText('Whoever has the token').waitFor();
    expect(await ask('STATUS')).toMatch(/^ERR auth/);
    expect(await ask(`AUTH ${await token()}`, 'STATUS')).toBe('OK AUTH\nOK OFF\n');
  });

  test('takes a new token after a question, and refuses the one before; the LED page goes on', async () => {
    const old = await token();
    await bench.button('Make a new token').click();
    const question = bench.page.getByRole('alertdialog', { name: 'Make a new token?' });
    await question.getByText('every other program must be given the new one').waitFor();
    await bench.look('agent-token-question');
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'detached' });
    expect(await token()).toBe(old);
    await bench.button('Make a new token').click();
    await question.getByRole('button', { name: 'Make a new token' }).click();
    await bench.text('The agent takes only the new token now.');
    await bench.look('agent-token-made');
    expect(await ask(`AUTH ${old}`)).toMatch(/^ERR bad-token/);
    expect(await ask(`AUTH ${await token()}`, 'STATUS')).toBe('OK AUTH\nOK OFF\n');
    await bench.page.getByRole('link', { name: 'Open the LED page' }).click();
    await bench.button('On').click();
    await bench.page.locator('[data-led="on"]').first().waitFor();
    await bench.button('Off').click();
    await bench.page.locator('[data-led="off"]').first().waitFor();
    await bench.page.getByRole('link', { name: 'Agent', exact: true }).click();
  });

  test('goes back to the settings before, which the next change starts from', async () => {
    await chooseInMenu('Roll back to 0.1.0');
    await bench.text('Back at version 0.1.0 with its settings.');
    await fact('Pin').getByText('header pin 13 = GPIO27').waitFor();
    await fact('Who may connect').getByText('Computers in the same network').waitFor();
    expect(await ask('STATUS')).toBe('OK OFF\n');
    // The focus has come back to the menu's button, which shows its tooltip.
    await bench.page.getByRole('heading', { level: 1 }).click();
    await bench.look('agent-rolled-back');
    await bench.button('Change settings').click();
    const settings = bench.page.getByRole('dialog', { name: 'Change the agent' });
    expect(await settings.getByLabel('Pin of the LED').inputValue()).toBe('27');
    await settings.getByRole('button', { name: 'Close' }).last().click();
  });

  test('is restarted as another process, and its log tells it while it is followed', async () => {
    await bench.button('Show and follow').click();
    await log().getByText('supervisor: starting the agent').first().waitFor();
    const [before, lines] = [await pid(), (await log().innerText()).split('\n').length];
    await bench.button('Restart').click();
    await bench.text('The agent was restarted.');
    expect(await pid()).not.toBe(before);
    await expect.poll(async () => (await log().innerText()).split('\n').length).toBeGreaterThan(lines);
    await bench.button('Stop following').click();
    await bench.button('Follow again').waitFor();
    await bench.look('agent-log');
  });

  test('is stopped and started again', async () => {
    await bench.button('Stop').click();
    await bench.text(/^The agent is stopped until you start it/);
    await bench.text('Stopped');
    await expect(ask('STATUS')).rejects.toThrow('ECONNREFUSED');
    await bench.look('agent-stopped');
    await bench.button('Start').click();
    await bench.text('The agent runs.');
    expect(await ask('STATUS')).toBe('OK OFF\n');
  });

  test('stays when the question before the removal is answered with no', async () => {
    await chooseInMenu('Uninstall');
    const question = bench.page.getByRole('alertdialog', { name: 'Uninstall the agent?' });
    await question.waitFor();
    await bench.look('agent-uninstall');
    await bench.page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    expect(await ask('STATUS')).toBe('OK OFF\n');
  });

  test('is uninstalled, and its folder with it', async () => {
    await chooseInMenu('Uninstall');
    await bench.page.getByRole('alertdialog').getByRole('button', { name: 'Uninstall' }).click();
    await bench.text('The agent and its files are gone.');
    await bench.text('No agent yet');
    expect(await bench.page.getByRole('table', { name: 'Findings before a deployment' }).count()).toBe(0);
    await expect(ask('STATUS')).rejects.toThrow('ECONNREFUSED');
    expect(await readdir(bench.sshd.home)).not.toContain('.local');
    await bench.look('agent-uninstalled');
  });
});
