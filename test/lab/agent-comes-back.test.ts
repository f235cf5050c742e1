import { describe, expect, it } from 'vitest';
import type { InstalledAgent, JobKind } from '../../src-main/deploy/index.ts';
import { answer, ask } from './support/agent-words.ts';
import { benchWith } from './support/bench.ts';
import { PI_USER } from './support/lab.ts';
import { signedIn } from './support/signed-in.ts';

const ADDRESS = { name: 'lab-back', ip: '10.77.0.46', mac: 'b8:27:eb:00:00:46' };
const POLL = { timeout: 60_000, interval: 100 };
const UNIT = 'pi-workbench-led.service';
/** Of GPIO27, in the kernel's numbers. */
const VALUE_FILE = '/sys/class/gpio/gpio539/value';

describe('an agent that systemd keeps running', () => {
  const bench = benchWith({ ...ADDRESS, node: 'debian' });
  const send = (words: string) => ask(bench.pi.ip, 1234, words);

  /** Kills the agent in a way that it cannot see coming, does something as root meanwhile, and waits for the next one. */
  async function killAnd(line = 'true'): Promise<void> {
    const mainPid = async () => Number(await bench.pi.shell(`systemctl show -P MainPID ${UNIT}`));
    const killed = await mainPid();
    await bench.pi.shell(`kill -KILL ${killed}; ${line}`);
    await expect.poll(mainPid, POLL).not.toBeOneOf([killed, 0]);
  }

  it('is started again after kill -9 with the LED on, leaves the pin alone, and tells its level', async () => {
    const { pi, world } = bench;
    expect((await world.run('pi', 'deploy')).result).toMatchObject({ kind: 'done' });
    expect(await send('ON')).toBe('OK ON\n');
    const changes = await pi.gpioLog();
    await killAnd();
    expect(await answer(() => send('STATUS'))).toBe('OK ON\n');
    expect(await pi.led(27)).toBe(1);
    expect(await pi.gpioLog()).toEqual(changes);
    await world.deploy.read('pi');
    expect(world.deploy.watch('pi').installed).toMatchObject({ state: 'running', restarts: 1 });
  });

  it('tells the level that the pin has, not the one that the killed agent set', async () => {
    await killAnd(`echo 0 >${VALUE_FILE}`);
    expect(await answer(() => send('STATUS'))).toBe('OK OFF\n');
    expect(await bench.pi.led(27)).toBe(0);
  });

  it('comes back by itself after a restart of the Pi, which puts the LED out', async () => {
    const { pi, world } = bench;
    expect(await send('ON')).toBe('OK ON\n');
    await world.targets.remove('pi');
    await pi.reboot();
    expect(await answer(() => send('STATUS'))).toBe('OK OFF\n');
    expect(await pi.led(27)).toBe(0);
    await world.add(await signedIn(pi));
    await world.deploy.read('pi');
    expect(world.deploy.watch('pi').installed).toMatchObject({ state: 'running', restarts: 0 });
  });

  const installed = async (): Promise<InstalledAgent | null> => {
    await bench.world.deploy.read('pi');
    return bench.world.deploy.watch('pi').installed;
  };
  const work = async (kind: JobKind): Promise<void> =>
    expect((await bench.world.run('pi', kind)).result).toMatchObject({ kind: 'done' });

  describe.each([
    ['system', ['systemctl']],
    ['user', ['runuser', '-u', PI_USER, '--', 'env', 'XDG_RUNTIME_DIR=/run/user/1000', 'systemctl', '--user']],
  ] as const)('as a service of the %s', (service, systemctl) => {
    const mainPid = async (): Promise<number> =>
      Number((await bench.pi.exec([...systemctl, 'show', '-P', 'MainPID', UNIT])).stdout);

    it('is restarted by the app, which follows its log meanwhile and tells how long it runs', async () => {
      const { pi, world } = bench;
      const { options } = world.deploy.watch('pi');
      const deployed = await world.run('pi', 'deploy', { options: { ...options, service } });
      expect(deployed.result.kind).toBeOneOf(['done', 'unchanged']);
      const before = await mainPid();

      const log: string[] = [];
      const stop = new AbortController();
      const following = world.deploy.followLog('pi', stop.signal, (lines) => log.push(...lines));
      await expect.poll(() => log, POLL).toContainEqual(readyLine(before));

      const uptime = async (): Promise<number> => parseFloat(await pi.shell('cat /proc/uptime'));
      const asked = await uptime();
      await work('restart');
      const after = await mainPid();
      expect(after).not.toBeOneOf([before, 0]);
      expect(await send('INFO')).toContain(`pid=${after} `);
      const { uptimeSeconds } = world.deploy.watch('pi').installed ?? {};
      expect(uptimeSeconds).toBeLessThan((await uptime()) - asked);
      await expect.poll(async () => (await installed())?.uptimeSeconds, POLL).toBeGreaterThan(uptimeSeconds ?? NaN);

      await expect.poll(() => log, POLL).toContainEqual(readyLine(after));
      stop.abort();
      await following;
      await expect.poll(() => pi.shell('pgrep -x journalctl; true'), POLL).toBe('');
    });

    it('is stopped and started by the app', async () => {
      await work('stop');
      expect(await mainPid()).toBe(0);
      await expect(send('STATUS')).rejects.toThrow('ECONNREFUSED');
      expect(await installed()).toMatchObject({ state: 'stopped', uptimeSeconds: null, current: { service } });
      await work('start');
      expect(await installed()).toMatchObject({ state: 'running', uptimeSeconds: expect.any(Number) });
      expect(await send('ON')).toBe('OK ON\n');
    });
  });
});

