import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../integration/support/free-port.ts';
import { startApp, type RunningApp } from './support/app.ts';
import { barriers, noBarriers } from './support/axe.ts';

let app: RunningApp;
const faults: string[] = [];

beforeAll(async () => {
  app = await startApp();
  app.page.on('pageerror', (error) => faults.push(error.message));
  await app.page.getByRole('link', { name: 'This computer (practice)' }).first().click();
  await app.page.getByRole('link', { name: 'Agent', exact: true }).click();
});
afterAll(async () => {
  await app.stop();
  expect(faults).toEqual([]);
});

const button = (name: string) => app.page.getByRole('button', { name, exact: true });
const text = (words: string | RegExp) => app.page.getByText(words).first().waitFor();

async function fillPorts(): Promise<void> {
  await app.page.getByLabel('LED port').fill(String(await freePort()));
  await app.page.getByLabel('Echo port').fill(String(await freePort()));
}

test('that there is no agent is said on the overview too, whichever comes first: the answer or the news', async () => {
  await text('Only programs on this computer');
  await app.page.getByRole('link', { name: 'Overview', exact: true }).click();
  await app.page.getByRole('region', { name: 'LED' }).getByText('No agent yet').waitFor();
  await app.page.getByRole('link', { name: 'Agent', exact: true }).click();
});

describe('the agent of the practice device', () => {
  test('is proposed with what it will do, and a look at the device changes nothing', async () => {
    await text('Only programs on this computer');
    await app.screenshot('agent-none');
    await button('Check first').click();
    await app.page.getByRole('table', { name: 'Findings before a deployment' }).waitFor();
    await app.screenshot('agent-findings');
  });

  test('keeps what was typed when a port cannot be used, and says so beside the field', async () => {
    await button('Change settings').click();
    await app.page.getByLabel('LED port').fill('70000');
    await text(/65/);
    await app.page.getByRole('dialog').getByRole('button', { name: 'Deploy' }).click();
    expect(await app.page.getByLabel('LED port').inputValue()).toBe('70000');
    await app.screenshot('agent-dialog');
  });

  test('is deployed step by step, then switched on the LED page', async () => {
    await fillPorts();
    await app.page.getByRole('dialog').getByRole('button', { name: 'Deploy' }).click();
    await text(/runs and answers on port/);
    await text('Running');
    await app.screenshot('agent-deployed');
    await app.page.getByRole('link', { name: 'Open the LED page' }).click();
    await button('On').click();
    await app.page.locator('[data-led="on"]').first().waitFor();
    await app.screenshot('agent-led-on');
    await app.page.getByRole('link', { name: 'Agent', exact: true }).click();
  });

  test('says that there is nothing to do when the same is deployed again', async () => {
    await button('Change settings').click();
    await button('Apply').click();
    await text('Nothing to do');
    await text(/Nothing was changed/);
    await app.screenshot('agent-unchanged');
  });

  test('shows its log while it is followed, and is stopped and started again', async () => {
    await button('Show and follow').click();
    await text(/supervisor: starting the agent/);
    await button('Stop').click();
    await text('Stopped');
    await button('Start').click();
    await text('Running');
  });

  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
    ['dark', 360],
  ] as const)('reads well and passes axe in %s at %i px', async (scheme, width) => {
    await app.page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await app.page.setViewportSize({ width, height: 1400 });
    expect(await barriers(app.page)).toEqual(noBarriers);
    await app.screenshot(`agent-${scheme}-${width}`);
  });

  test('is uninstalled after a question, and nothing is left', async () => {
    await app.page.setViewportSize({ width: 1280, height: 900 });
    await button('More about the agent').click();
    await app.page.getByRole('menuitem', { name: 'Uninstall' }).click();
    await app.page.getByRole('alertdialog').getByRole('button', { name: 'Uninstall' }).click();
    await text('The agent and its files are gone.');
    await text('No agent yet');
  });
});
