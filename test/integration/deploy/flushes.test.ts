import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connectTarget } from '../support/ssh-target.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { flushesIn, NOTING_MODULE, NOTING_PROGRAMS } from './flushes.ts';
import { DeployWorld } from './world.ts';

const FOLDER = '.local/share/pi-workbench';

/** Every Node that the account starts notes what it does too. */
async function noteByNode({ home }: Sshd): Promise<void> {
  const module = join(home, 'noting.cjs');
  await writeFile(module, NOTING_MODULE);
  await mkdir(join(home, '.ssh'));
  await writeFile(join(home, '.ssh/environment'), `NODE_OPTIONS=--require=${module}\n`);
}

test.concurrent.each([
  ['over SFTP', {}],
  ['by commands, as to a Dropbear without SFTP,', { sftp: 'none' }],
])('what is sent %s is on the disk before each of its renames', async (_how, kind) => {
  const sshd = await startSshd({ ...kind, programs: NOTING_PROGRAMS, config: ['PermitUserEnvironment yes'] });
  const world = await DeployWorld.make();
  try {
    await noteByNode(sshd);
    await world.add(await connectTarget(sshd));
    const options = { ...(await world.options('pi', { driver: 'simulated' })), service: 'plain' } as const;
    expect((await world.run('pi', 'deploy', { options })).result).toMatchObject({ kind: 'done' });
    const noted = await flushesIn(sshd.home, join(sshd.home, FOLDER));
    const begun = noted.findIndex((line) => line.includes('/incoming/'));
    expect(noted.slice(begun).filter((line) => !/ ~\/(?:run|lock)\b/.test(line))).toEqual([
      'flush ~/incoming/NEW/led-agent.cjs.part',
      'flush ~/incoming/NEW/led-manager.cjs.part',
      'move ~/incoming/NEW/led-agent.cjs.part ~/incoming/NEW/led-agent.cjs',
      'move ~/incoming/NEW/led-manager.cjs.part ~/incoming/NEW/led-manager.cjs',
      'flush ~/incoming/NEW',
      'flush ~/incoming/NEW/led-agent.cjs',
      'flush ~/incoming/NEW/led-manager.cjs',
      'flush ~/incoming/NEW/release.json.part',
      'move ~/incoming/NEW/release.json.part ~/incoming/NEW/release.json',
      'flush ~/incoming/NEW',
      'move ~/incoming/NEW ~/releases/NEW',
      'flush ~/releases',
      'move ~/current.part ~/current',
      'flush ~',
    ]);
    expect((await world.run('pi', 'uninstall')).result).toMatchObject({ kind: 'done' });
  } finally {
    await world.dispose();
    await sshd.stop();
  }
});
