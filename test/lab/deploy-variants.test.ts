import { describe, expect, it } from 'vitest';
import { stepsOf } from '../integration/deploy/world.ts';
import { ask } from './support/agent-words.ts';
import { benchWith, type Bench } from './support/bench.ts';

const ADDRESS = { name: 'lab-variant', ip: '10.77.0.45', mac: 'b8:27:eb:00:00:45' };
const POLL = { timeout: 60_000, interval: 100 };

/**
 * What a learner does: deploys, lights the LED, takes the agent off. The level is read from outside the Pi.
 * Returns what the look before the deployment found, by the name of each thing.
 */
async function deployLightRemove({ pi, world }: Bench): Promise<ReadonlyMap<string, string>> {
  const before = await pi.ownFiles();
  const job = await world.run('pi', 'deploy');
  const found = findingsOf(world);
  expect(job.result).toMatchObject({ kind: 'done', warnings: [] });
  expect(stepsOf(job).every((step) => step.endsWith(' done'))).toBe(true);
  expect(world.deploy.watch('pi').installed).toMatchObject({ state: 'running', current: { service: 'system' } });

  expect(await pi.led(27)).toBe(0);
  expect(await ask(pi.ip, 1234, 'ON')).toBe('OK ON\n');
  expect(await pi.led(27)).toBe(1);

  expect((await world.run('pi', 'uninstall')).result).toMatchObject({ kind: 'done' });
  expect(await pi.led(27)).toBe(0);
  expect(await pi.ownFiles()).toEqual(before);
  return found;
}

function findingsOf(world: Bench['world']): ReadonlyMap<string, string> {
  return new Map(world.deploy.watch('pi').findings?.map(({ id, text }) => [id, text]));
}

describe('Debian 13 with libgpiod 2, without Node', () => {
  const bench = benchWith({ ...ADDRESS, os: 'trixie', node: 'none', gpiod: 'debian' });
  let before: readonly string[];

  it('is brought a Node, lights the LED, and has the same files as before once the agent is removed', async () => {
    const found = await deployLightRemove(bench);
    expect(found.get('system')).toMatch(/^Debian GNU\/Linux 13 \(trixie\), /);
    expect(found.get('node')).toContain('None; this app brings 22.23.3 along');
    expect(found.get('gpio')).toBe('Pin 13 (GPIO 27), by onoff (sysfs)');
  });

  it('is told what its libgpiod tools answer when they are chosen, as there is no /dev/gpiochip0', async () => {
    const { pi, world } = bench;
    before = await pi.ownFiles();
    expect(await pi.shell('gpioset --version')).toMatch(/^gpioset \(libgpiod\) v2\./);
    const { options } = world.deploy.watch('pi');
    const settings = { ...options.settings, driver: 'gpiod' } as const;
    const job = await world.run('pi', 'deploy', { options: { ...options, settings } });
    expect(job.result).toMatchObject({ kind: 'done', warnings: [{ code: 'AGENT_NO_GPIO' }] });
    expect(await ask(pi.ip, 1234, 'ON')).toBe(
      'ERR no-gpio no GPIO driver works here (gpiod: gpiodetect finds no chip that drives the 40-pin header)\n',
    );
  });

  it('lights the LED by a service of the user too, in place of the one of the system', async () => {
    const { pi, world } = bench;
    const { options } = world.deploy.watch('pi');
    const settings = { ...options.settings, driver: 'auto' } as const;
    const job = await world.run('pi', 'deploy', { options: { ...options, settings, service: 'user' } });
    expect(job.result).toMatchObject({ kind: 'done', warnings: [] });
    expect(world.deploy.watch('pi').installed).toMatchObject({ state: 'running', current: { service: 'user' } });
    expect(await ask(pi.ip, 1234, 'ON')).toBe('OK ON\n');
    expect(await pi.led(27)).toBe(1);
    expect((await world.run('pi', 'uninstall')).result).toMatchObject({ kind: 'done' });
    expect(await pi.led(27)).toBe(0);
    expect(await pi.ownFiles()).toEqual(before);
  });
});

describe('a Pi with Dropbear and no SFTP, without Node', () => {
  const bench = benchWith({ ...ADDRESS, sshd: 'dropbear', node: 'none' });

  it('is sent 45 MB without SFTP, lights the LED, and has the same files as before afterwards (ssh2#115)', async () => {
    await deployLightRemove(bench);
  });

  it('keeps an agent that is a plain program when the SSH session that started it ends', async () => {
    const { pi, world } = bench;
    const { options } = world.deploy.watch('pi');
    const job = await world.run('pi', 'deploy', { options: { ...options, service: 'plain' } });
    expect(job.result).toMatchObject({ kind: 'done' });
    expect(await ask(pi.ip, 1234, 'ON')).toBe('OK ON\n');
    await world.targets.remove('pi');
    // One is left, which listens.
    await expect.poll(() => pi.shell('pgrep -c -x dropbear'), POLL).toBe('1\n');
    expect(await ask(pi.ip, 1234, 'STATUS')).toBe('OK ON\n');
    expect(await pi.led(27)).toBe(1);
  });
});

describe('a Pi whose programs are 32-bit, under a 64-bit kernel', () => {
  const bench = benchWith({ ...ADDRESS, userland: 'armhf', node: 'debian' });

  it('lights the LED by the Node it has', async () => {
    const found = await deployLightRemove(bench);
    expect(found.get('architecture')).toBe(
      '32-bit, armv7l, under a 64-bit kernel (aarch64): its packages are armhf (a 32-bit system)',
    );
  });

  it('without a Node is brought one for armv7l, and where that does not run nothing is left of it', async () => {
    const { pi, world } = bench;
    await pi.shell('chmod a-x "$(readlink -f /usr/bin/node)"');
    const before = await pi.ownFiles();
    const job = await world.run('pi', 'deploy');
    expect(findingsOf(world).get('node')).toContain('None; this app brings 20.11.0 along');
    expect(job.result).toMatchObject({
      kind: 'failed',
      error: { code: 'RUNTIME_FAILED', hint: expect.stringContaining('apt install nodejs') },
    });
    expect(await pi.ownFiles()).toEqual(before);
  });
});

describe('a Pi Zero without Node', () => {
  const bench = benchWith({ ...ADDRESS, userland: 'armv6', node: 'none' });

  it('is never brought one for armv7l, and is told what to do before anything is sent (nodesource#145)', async () => {
    const { pi, world } = bench;
    const before = await pi.ownFiles();
    const job = await world.run('pi', 'deploy');
    expect(job.result).toMatchObject({
      kind: 'failed',
      error: { code: 'NODE_ARMV6', hint: expect.stringContaining('apt install nodejs') },
    });
    expect(stepsOf(job).slice(0, 2)).toEqual(['preflight failed', 'runtime skipped']);
    expect(await pi.ownFiles()).toEqual(before);
  });
});

describe('a Pi whose only Node is one that nvm installed', () => {
  const bench = benchWith({ ...ADDRESS, node: 'debian' });

  it('lights the LED by a service that was given the real path of that Node (nvm#3810)', async () => {
    const { pi } = bench;
    const version = (await pi.shell('node --version')).trim();
    const bin = `/home/pi/.nvm/versions/node/${version}/bin`;
    await pi.shell(`install -d -o pi -g pi ${bin} && mv "$(readlink -f /usr/bin/node)" ${bin}/node`);
    const found = await deployLightRemove(bench);
    expect(found.get('node')).toBe(`${version.slice(1)} (${bin}/node)`);
  });
});
