import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../integration/support/free-port.ts';
import { Bench } from './support/bench.ts';
import { look } from './support/look.ts';

let ledPort: string;

let bench: Bench;

beforeAll(async () => {
  ledPort = String(await freePort());
  bench = await Bench.start();
});
afterAll(() => bench.stop());

const link = () => bench.page.getByRole('link', { name: 'Open in the console' });
/** Opens one page of the device. */
async function show(page: string): Promise<void> {
  await bench.app.open('#/devices');
  await bench.page.getByRole('list', { name: 'Devices' }).getByRole('link', { name: 'Bench', exact: true }).click();
  await bench.page.getByRole('navigation', { name: 'Device' }).getByRole('link', { name: page, exact: true }).click();
}

/** What the form for a new session is filled with. */
async function filled(): Promise<{ host: string; port: string; through: string | null }> {
  await bench.page.getByRole('heading', { name: 'New session' }).waitFor();
  const through = bench.page.getByLabel('Reach it');
  return {
    host: await bench.page.getByLabel('Host').inputValue(),
    port: await bench.page.getByLabel('Port', { exact: true }).inputValue(),
    through: (await through.isVisible()) ? await through.locator('option:checked').innerText() : null,
  };
}

/** Deploys an agent with a simulated LED from the Agent page. */
async function deploy(access: string): Promise<void> {
  await bench.button('Change settings').click();
  const dialog = bench.page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'Simulated' }).check();
  await dialog.getByLabel('LED port').fill(ledPort);
  await dialog.getByLabel('Echo port').fill(String(await freePort()));
  await dialog.getByRole('radio', { name: access }).check();
  await dialog.getByRole('button', { name: 'Deploy' }).click();
  await bench.page
    .getByText(/runs and answers on port/)
    .first()
    .waitFor();
}

describe('a device whose agent lets in only what comes through SSH', () => {
  test('has a link with its address only, while it has no agent', async () => {
    await bench.addDevice('Bench');
    await bench.button('Sign in').first().click();
    await bench.signIn();
    await show('Agent');
    await bench.button('Change settings').waitFor();
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
    await look(bench.app, `console-link-${name.toLowerCase()}`);
    await link().click();
    await expect.poll(filled).toEqual({ host: '127.0.0.1', port: ledPort, through: 'From Bench, by its SSH tunnel' });
  });

  test('is talked to from there, and says BYE when it is stopped on its page', async () => {
    await bench.button('Connect').click();
    await bench.page.getByText('Connected').first().waitFor();
    await bench.page.getByLabel('What to send').fill("b'PING'");
    await bench.page.getByLabel('What to send').press('Enter');
    await bench.page.getByRole('listitem').filter({ hasText: 'OK PONG' }).waitFor();
    await show('Agent');
    await bench.button('Stop').click();
    await bench.page.getByText('Stopped', { exact: true }).first().waitFor();
    expect(await link().count()).toBe(0);
    await bench.app.open('#/console');
    await bench.page.getByRole('listitem').filter({ hasText: 'BYE' }).waitFor();
    await bench.page.getByRole('listitem').filter({ hasText: 'The other side has ended' }).waitFor();
    await show('Agent');
    await bench.button('Start').click();
    await bench.page.getByText('Running', { exact: true }).first().waitFor();
  });

  test('is connected to in one click from the form for a new session', async () => {
    await bench.app.open('#/console');
    await bench.page.getByRole('tab', { name: 'New session' }).click();
    await bench.button('LED agent of Bench').click();
    await bench.page.getByText('SSH tunnel → 127.0.0.1:').waitFor();
    await bench.page.getByRole('listitem').filter({ hasText: 'through the SSH tunnel' }).waitFor();
  });
});
