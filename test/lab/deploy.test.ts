import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeployOptions } from '../../src-main/deploy/index.ts';
import type { FoundList } from '../../src-main/discovery/index.ts';
import { LedService } from '../../src-main/led/index.ts';
import { agentText, asVersion, DeployWorld, stepsOf } from '../integration/deploy/world.ts';
import { answer, ask } from './support/agent-words.ts';
import { LabPi, PI_PASSWORD } from './support/lab.ts';
import { signedIn } from './support/signed-in.ts';

const CLI = join(import.meta.dirname, '../../out/main/cli.js');
const DNS_PACKET = join(import.meta.dirname, '../../node_modules/dns-packet');
const POLL = { timeout: 20_000, interval: 200 };
const UNIT = 'pi-workbench-led.service';

describe('a deployment to a Pi with systemd and sudo', () => {
  let pi: LabPi;
  let world: DeployWorld;
  let options: DeployOptions;
  let before: readonly string[];

  beforeAll(async () => {
    pi = await LabPi.up({
      name: 'lab-deploy',
      ip: '10.77.0.41',
      mac: 'b8:27:eb:00:00:41',
      node: 'debian',
      shell: 'noisy',
    });
    world = await DeployWorld.make();
    await world.add(await signedIn(pi));
    options = world.deploy.watch('pi').options;
    before = await pi.ownFiles();
  });
  afterAll(async () => {
    await world.dispose();
    await pi.down();
  });

  const deploy = (change: Partial<DeployOptions['settings']> = {}) =>
    world.run('pi', 'deploy', { options: { ...options, settings: { ...options.settings, ...change } } });
  const send = (words: string) => ask(pi.ip, options.settings.ledPort, words);

  it('sets up a hardened service of the system that drives the real pin by onoff', async () => {
    const job = await deploy();
    expect(job.result).toMatchObject({ kind: 'done', warnings: [] });
    expect(stepsOf(job).every((step) => step.endsWith(' done'))).toBe(true);
    expect(await pi.shell(`systemctl is-active ${UNIT}; systemctl is-enabled ${UNIT}`)).toBe('active\nenabled\n');
    expect(world.deploy.watch('pi').agent).toMatchObject({ driver: 'onoff', simulated: false, bcm: 27 });
  });

  it('lights the LED: the level read from outside the Pi is 1', async () => {
    expect(await pi.led(27)).toBe(0);
    expect(await send('ON')).toBe('OK ON\n');
    expect(await pi.led(27)).toBe(1);
    expect(await send('OFF')).toBe('OK OFF\n');
    expect(await pi.led(27)).toBe(0);
  });

  it('is announced over mDNS with its version and pin, which a change of settings changes', async () => {
    await expect
      .poll(() => announced(pi), POLL)
      .toEqual(['access=local', 'echo=1235', 'gpio=27', 'pin=13', 'version=0.1.0']);
    expect((await deploy({ bcm: 17 })).result).toMatchObject({ kind: 'done' });
    await expect.poll(() => announced(pi), POLL).toContain('pin=11');
    expect((await deploy()).result).toMatchObject({ kind: 'done' });
    await expect.poll(() => announced(pi), POLL).toContain('pin=13');
  });

  // Both take seconds by their nature.
  it.concurrent('blinks the activity LED, which is root’s on a Pi, and puts its trigger back', async ({ expect }) => {
    const files = '/sys/class/leds/ACT/trigger /sys/class/leds/ACT/brightness';
    expect(await pi.shell(`stat -c '%U:%G %a' ${files}`)).toBe('root:gpio 664\nroot:gpio 664\n');
    expect(await send('IDENTIFY')).toBe('OK IDENTIFY\n');
    const flashes = Array.from({ length: 12 }, () => ['brightness 1', 'brightness 0']).flat();
    await expect.poll(() => pi.activityLedLog(), POLL).toEqual(['trigger none', ...flashes, 'trigger mmc0']);
  });

  it.concurrent('is found by the app from another machine as a device that announces the agent', async ({ expect }) => {
    const { stdout, stderr } = await pi.lanExec([
      ...[process.execPath, CLI, 'discover', '--json', '--no-search', '--wait', '4'],
      ...['--networks', '10.77.0.0/24', '--data-dir', world.folder],
    ]);
    if (stdout === '') throw new Error(stderr);
    const { devices } = JSON.parse(stdout) as Pick<FoundList, 'devices'>;
    const found = devices.find(({ addresses }) => addresses.some(({ address }) => address === pi.ip));
    expect(found?.evidence.map(({ text }) => text)).toContain('Announces the agent');
  });

  it('carries the LED page, which follows a click to the pin and back', async () => {
    const led = new LedService({ targets: world.targets, endpoints: world.deploy });
    led.watch('pi');
    await new Promise<void>((resolve) => {
      led.changes.subscribe(({ connection }) => connection.kind === 'connected' && resolve());
    });
    expect(await led.order('pi', { kind: 'on' })).toMatchObject({ level: 'on' });
    expect(await pi.led(27)).toBe(1);
    await led.order('pi', { kind: 'off' });
    await led.dispose();
  });

  it('scores well in systemd-analyze security', async () => {
    const report = await pi.shell(`systemd-analyze security --no-pager ${UNIT} | tail -1`);
    const score = Number(/: ([\d.]+) /.exec(report)?.[1]);
    console.log(`systemd-analyze security: ${report.trim()}`);
    expect(score).toBeGreaterThan(0);
    expect(score).toBeLessThan(2.5);
  });

  it('keeps the agent over a restart of the Pi', async () => {
    await pi.reboot();
    await world.targets.remove('pi');
    await world.add(await signedIn(pi));
    expect(await answer(() => send('ON'))).toBe('OK ON\n');
    expect(await pi.led(27)).toBe(1);
  });

  it('is not touched by a second deployment of the same', async () => {
    const pid = await pi.shell(`systemctl show -P MainPID ${UNIT}`);
    expect((await deploy()).result).toMatchObject({ kind: 'unchanged' });
    expect(await pi.shell(`systemctl show -P MainPID ${UNIT}`)).toBe(pid);
  });

  it('goes through SSH alone when only that may connect', async () => {
    expect((await deploy({ access: 'ssh-only' })).result).toMatchObject({ kind: 'done' });
    await expect(send('STATUS')).rejects.toThrow('ECONNREFUSED');
    const target = world.targets.get('pi');
    const stream = await target.connect('127.0.0.1', options.settings.ledPort);
    stream.end('STATUS\n');
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe('OK OFF\n');
    await expect.poll(() => announced(pi), POLL).toBeNull();
    expect(await pi.shell('ls /etc/avahi/services')).not.toContain('pi-workbench');
  });

  it('fails with the last lines of the journal when the agent ends at once, and the old one runs again', async () => {
    await writeFile(
      world.agentFile,
      asVersion('0.2.0')(await agentText()).replace('"use strict";', 'console.error("no luck");process.exit(7);'),
    );
    const job = await deploy();
    expect(job.result).toMatchObject({ kind: 'failed', error: { code: 'AGENT_CRASHED' } });
    expect(job.steps.find(({ id }) => id === 'health')?.log.join('\n')).toContain('no luck');
    expect(world.deploy.watch('pi').installed).toMatchObject({
      state: 'running',
      isUnfinished: false,
      current: { version: '0.1.0', settings: { access: 'ssh-only' } },
    });
    expect(
      await pi.shell('ls /run/ | grep pi-workbench; systemctl list-timers --all | grep -c pi-workbench; true'),
    ).toBe('0\n');
  });

  it('starts after systemd has refused further starts (iiab#2015)', async () => {
    await pi.shell(
      `systemctl stop ${UNIT}; for i in 1 2 3 4 5 6 7; do systemctl start ${UNIT}; systemctl kill -s KILL ${UNIT}; done; true`,
    );
    await writeFile(world.agentFile, asVersion('0.3.0')(await agentText()));
    expect((await deploy()).result).toMatchObject({ kind: 'done' });
    expect(await send('STATUS')).toBe('OK OFF\n');
  });

  it('rolls back to the version before', async () => {
    expect((await world.run('pi', 'rollback')).result).toMatchObject({ kind: 'done' });
    expect(world.deploy.watch('pi').installed).toMatchObject({
      current: { version: '0.1.0' },
      previous: { version: '0.3.0' },
    });
  });

  it('puts the old version back by itself when the link breaks before the switch', async () => {
    await writeFile(
      world.agentFile,
      asVersion('0.4.0')(await agentText()).replace('"use strict";', 'setInterval(()=>{},1e3);return;'),
    );
    const waiting = world.stepRunning('pi', 'health');
    const ended = deploy();
    await waiting;
    await world.targets.remove('pi');
    expect((await ended).result).toMatchObject({ kind: 'failed' });
    await world.add(await signedIn(pi));
    const installed = async () => {
      await world.deploy.read('pi');
      return world.deploy.watch('pi').installed;
    };
    // The timer on the device does so after 90 s.
    await expect
      .poll(installed, { timeout: 150_000, interval: 1000 })
      .toMatchObject({ state: 'running', isUnfinished: false, current: { version: '0.1.0' } });
  });

  it('is left stopped when the version that was stopped is deployed again and cancelled, and runs when it is not', async () => {
    await writeFile(world.agentFile, await agentText());
    expect((await deploy({ bcm: 22 })).result).toMatchObject({ kind: 'done' });
    expect((await world.run('pi', 'stop')).result).toMatchObject({ kind: 'done' });
    const asked = world.stepRunning('pi', 'health');
    const ended = deploy({ bcm: 22 });
    await asked;
    world.deploy.cancel('pi');
    expect((await ended).result).toMatchObject({
      kind: 'cancelled',
      note: 'Cancelled. Nothing is left running, as before.',
    });
    expect(await pi.shell(`systemctl is-active ${UNIT}; true`)).toBe('inactive\n');
    expect((await deploy({ bcm: 22 })).result).toMatchObject({ kind: 'done' });
    // What the timer does on its own after 90 s, without the wait.
    await pi.shell('systemctl start pi-workbench-led-guard.service 2>/dev/null; true');
    await expect.poll(() => pi.shell('ls /run/pi-workbench-led-guard.* 2>/dev/null; true'), POLL).toBe('');
    expect(await pi.shell(`systemctl is-active ${UNIT}`)).toBe('active\n');
  });

  it('leaves the same files as before once it is removed', async () => {
    await writeFile(world.agentFile, await agentText());
    expect((await deploy({ access: 'local' })).result).toMatchObject({ kind: 'done' });
    await expect.poll(() => announced(pi), POLL).toContain('access=local');
    expect((await world.run('pi', 'uninstall')).result).toMatchObject({ kind: 'done' });
    expect(await pi.ownFiles()).toEqual(before);
    expect(await pi.led(27)).toBe(0);
    await expect.poll(() => announced(pi), POLL).toBeNull();
  });
});

