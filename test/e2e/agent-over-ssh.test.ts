import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { say } from '../integration/deploy/asked.ts';
import { freePort } from '../integration/support/free-port.ts';
import { startSshd, type Sshd } from '../integration/support/sshd.ts';
import { startApp, type RunningApp } from './support/app.ts';
import { addDevice, look, signIn } from './support/bench.ts';

let sshd: Sshd;
let app: RunningApp;
let home: string;
let ledPort: number;
const faults: string[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'pi-workbench-home-'));
  process.env['HOME'] = home;
  sshd = await startSshd();
  ledPort = await freePort();
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
const fact = (label: string) =>
  app.page.locator('dt', { has: app.page.getByText(label, { exact: true }) }).locator('+ dd');
const log = () => app.page.getByRole('log', { name: 'Log of the agent' });
const steps = (job: string) => app.page.getByRole('list', { name: job }).getByRole('listitem');
const token = async () => (await readFile(join(sshd.home, '.local/share/pi-workbench/token'), 'utf8')).trim();

const ask = (...lines: readonly string[]): Promise<string> => say(ledPort, ...lines);
const pid = async (): Promise<string> => /pid=(\d+)/.exec(await ask('INFO'))?.[1] ?? '';

async function chooseInMenu(entry: RegExp | string): Promise<void> {
  await button('More about the agent').click();
  await app.page.getByRole('menuitem', { name: entry }).click();
}

describe('the agent of a device over SSH', () => {
  test('is deployed with what was chosen in the settings', async () => {
    await button('Change settings').click();
    const settings = app.page.getByRole('dialog', { name: 'Deploy the agent' });
    await settings.getByRole('radio', { name: 'Simulated' }).check();
    await settings.getByLabel('LED port').fill(String(ledPort));
    await settings.getByLabel('Echo port').fill(String(await freePort()));
    await settings.getByRole('button', { name: 'Deploy', exact: true }).click();
    await text(`runs and answers on port ${ledPort}`);
    expect(await ask('STATUS')).toBe('OK OFF\n');
  });

  test('takes another pin and another access without being sent again', async () => {
    await button('Change settings').click();
    const settings = app.page.getByRole('dialog', { name: 'Change the agent' });
    await settings.getByLabel('Pin of the LED').selectOption('17');
    await settings.getByRole('radio', { name: 'Whoever has the token' }).check();
    await look(app, 'agent-change');
    await settings.getByRole('button', { name: 'Apply' }).click();
    await steps('Deployed').filter({ hasText: 'The files are there already; nothing was sent.' }).waitFor();
    await fact('Pin').getByText('header pin 11 = GPIO17').waitFor();
    await fact('Who may connect').getByText('Whoever has the token').waitFor();
    expect(await ask('STATUS')).toMatch(/^ERR auth/);
    expect(await ask(`AUTH ${await token()}`, 'STATUS')).toBe('OK AUTH\nOK OFF\n');
  });

  test('takes a new token after a question, and refuses the one before; the LED page goes on', async () => {
    const old = await token();
    await button('Make a new token').click();
    const question = app.page.getByRole('alertdialog', { name: 'Make a new token?' });
    await question.getByText('every other program must be given the new one').waitFor();
    await look(app, 'agent-token-question');
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'detached' });
    expect(await token()).toBe(old);
    await button('Make a new token').click();
    await question.getByRole('button', { name: 'Make a new token' }).click();
    await text('The agent takes only the new token now.');
    await look(app, 'agent-token-made');
    expect(await ask(`AUTH ${old}`)).toMatch(/^ERR bad-token/);
    expect(await ask(`AUTH ${await token()}`, 'STATUS')).toBe('OK AUTH\nOK OFF\n');
    await app.page.getByRole('link', { name: 'Open the LED page' }).click();
    await button('On').click();
    await app.page.locator('[data-led="on"]').first().waitFor();
    await button('Off').click();
    await app.page.locator('[data-led="off"]').first().waitFor();
    await app.page.getByRole('link', { name: 'Agent', exact: true }).click();
  });

  test('goes back to the settings before, which the next change starts from', async () => {
    await chooseInMenu('Roll back to 0.1.0');
    await text('Back at version 0.1.0 with its settings.');
    await fact('Pin').getByText('header pin 13 = GPIO27').waitFor();
    await fact('Who may connect').getByText('Computers in the same network').waitFor();
    expect(await ask('STATUS')).toBe('OK OFF\n');
    // The focus has come back to the menu's button, which shows its tooltip.
    await app.page.getByRole('heading', { level: 1 }).click();
    await look(app, 'agent-rolled-back');
    await button('Change settings').click();
    const settings = app.page.getByRole('dialog', { name: 'Change the agent' });
    expect(await settings.getByLabel('Pin of the LED').inputValue()).toBe('27');
    await settings.getByRole('button', { name: 'Close' }).last().click();
  });

  test('is restarted as another process, and its log tells it while it is followed', async () => {
    await button('Show and follow').click();
    await log().getByText('supervisor: starting the agent').first().waitFor();
    const [before, lines] = [await pid(), (await log().innerText()).split('\n').length];
    await button('Restart').click();
    await text('The agent was restarted.');
    expect(await pid()).not.toBe(before);
    await expect.poll(async () => (await log().innerText()).split('\n').length).toBeGreaterThan(lines);
    await button('Stop following').click();
    await button('Follow again').waitFor();
    await look(app, 'agent-log');
  });

  test('is stopped and started again', async () => {
    await button('Stop').click();
    await text(/^The agent is stopped until you start it/);
    await text('Stopped');
    await expect(ask('STATUS')).rejects.toThrow('ECONNREFUSED');
    await look(app, 'agent-stopped');
    await button('Start').click();
    await text('The agent runs.');
    expect(await ask('STATUS')).toBe('OK OFF\n');
  });

  test('stays when the question before the removal is answered with no', async () => {
    await chooseInMenu('Uninstall');
    const question = app.page.getByRole('alertdialog', { name: 'Uninstall the agent?' });
    await question.waitFor();
    await look(app, 'agent-uninstall');
    await app.page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    expect(await ask('STATUS')).toBe('OK OFF\n');
  });

  test('is uninstalled, and its folder with it', async () => {
    await chooseInMenu('Uninstall');
    await app.page.getByRole('alertdialog').getByRole('button', { name: 'Uninstall' }).click();
    await text('The agent and its files are gone.');
    await text('No agent yet');
    expect(await app.page.getByRole('table', { name: 'Findings before a deployment' }).count()).toBe(0);
    await expect(ask('STATUS')).rejects.toThrow('ECONNREFUSED');
    expect(await readdir(sshd.home)).not.toContain('.local');
    await look(app, 'agent-uninstalled');
  });
});