/** What the agent of this process says in the journal once it listens. */
function readyLine(pid: number): unknown {
  return expect.stringMatching(new RegExp(` node\\[${pid}\\]: ready `));
}

describe('an agent that runs as a plain program', () => {
  const bench = benchWith({ ...ADDRESS, node: 'debian' });
  const send = (words: string) => ask(bench.pi.ip, 1234, words);
  let before: readonly string[];

  it('goes on when the SSH session that started it ends', async () => {
    const { pi, world } = bench;
    before = await pi.ownFiles();
    const { options } = world.deploy.watch('pi');
    const job = await world.run('pi', 'deploy', { options: { ...options, service: 'plain' } });
    expect(job.result).toMatchObject({ kind: 'done' });
    expect(await send('ON')).toBe('OK ON\n');
    await world.targets.remove('pi');
    await expect.poll(() => pi.shell('pgrep -u pi -x sshd; true'), POLL).toBe('');
    expect(await send('STATUS')).toBe('OK ON\n');
    expect(await pi.led(27)).toBe(1);
  });

  it('is started again by its supervisor after kill -9, with the level that the pin has', async () => {
    const { pi } = bench;
    const pid = /pid=(\d+)/.exec(await send('INFO'))?.[1];
    await pi.shell(`kill -KILL ${pid}`);
    expect(await answer(() => send('STATUS'))).toBe('OK ON\n');
    expect(await pi.led(27)).toBe(1);
  });

  it('does not come back after a restart of the Pi, as was said before, and starts when it is told to', async () => {
    const { pi, world } = bench;
    const said = world.deploy.watch('pi').findings?.find(({ id }) => id === 'service');
    expect(said).toMatchObject({
      level: 'warning',
      text: expect.stringContaining('not after a restart of the device'),
    });
    await pi.reboot();
    await expect(send('STATUS')).rejects.toThrow('ECONNREFUSED');
    await world.add(await signedIn(pi));
    await world.deploy.read('pi');
    expect(world.deploy.watch('pi').installed).toMatchObject({ state: 'stopped', current: { service: 'plain' } });
    expect((await world.run('pi', 'start')).result).toMatchObject({ kind: 'done' });
    expect(await send('ON')).toBe('OK ON\n');
    expect(await pi.led(27)).toBe(1);
  });

  it('leaves the same files as before once it is removed', async () => {
    const { pi, world } = bench;
    expect((await world.run('pi', 'uninstall')).result).toMatchObject({ kind: 'done' });
    expect(await pi.ownFiles()).toEqual(before);
    expect(await pi.led(27)).toBe(0);
  });
});