describe('a Pi whose sudo wants a password', () => {
  let pi: LabPi;
  let world: DeployWorld;
  beforeAll(async () => {
    pi = await LabPi.up({
      name: 'lab-sudo',
      ip: '10.77.0.42',
      mac: 'b8:27:eb:00:00:42',
      node: 'debian',
      sudo: 'password',
    });
    world = await DeployWorld.make();
    await world.add(await signedIn(pi));
  });
  afterAll(async () => {
    await world.dispose();
    await pi.down();
  });

  it('is asked for it before anything is sent, and a wrong one changes nothing (OpenWeedLocator#201)', async () => {
    const without = await world.run('pi', 'deploy');
    expect(without.result).toMatchObject({ kind: 'failed', error: { code: 'SUDO_PASSWORD_REQUIRED' } });
    expect(stepsOf(without)[0]).toBe('preflight failed');
    const wrong = await world.run('pi', 'deploy', { password: 'blueberry' });
    expect(wrong.result).toMatchObject({ kind: 'failed', error: { code: 'SUDO_WRONG_PASSWORD' } });
    expect(await pi.shell(`ls /etc/systemd/system | grep -c ${UNIT}; true`)).toBe('0\n');
  });

  it('gets its service with the right one, which shows up nowhere', async () => {
    const job = await world.run('pi', 'deploy', { password: PI_PASSWORD });
    expect(job.result).toMatchObject({ kind: 'done' });
    expect(await ask(pi.ip, 1234, 'ON')).toBe('OK ON\n');
    expect(await pi.led(27)).toBe(1);
    expect(JSON.stringify(world.deploy.watch('pi'))).not.toContain(PI_PASSWORD);
    expect(await pi.shell(`grep -rl ${PI_PASSWORD} /home/pi /etc/systemd /run/systemd 2>/dev/null; true`)).toBe('');
  });

  it('is left without root rights when the user says so', async () => {
    expect((await world.run('pi', 'uninstall', { password: PI_PASSWORD })).result).toMatchObject({ kind: 'done' });
    const { options } = world.deploy.watch('pi');
    const job = await world.run('pi', 'deploy', { options: { ...options, service: 'plain' } });
    expect(job.result).toMatchObject({ kind: 'done' });
    expect(await ask(pi.ip, 1234, 'STATUS')).toBe('OK OFF\n');
    expect((await world.run('pi', 'uninstall')).result).toMatchObject({ kind: 'done' });
  });
});

