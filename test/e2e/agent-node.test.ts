import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canMount } from '../integration/support/sshd.ts';
import { ASKING_SUDO } from '../integration/support/systemd-double.ts';
import { Bench } from './support/bench.ts';

/** What a Pi Zero says of itself, and its apt, which reaches nothing; the lab has a real one. */
const ZERO = {
  uname: '#!/bin/sh\n[ "$1" = -m ] && echo armv6l || exec /usr/bin/uname "$@"\n',
  'apt-cache': '#!/bin/sh\nprintf "nodejs:\\n  Installed: (none)\\n  Candidate: (none)\\n"\n',
  'apt-get': '#!/bin/sh\necho "W: Failed to fetch http://raspbian/x  Temporary failure resolving \'raspbian\'"\n',
};

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.start({
    systemd: true,
    wrongNode: true,
    programs: { ...ZERO, sudo: ASKING_SUDO },
    prepare: async ({ sshd }) => {
      await writeFile(join(sshd.home, 'sudo-expects'), 'raspberry', { mode: 0o644 });
    },
  });
  await bench.openAgentPage('Zero');
});
afterAll(() => bench.stop());

const dialog = () => bench.page.getByRole('dialog', { name: 'Password for sudo' });
const finding = () => bench.page.getByRole('row').filter({ hasText: 'Node.js' });
const choice = () => bench.page.getByRole('checkbox', { name: 'Install Node.js on the device first' });

describe.skipIf(!canMount())('a Pi Zero without a Node that runs', () => {
  test('is offered that apt installs one, in the row that says why the agent cannot run', async () => {
    await bench.button('Check first').click();
    await finding().getByText('Stop', { exact: true }).waitFor();
    await finding().getByText('does not run: it ended with an illegal instruction').waitFor();
    expect(await choice().isChecked()).toBe(false);
    await bench.look('node-stop');
  });

  test('is looked at once more when that is ticked, and then nothing stops the deployment', async () => {
    await choice().check();
    await finding().getByText('Warning', { exact: true }).waitFor();
    await finding().getByText("apt will install the system's own first.").waitFor();
    expect(await choice().isChecked()).toBe(true);
    await bench.look('node-chosen');
  });

  test('asks for the password for apt, for which there is no way without root', async () => {
    await bench.button('Deploy the agent').click();
    await dialog().getByText('takes administrator (root) rights', { exact: false }).waitFor();
    expect(await dialog().getByRole('button', { name: 'Deploy without root rights' }).count()).toBe(0);
  });

  test('stops at apt without the Internet, and says what to do', async () => {
    await dialog().getByRole('textbox').fill('raspberry');
    await dialog().getByRole('button', { name: 'Deploy', exact: true }).click();
    await bench.text('The device does not reach the Internet, so apt could not get Node.js.');
    await bench.page
      .getByRole('listitem')
      .filter({ hasText: 'Install Node.js by apt' })
      .getByText('sudo apt update')
      .waitFor();
    await bench.look('node-offline');
  });

  test('stops at once where the choice is taken back', async () => {
    await choice().uncheck();
    await finding().getByText('Stop', { exact: true }).waitFor();
    await bench.button('Try again').click();
    await bench.text('does not run: it ended with an illegal instruction');
    // The steps of the deployment before stand there until this one has begun.
    await expect.poll(() => bench.page.getByText('Install Node.js by apt').count()).toBe(0);
  });
});
