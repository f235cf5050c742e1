import { describe, expect, it } from 'vitest';
import { stepsOf } from '../integration/deploy/world.ts';
import { ask } from './support/agent-words.ts';
import { benchWith, type Bench } from './support/bench.ts';

const ADDRESS = { name: 'lab-variant', ip: '10.77.0.45', mac: 'b8:27:eb:00:00:45' };

/** What the look before a deployment said of one thing. */
function findingOf({ world }: Bench, id: string): string | undefined {
  return world.deploy.watch('pi').findings?.find((finding) => finding.id === id)?.text;
}

/** What a learner does: deploys, lights the LED, takes the agent off. The level is read from outside the Pi. */
async function deployLightRemove({ pi, world }: Bench): Promise<void> {
  const before = await pi.ownFiles();
  const job = await world.run('pi', 'deploy');
  expect(job.result).toMatchObject({ kind: 'done', warnings: [] });
  expect(stepsOf(job).every((step) => step.endsWith(' done'))).toBe(true);
  expect(world.deploy.watch('pi').installed).toMatchObject({ state: 'running', current: { service: 'system' } });

  expect(await pi.led(27)).toBe(0);
  expect(await ask(pi.ip, 1234, 'ON')).toBe('OK ON\n');
  expect(await pi.led(27)).toBe(1);

  expect((await world.run('pi', 'uninstall')).result).toMatchObject({ kind: 'done' });
  expect(await pi.led(27)).toBe(0);
  expect(await pi.ownFiles()).toEqual(before);
}

describe('Debian 13 as Raspberry Pi OS ships it, without Node', () => {
  const bench = benchWith({ ...ADDRESS, os: 'trixie', node: 'none' });

  it('is brought a Node, lights the LED, and has the same files as before once the agent is removed', async () => {
    await deployLightRemove(bench);
    expect(findingOf(bench, 'system')).toMatch(/^Debian GNU\/Linux 13 \(trixie\), /);
    expect(findingOf(bench, 'node')).toContain('None; this app brings 22.23.3 along');
  });
});

describe('a Pi with Dropbear and no SFTP, without Node', () => {
  const bench = benchWith({ ...ADDRESS, sshd: 'dropbear', node: 'none' });

  it('is sent 45 MB without SFTP, lights the LED, and has the same files as before afterwards (ssh2#115)', async () => {
    await deployLightRemove(bench);
  });
});

describe('a Pi whose programs are 32-bit, under a 64-bit kernel', () => {
  const bench = benchWith({ ...ADDRESS, userland: 'armhf', node: 'debian' });

  it('lights the LED by the Node it has', async () => {
    await deployLightRemove(bench);
    expect(findingOf(bench, 'architecture')).toBe(
      '32-bit, armv7l, under a 64-bit kernel (aarch64): its packages are armhf (a 32-bit system)',
    );
  });

  it('without a Node is brought one for armv7l, and where that does not run nothing is left of it', async () => {
    const { pi, world } = bench;
    await pi.shell('chmod a-x "$(readlink -f /usr/bin/node)"');
    const before = await pi.ownFiles();
    const job = await world.run('pi', 'deploy');
    expect(findingOf(bench, 'node')).toContain('None; this app brings 20.11.0 along');
    expect(job.result).toMatchObject({
      kind: 'failed',
      error: { code: 'RUNTIME_FAILED', hint: expect.stringContaining('apt install nodejs') },
    });
    expect(await pi.ownFiles()).toEqual(before);
  });
});