const LINGER_RULE = '/etc/polkit-1/rules.d/10-no-linger.rules';
const FORBID_LINGER = `polkit.addRule(function (action) {
  if (action.id === 'org.freedesktop.login1.set-self-linger') return polkit.Result.NO;
});
`;

describe('a Pi whose user may not use sudo', () => {
  let pi: LabPi;
  let world: DeployWorld;
  beforeAll(async () => {
    pi = await LabPi.up({
      name: 'lab-user',
      ip: '10.77.0.44',
      mac: 'b8:27:eb:00:00:44',
      node: 'debian',
      sudo: 'none',
      polkit: 'debian',
    });
    world = await DeployWorld.make();
    await world.add(await signedIn(pi));
  });
  afterAll(async () => {
    await world.dispose();
    await pi.down();
  });

  it('gets a service of the user, is told that it ends at sign-out, and once linger is on it starts with the Pi (home-manager#601)', async () => {
    await pi.shell(`cat >${LINGER_RULE} <<'END'\n${FORBID_LINGER}END`);
    const before = await pi.ownFiles();
    const refused = await world.run('pi', 'deploy', { password: PI_PASSWORD });
    expect(refused.result).toMatchObject({ kind: 'failed', error: { code: 'SUDO_NOT_ALLOWED' } });
    const { options } = world.deploy.watch('pi');
    const job = await world.run('pi', 'deploy', { options: { ...options, service: 'no-root' } });
    expect(job.result).toMatchObject({ kind: 'done' });
    expect(world.deploy.watch('pi').installed).toMatchObject({ state: 'running', current: { service: 'user' } });
    expect(job.steps.find(({ id }) => id === 'start')).toMatchObject({
      state: 'warned',
      detail: 'As a service of the user, which stops at sign-out.',
    });
    await pi.shell('loginctl enable-linger pi');
    await world.targets.remove('pi');
    await pi.reboot();
    expect(await answer(() => ask(pi.ip, 1234, 'ON'))).toBe('OK ON\n');
    expect(await pi.led(27)).toBe(1);
    await world.add(await signedIn(pi));
    expect((await world.run('pi', 'uninstall')).result).toMatchObject({ kind: 'done' });
    // Switched on by the user and not by the app, so it stays.
    expect(await pi.shell('ls /var/lib/systemd/linger')).toBe('pi\n');
    await pi.shell('loginctl disable-linger pi');
    expect(await pi.ownFiles()).toEqual(before);
  });

  it('where polkit lets the user, as on a Pi, switches linger on until the agent is removed or has failed', async () => {
    await pi.shell(`rm ${LINGER_RULE}; systemctl stop polkit`);
    const before = await pi.ownFiles();
    const { options } = world.deploy.watch('pi');
    const deploy = () => world.run('pi', 'deploy', { options: { ...options, service: 'no-root' } });
    const remove = async () => {
      expect((await world.run('pi', 'uninstall')).result).toMatchObject({ kind: 'done' });
      expect(await pi.ownFiles()).toEqual(before);
    };
    await writeFile(world.agentFile, (await agentText()).replace('"use strict";', 'process.exit(7);'));
    expect((await deploy()).result).toMatchObject({ kind: 'failed', error: { code: 'AGENT_CRASHED' } });
    expect(await pi.shell('loginctl show-user pi -P Linger')).toBe('no\n');
    await remove();

    await writeFile(world.agentFile, await agentText());
    const job = await deploy();
    expect(job.steps.find(({ id }) => id === 'start')).toMatchObject({
      state: 'done',
      detail: 'As a service of the user',
    });
    expect(await pi.shell('loginctl show-user pi -P Linger')).toBe('yes\n');
    await remove();
    expect(await pi.shell('loginctl show-user pi -P Linger')).toBe('no\n');
  });
});

