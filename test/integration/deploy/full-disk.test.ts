import { chown, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { JobSnapshot, StepSnapshot } from '../../../src-main/deploy/index.ts';
import { mayMount, SmallDisk } from '../support/small-disk.ts';
import { SshPi } from './ssh-pi.ts';

describe.runIf(mayMount)(`a disk${mayMount ? '' : ' (not tested: this user may not mount one)'}`, () => {
  let pi: SshPi;
  let disk: SmallDisk;
  let files: readonly string[];
  let deployments = 0;
  const nextVersion = (): string => `0.0.${(deployments += 1)}`;

  beforeAll(async () => {
    pi = await SshPi.make('~/disk/agent');
    const folder = join(pi.sshd.home, 'disk');
    await mkdir(folder);
    disk = new SmallDisk(folder, '3m');
    const { uid, gid } = await stat(pi.sshd.home);
    await chown(folder, uid, gid);
    await pi.signIn();
    await pi.deploy(nextVersion());
    await pi.deploy(nextVersion());
    files = await pi.files();
  });
  afterEach(() => disk.makeRoom());
  afterAll(async () => {
    await pi.world.run('pi', 'uninstall');
    disk.unmount();
    await pi.dispose();
  });

  /** Deploys, and does something to the disk when a step begins; one that begins twice is meant the second time. */
  async function deployAnd(
    step: StepSnapshot['id'],
    toDisk: () => void,
    change?: (text: string) => string,
  ): Promise<JobSnapshot> {
    const stop = pi.onStep((id, isRunning) => {
      if (id === step && isRunning) toDisk();
    });
    try {
      return await pi.deploy(nextVersion(), change);
    } finally {
      stop();
    }
  }

  async function expectNothingLeft(): Promise<void> {
    disk.makeRoom();
    expect((await pi.deploy(nextVersion())).result).toMatchObject({ kind: 'done' });
    expect(await pi.files()).toEqual(files);
  }

  test.each([
    ['before the lock is taken', 'upload', 0],
    ['while the files are sent', 'upload', 40_960],
    ['while they are put in place', 'install', 0],
    ['when the new version is to be started', 'start', 0],
  ] as const)(
    'that is full %s is named with what helps, and the old version runs on',
    async (_name, step, roomLeft) => {
      const before = await pi.settledVersion();
      const { result } = await deployAnd(step, () => disk.fill(roomLeft));
      expect(result).toMatchObject({
        kind: 'failed',
        error: {
          code: 'DISK_FULL',
          message: expect.stringMatching(/^The disk is full on \S+?(: .+ needed, .+ free)?\./) as string,
          hint: expect.stringContaining('Delete what is not needed there') as string,
        },
      });
      expect(await pi.settledVersion()).toBe(before);
      await expectNothingLeft();
    },
  );

  test('on which something else takes every byte that gets free does not keep the old version from coming back', async () => {
    const before = await pi.settledVersion();
    const broken = (text: string): string => text.replace('"use strict";', 'process.exit(1);');
    let filling: NodeJS.Timeout | undefined;
    const { result } = await deployAnd('health', () => (filling = setInterval(() => disk.fill(), 2)), broken);
    clearInterval(filling);
    expect(result).toMatchObject({
      kind: 'failed',
      error: { code: 'AGENT_CRASHED', message: expect.stringContaining('code 1. ') as string },
    });
    expect(await pi.settledVersion()).toBe(before);
    await expectNothingLeft();
  });

  test('that is full does not keep an agent that crashed from being started again', async () => {
    const before = await pi.settledVersion();
    disk.fill();
    await pi.crash();
    expect(await pi.settledVersion()).toBe(before);
    await expectNothingLeft();
  });
});
