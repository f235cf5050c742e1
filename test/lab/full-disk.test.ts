import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobSnapshot } from '../../src-main/deploy/index.ts';
import { agentText, asVersion, DeployWorld } from '../integration/deploy/world.ts';
import { ask } from './support/agent-words.ts';
import { LabPi, PI_USER } from './support/lab.ts';
import { signedIn } from './support/signed-in.ts';

const AGENT_FOLDER = `/home/${PI_USER}/.local/share/pi-workbench`;
const UNITS = '/etc/systemd/system';

describe('a Pi with a service of the system whose disk gets full', () => {
  let pi: LabPi;
  let world: DeployWorld;

  beforeAll(async () => {
    pi = await LabPi.up({ name: 'lab-full', ip: '10.77.0.58', mac: 'b8:27:eb:00:00:58', node: 'debian' });
    world = await DeployWorld.make();
    await world.add(await signedIn(pi));
    expect((await deploy('0.1.0')).result).toMatchObject({ kind: 'done' });
    for (const folder of [AGENT_FOLDER, UNITS]) await pi.shell(ontoSmallDisk(folder));
  });
  afterAll(async () => {
    await world.dispose();
    await pi.down();
  });

  async function deploy(version: string): Promise<JobSnapshot> {
    await writeFile(world.agentFile, asVersion(version)(await agentText()));
    return world.run('pi', 'deploy');
  }
  const info = (): Promise<string> => ask(pi.ip, 1234, 'INFO');

  it.each([
    ['where the agent is', AGENT_FOLDER, '0.2.0'],
    ['where units are', UNITS, '0.3.0'],
  ])(
    '%s keeps the agent that runs, says so, and is in nobody’s way once there is room',
    async (_where, folder, version) => {
      const before = /version=\S+/.exec(await info())?.[0] ?? '';
      expect(await pi.shell(`cat /dev/zero 2>&1 >${folder}/filler; true`)).toContain('No space left');
      const { result } = await deploy(version);
      expect(result).toMatchObject({
        kind: 'failed',
        error: {
          code: 'DISK_FULL',
          message: expect.stringMatching(/^The disk is full on /),
          hint: expect.stringMatching(/\.$/),
        },
      });
      expect(await info()).toContain(before);
      await pi.shell(`rm ${folder}/filler; systemctl restart pi-workbench-led.service`);
      await expect.poll(() => info().catch(() => '')).toContain(before);
      expect((await deploy(version)).result).toMatchObject({ kind: 'done' });
      expect(await info()).toContain(`version=${version}`);
      expect(await pi.shell(`ls ${UNITS} | grep 'new$'; ls ${AGENT_FOLDER}/incoming 2>/dev/null; true`)).toBe('');
    },
  );
});

/** Shell text that moves a folder onto a disk of its own of two megabytes. */
function ontoSmallDisk(folder: string): string {
  return `cp -a ${folder} /root/copy && mount -t tmpfs -o size=2m tmpfs ${folder} && cp -a /root/copy/. ${folder} && rm -r /root/copy`;
}