describe('a Pi without Node and without the Internet', () => {
  let pi: LabPi;
  let world: DeployWorld;
  beforeAll(async () => {
    pi = await LabPi.up({ name: 'lab-bare', ip: '10.77.0.43', mac: 'b8:27:eb:00:00:43', node: 'none' });
    world = await DeployWorld.make();
    await world.add(await signedIn(pi));
  });
  afterAll(async () => {
    await world.dispose();
    await pi.down();
  });

  it('is brought one, which runs the agent in its service, and is not sent twice', async () => {
    const before = await pi.ownFiles();
    const job = await world.run('pi', 'deploy');
    expect(job.result).toMatchObject({ kind: 'done' });
    expect(await ask(pi.ip, 1234, 'ON')).toBe('OK ON\n');
    expect(await pi.led(27)).toBe(1);
    const { options } = world.deploy.watch('pi');
    const again = await world.run('pi', 'deploy', {
      options: { ...options, settings: { ...options.settings, bcm: 17 } },
    });
    expect(again.result).toMatchObject({ kind: 'done' });
    expect((await pi.shell('ls /home/pi/.local/share/pi-workbench/runtimes')).trim()).toBe('node-22.23.3-linux-x64');
    expect((await world.run('pi', 'uninstall')).result).toMatchObject({ kind: 'done' });
    expect(await pi.ownFiles()).toEqual(before);
  });
});

