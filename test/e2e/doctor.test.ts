import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../integration/support/free-port.ts';
import { startSshd, type Sshd } from '../integration/support/sshd.ts';
import { isOffline, knowsTheTour, startApp, type RunningApp } from './support/app.ts';
import { barriers, noBarriers } from './support/axe.ts';
import { recordFaults } from './support/faults.ts';

let app: RunningApp;
const faults: string[] = [];

beforeAll(async () => {
  app = await startApp(knowsTheTour, isOffline);
  recordFaults(app.page, faults);
  await app.page
    .context()
    .grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(app.address).origin });
  await app.page.getByRole('link', { name: 'This computer (practice)' }).waitFor();
});
afterAll(async () => {
  expect(await app.stop()).toBe(0);
});

async function open(hash: string): Promise<void> {
  await app.page.evaluate((next) => {
    window.location.hash = next;
  }, hash);
}

/** Adds a device at 127.0.0.1, with these fields filled in. */
async function addDevice(fields: Readonly<Record<string, string>>): Promise<void> {
  await open('#/devices');
  await app.page.getByRole('button', { name: 'Add a device' }).click();
  const dialog = app.page.getByRole('dialog');
  for (const [label, text] of Object.entries({ 'Host name or address': '127.0.0.1', ...fields })) {
    await dialog.getByLabel(label).fill(text);
  }
  await dialog.getByRole('button', { name: 'Add device' }).click();
}

const step = (name: string) => app.page.getByRole('listitem').filter({ hasText: name });
const examined = () => app.page.getByText(/^Examined /).waitFor({ timeout: 60_000 });

describe('the practice device', () => {
  test('is examined link by link, and without an agent that is the broken link', async () => {
    await open('#/device/practice/doctor');
    await app.page.getByRole('button', { name: 'Examine this device' }).click();
    await examined();
    await step('Signed in').getByText('This computer is its own device').waitFor();
    await step('Disk can be written').getByText('A file could be written and removed again.').waitFor();
    await step('Agent is installed').getByText('No agent is installed on it.').waitFor();
    await step('Pin really changes').getByText('Not looked at: it needs “Agent is installed”.').waitFor();
    await app.screenshot('doctor-no-agent');
  });

  test('the report is copied for others, in words', async () => {
    await app.page.getByRole('button', { name: 'Copy the report', exact: true }).click();
    const copied = await app.page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toMatch(/^Pi Workbench doctor, \d{4}-/);
    expect(copied).toMatch(/^ok {3}Signed in \(\d+ ms\)$/m);
    expect(copied).toMatch(/^ok {3}Disk can be written, on the device \(\d+ ms\)$/m);
    expect(copied).toMatch(/^- {4}Pin really changes$/m);
    expect(copied).toContain('FAIL Agent is installed, on the device');
    expect(copied).toContain('Do: Deploy the agent');
  });

  test('the next step is one click away, and then every link of the agent holds', async () => {
    await step('Agent is installed').getByRole('link', { name: 'Deploy the agent' }).click();
    await app.page.getByRole('button', { name: 'Change settings' }).click();
    await app.page.getByLabel('LED port').fill(String(await freePort()));
    await app.page.getByLabel('Echo port').fill(String(await freePort()));
    await app.page.getByRole('dialog').getByRole('button', { name: 'Deploy' }).click();
    await app.page
      .getByText(/runs and answers on port/)
      .first()
      .waitFor({ timeout: 60_000 });
    await app.page.getByRole('link', { name: 'Doctor', exact: true }).click();
    await app.page.getByRole('button', { name: 'Examine again' }).click();
    await examined();
    await step('Agent’s port listens')
      .getByText(/^Port \d+ listens on/)
      .waitFor();
    await step('Agent speaks its protocol').getByText('answers in protocol 1').waitFor();
    await step('Pin really changes').getByText('The simulated LED follows.').waitFor();
    await app.screenshot('doctor-agent');
  });

  test('an agent that was stopped is the broken link, and its page is one click away', async () => {
    await app.page.getByRole('link', { name: 'Agent', exact: true }).click();
    await app.page.getByRole('button', { name: 'Stop', exact: true }).click();
    await app.page.getByText('Stopped', { exact: true }).first().waitFor();
    await app.page.getByRole('link', { name: 'Doctor', exact: true }).click();
    await app.page.getByRole('button', { name: 'Examine again' }).click();
    await examined();
    await step('Agent’s service runs').getByText('The agent does not run: plain program, stopped.').waitFor();
    await step('Agent’s service runs').getByRole('link', { name: 'Open the Agent page' }).waitFor();
  });
});

describe('the report of a device of somebody', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());

  test('when it is copied, names neither the user, nor the host key, nor a public address', async () => {
    const secrets = ['annabella', (await sshd.fingerprint()).replace('SHA256:', ''), '84.112.7.9', '2a02:8388:1:2::7'];
    await addDevice({
      'User name': 'annabella',
      'SSH port': String(sshd.port),
      Label: 'Of annabella, 84.112.7.9 or 2a02:8388:1:2::7',
    });
    await app.page.getByRole('link', { name: 'Doctor', exact: true }).click();
    await app.page.getByRole('button', { name: 'Examine this device' }).click();
    await examined();
    await step('Host key is the known one').getByRole('button').click();
    await step('Host key is the known one')
      .getByText(await sshd.fingerprint())
      .waitFor();
    for (const name of ['Copy the report', 'Copy the report text']) {
      await app.page.getByRole('button', { name, exact: true }).click();
      const copied = await app.page.evaluate(() => navigator.clipboard.readText());
      for (const secret of secrets) expect(copied).not.toContain(secret);
      expect(copied).toContain('Device: Of <user>, <public-address-2> or <public-address-1>');
      expect(copied).toContain('> ED25519 <key-1>');
      expect(copied).toContain('127.0.0.1');
    }
  });
});

describe('a device that refuses SSH', () => {
  test('is told from one that is not there, with the command that helps', async () => {
    const port = await freePort();
    await addDevice({ 'SSH port': String(port) });
    await app.page.getByRole('link', { name: 'Doctor', exact: true }).click();
    await app.page.getByRole('button', { name: 'Examine this device' }).click();
    await examined();
    await app.page.getByText('The chain breaks at “SSH port is open”.', { exact: false }).first().waitFor();
    await step('SSH port is open').getByText(`nothing listens on port ${port}`).waitFor();
    await step('SSH port is open').getByText("sudo sshd -T | grep '^port '", { exact: true }).waitFor();
    await step('Signed in').getByRole('button', { name: 'Sign in' }).waitFor();
    await app.screenshot('doctor-refused');
  });
});

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  test('axe finds nothing, wide and narrow', async () => {
    await app.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    for (const width of [1280, 360]) {
      await app.page.setViewportSize({ width, height: 800 });
      await app.screenshot(`doctor-${theme}-${width}`);
      expect(await barriers(app.page)).toEqual(noBarriers);
    }
  });
});

test('nothing went wrong in the page meanwhile', () => {
  expect(faults).toEqual([]);
});
