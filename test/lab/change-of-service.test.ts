import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeployOptions, JobSnapshot } from '../../src-main/deploy/index.ts';
import { agentText, asVersion, DeployWorld } from '../integration/deploy/world.ts';
import { ask } from './support/agent-words.ts';
import { LabPi } from './support/lab.ts';
import { signedIn } from './support/signed-in.ts';

const PATIENCE = { timeout: 100_000, interval: 200 };
const SYSTEM_UNIT = '/etc/systemd/system/pi-workbench-led.service';
const USER_LINK = '/home/pi/.config/systemd/user/default.target.wants/pi-workbench-led.service';

/** Root's systemctl, which never gets to take a unit out: it notes that it should, and waits for the end of its script. */
const HELD_SYSTEMCTL = String.raw`#!/bin/sh
if [ "$1 $2" = 'disable --now' ]; then
  : >/run/removal-held
  while [ -e /run/removal-held ]; do sleep 0.1; done
  kill -KILL $PPID
  exit
fi
exec /usr/bin/systemctl "$@"
`;

describe('a deployment that takes another kind of service and is cut off', () => {
  let pi: LabPi;
  let world: DeployWorld;
  let options: DeployOptions;

  beforeAll(async () => {
    pi = await LabPi.up({ name: 'lab-kinds', ip: '10.77.0.57', mac: 'b8:27:eb:00:00:57', node: 'debian' });
    world = await DeployWorld.make();
    await world.add(await signedIn(pi));
    options = world.deploy.watch('pi').options;
  });
  afterAll(async () => {
    await world.dispose();
    await pi.down();
  });

  async function deploy(
    version: string,
    service: DeployOptions['service'],
    change = (text: string): string => text,
  ): Promise<JobSnapshot> {
    await writeFile(world.agentFile, change(asVersion(version)(await agentText())));
    return world.run('pi', 'deploy', { options: { ...options, service } });
  }

  /** Cuts the connection while a version that never answers is tried. */
  async function deployAndCut(service: DeployOptions['service']): Promise<void> {
    const asked = world.stepRunning('pi', 'health');
    const ended = deploy('0.9.0', service, (text) =>
      text.replace('"use strict";', 'require("net").createServer().listen(1234);return;'),
    );
    await asked;
    await world.targets.remove('pi');
    expect((await ended).result).toMatchObject({ kind: 'failed', error: { code: 'DISCONNECTED' } });
    // What the timer does on its own after 90 s, without the wait.
    await pi.shell('systemctl start pi-workbench-led-guard.service');
    await world.add(await signedIn(pi));
  }

  const info = (): Promise<string> => ask(pi.ip, 1234, 'INFO').catch(() => '');

  it('from a service of the system to a plain program ends at the service', async () => {
    expect((await deploy('0.2.0', 'system')).result).toMatchObject({ kind: 'done' });
    await deployAndCut('plain');
    await expect.poll(info, PATIENCE).toContain('version=0.2.0');
    expect(await pi.shell('systemctl is-active pi-workbench-led.service')).toBe('active\n');
  });

  it('from a plain program to a service of the system ends at the plain program', async () => {
    expect((await deploy('0.3.0', 'plain')).result).toMatchObject({ kind: 'done' });
    await deployAndCut('system');
    await expect.poll(info, PATIENCE).toContain('version=0.3.0');
    expect(await pi.shell(`ls ${SYSTEM_UNIT} 2>/dev/null; true`)).toBe('');
    expect((await deploy('0.4.0', 'plain')).result).toMatchObject({ kind: 'done' });
  });

  it('right after its switch has only the new one start with the device, and the same once more ends it', async () => {
    await pi.shell('loginctl enable-linger pi');
    expect((await deploy('0.5.0', 'system')).result).toMatchObject({ kind: 'done' });
    await pi.shell(`cat >/usr/local/sbin/systemctl <<'END'\n${HELD_SYSTEMCTL}END\nchmod 755 /usr/local/sbin/systemctl`);
    const ended = deploy('0.6.0', 'user');
    await expect.poll(() => pi.shell('ls /run/removal-held 2>/dev/null; true'), PATIENCE).not.toBe('');
    await world.targets.remove('pi');
    expect((await ended).result).toMatchObject({ kind: 'failed', error: { code: 'DISCONNECTED' } });
    await pi.shell('rm /run/removal-held /usr/local/sbin/systemctl');
    expect(await pi.shell('systemctl is-enabled pi-workbench-led.service; true')).toBe('disabled\n');
    expect(await pi.shell(`readlink ${USER_LINK}`)).not.toBe('');

    await world.add(await signedIn(pi));
    expect((await world.deploy.read('pi')).installed).toMatchObject({
      isUnfinished: true,
      current: { service: 'user' },
    });
    expect((await deploy('0.6.0', 'user')).result).toMatchObject({ kind: 'done' });
    expect(await pi.shell(`ls ${SYSTEM_UNIT} 2>/dev/null; true`)).toBe('');
    expect(world.deploy.watch('pi').installed).toMatchObject({ isUnfinished: false, state: 'running' });
    expect(await info()).toContain('version=0.6.0');
    expect((await deploy('0.6.0', 'user')).result).toMatchObject({ kind: 'unchanged' });
  });
});