/** Asks the lab's network who announces the agent, and prints the TXT record of the answer or `null`. */
const ASK_MDNS = `
const packet = require(process.argv[1]);
const [group, own] = ['224.0.0.251', '10.77.0.2'];
const socket = require('node:dgram').createSocket({ type: 'udp4', reuseAddr: true });
const end = (said) => { console.log(JSON.stringify(said)); process.exit(); };
setTimeout(end, 2000, null);
socket.on('message', (bytes) => {
  const { answers, additionals } = packet.decode(bytes);
  for (const { type, name, ttl, data } of [...answers, ...additionals]) {
    if (type === 'TXT' && ttl > 0 && name.endsWith('._pi-workbench._tcp.local')) end([data].flat().map(String).sort());
  }
});
socket.bind(5353, () => {
  socket.addMembership(group, own);
  socket.setMulticastInterface(own);
  const questions = [{ name: '_pi-workbench._tcp.local', type: 'PTR' }];
  socket.send(packet.encode({ type: 'query', questions }), 5353, group);
});
`;

/** What the agent's announcement says, sorted; null when nothing announces one. */
async function announced(pi: LabPi): Promise<readonly string[] | null> {
  const { stdout, stderr } = await pi.lanExec([process.execPath, '-e', ASK_MDNS, DNS_PACKET]);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}
