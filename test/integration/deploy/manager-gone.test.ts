import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JobSnapshot } from '../../../src-main/deploy/index.ts';
import { SshPi } from './ssh-pi.ts';

let pi: SshPi;
let files: readonly string[];
let before: string;
let deployments = 0;
const nextVersion = (): string => `0.0.${(deployments += 1)}`;

beforeAll(async () => {
  pi = await SshPi.make();
  await pi.signIn();
  await pi.deploy(nextVersion());
  await pi.deploy(nextVersion());
  files = await pi.files();
});
beforeEach(async () => {
  before = await pi.settledVersion();
});
afterAll(() => pi.dispose());

/** Begins to deploy a version that never answers, up to where it is asked. */
async function deploySilent(): Promise<{ readonly ended: Promise<JobSnapshot> }> {
  const asked = pi.world.stepRunning('pi', 'health');
  const ended = pi.deploy(nextVersion(), (text) => text.replace('"use strict";', 'setInterval(()=>{},1e3);return;'));
  await asked;
  return { ended };
}

async function killManager(): Promise<void> {
  const { pid } = JSON.parse(await readFile(pi.at('lock', 'owner.json'), 'utf8')) as { pid: number };
  process.kill(pid, 'SIGKILL');
}

async function expectNothingLeft(): Promise<void> {
  expect((await pi.deploy(nextVersion())).result).toMatchObject({ kind: 'done' });
  expect(await pi.files()).toEqual(files);
}

describe('while a version is tried', () => {
  test('a program on the device that is killed is replaced by one that puts the old version back', async () => {
    const { ended } = await deploySilent();
    await killManager();
    pi.world.deploy.cancel('pi');
    expect((await ended).result).toMatchObject({ kind: 'cancelled', note: `Cancelled. Version ${before} runs again.` });
    expect(await pi.settledVersion()).toBe(before);
    await expectNothingLeft();
  });

  test('a program on the device that is killed with the connection is made good by the next deployment', async () => {
    const { ended } = await deploySilent();
    await killManager();
    pi.cable.cutAfter(0);
    expect((await ended).result).toMatchObject({ kind: 'failed', error: { code: 'DISCONNECTED' } });
    await pi.signIn();
    const { result } = await pi.deploy(nextVersion(), (text) => text.replace('"use strict";', 'process.exit(1);'));
    expect(result).toMatchObject({
      error: { message: expect.stringContaining(`Version ${before} runs again.`) as string },
    });
    expect(await pi.settledVersion()).toBe(before);
    await expectNothingLeft();
  });

  test(
    'a connection that falls silent without an end is given up, and the old version is put back',
    { timeout: 180_000 },
    async () => {
      const { ended } = await deploySilent();
      pi.cable.fallSilent();
      await expect.poll(() => existsSync(pi.at('lock')), { timeout: 120_000, interval: 200 }).toBe(false);
      expect(await pi.settledVersion()).toBe(before);
      expect((await ended).result).toMatchObject({ kind: 'failed', error: { code: 'DISCONNECTED' } });
      await pi.signIn();
      await expectNothingLeft();
    },
  );
});
