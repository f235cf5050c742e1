import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobSnapshot } from '../../src-main/deploy/index.ts';
import { Job } from '../../src-main/deploy/job.ts';
import { installNode } from '../../src-main/deploy/runtime/install-node.ts';
import { DeployWorld, stepsOf } from '../integration/deploy/world.ts';
import { LabPi, PI_PASSWORD } from './support/lab.ts';
import { signedIn } from './support/signed-in.ts';

const run = promisify(execFile);
const VERSION = '18.20.4+dfsg-1~deb12u1';

describe('a Pi Zero without Node', () => {
  let pi: LabPi;
  let world: DeployWorld;
  let homeBefore: string;

  beforeAll(async () => {
    pi = await LabPi.up({
      name: 'lab-zero',
      ip: '10.77.0.57',
      mac: 'b8:27:eb:00:00:57',
      node: 'none',
      userland: 'armv6',
      sudo: 'password',
    });
    world = await DeployWorld.make();
    await world.add(await signedIn(pi));
    homeBefore = await home();
  });
  afterAll(async () => {
    await world.dispose();
    await pi.down();
  });

  // sudo's own note of its first use is not the app's.
  const home = () => pi.shell('find /home/pi ! -name .sudo_as_admin_successful | sort');
  const broken = () => pi.shell('dpkg --audit');

  function deploy(password?: string): Promise<JobSnapshot> {
    const options = { ...world.deploy.watch('pi').options, installNode: true };
    return world.run('pi', 'deploy', { options, password });
  }

  /** Lets apt find a package `nodejs` of this version, beside the sources that are out of reach. */
  async function offer(version: string): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'pi-workbench-apt-'));
    try {
      const files = await repository(folder, version);
      await pi.shell('rm -rf /srv/apt && mkdir -p /srv/apt && chown pi /srv/apt');
      await world.targets
        .get('pi')
        .upload(files.map((name) => ({ from: { path: join(folder, name) }, to: `/srv/apt/${name}`, mode: 0o644 })));
      await pi.shell('echo "deb [trusted=yes] file:/srv/apt ./" >/etc/apt/sources.list.d/lab.list');
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  /** Holds a lock of apt's, as a Pi that was just started does, until it is let go. */
  async function hold(lock: string): Promise<void> {
    await pi.exec(['systemd-run', '--unit=holds-apt', '--property=Type=exec', 'python3', '-c', HOLD_LOCK, lock]);
    await expect.poll(() => pi.shell('cat /run/holds-apt 2>/dev/null; true')).toBe('held');
  }
  const letGo = () => pi.shell('systemctl stop holds-apt; rm /run/holds-apt');

  it('is told so, and offered that apt installs it; unless that is chosen, nothing is done', async () => {
    const job = await world.run('pi', 'deploy', { password: PI_PASSWORD });
    expect(job.result).toMatchObject({ kind: 'failed', error: { code: 'NODE_ARMV6' } });
    expect(world.deploy.watch('pi').findings).toContainEqual(
      expect.objectContaining({ id: 'node', level: 'stop', canInstallNode: true }),
    );
  });

  it('is asked for the password before apt is', async () => {
    const job = await deploy();
    expect(job.result).toMatchObject({ kind: 'failed', error: { code: 'SUDO_PASSWORD_REQUIRED' } });
    expect(stepsOf(job).slice(0, 2)).toEqual(['preflight failed', 'packages skipped']);
  });

  it('stops without the Internet, with what to do, and is left as it was', async () => {
    const job = await deploy(PI_PASSWORD);
    expect(job.result).toMatchObject({
      kind: 'failed',
      error: {
        code: 'APT_OFFLINE',
        message: 'The device does not reach the Internet, so apt could not get Node.js.',
        hint: expect.stringContaining('sudo apt update'),
      },
    });
    expect(stepsOf(job).slice(0, 3)).toEqual(['preflight done', 'packages failed', 'runtime skipped']);
    expect([await home(), await broken()]).toEqual([homeBefore, '']);
  });

  it('stops where its system has only one that is too old, at the first look once apt has read that', async () => {
    await offer('12.22.12~dfsg-1~deb11u4');
    const first = await deploy(PI_PASSWORD);
    expect(first.result).toMatchObject({ kind: 'failed', error: { code: 'NODE_PACKAGE_TOO_OLD' } });
    expect(stepsOf(first)[1]).toBe('packages failed');
    const second = await deploy(PI_PASSWORD);
    expect(second.result).toMatchObject({ kind: 'failed', error: { code: 'NODE_PACKAGE_TOO_OLD' } });
    expect(stepsOf(second)[0]).toBe('preflight failed');
    expect([await home(), await broken()]).toEqual([homeBefore, '']);
  });

  it('stops when another program holds the lock of dpkg for too long, with what to do, and is left as it was', async () => {
    await offer(VERSION);
    await hold('/var/lib/dpkg/lock-frontend');
    const target = world.targets.get('pi');
    const { signal } = new AbortController();
    const installing = new Job('deploy', ['packages'], () => undefined).step('packages', (report) =>
      installNode({ target, password: PI_PASSWORD, signal, report, lockLimitMs: 1000 }),
    );
    await expect(installing).rejects.toMatchObject({
      code: 'APT_BUSY',
      message: 'Another program went on installing packages on the device, so apt could not.',
      hint: 'A Pi that was just started updates itself. Wait some minutes, then deploy again.',
    });
    await letGo();
    expect([await home(), await broken()]).toEqual([homeBefore, '']);
  });

  it('waits while another program holds the lock of apt, and then gets its Node and its agent', async () => {
    await offer(VERSION);
    await pi.shell('rm -rf /var/lib/apt/lists/*');
    await hold('/var/lib/apt/lists/lock');
    const waits = detailSeen(world, 'Waiting: another program installs packages there right now.');
    const ended = deploy(PI_PASSWORD);
    await waits;
    await letGo();
    const job = await ended;
    expect(job.result).toMatchObject({ kind: 'done' });
    expect(stepsOf(job).every((step) => step.endsWith(' done'))).toBe(true);
    expect(job.steps.find(({ id }) => id === 'packages')?.log.join('\n')).toContain(`Setting up nodejs (${VERSION})`);
    expect(await pi.shell("dpkg-query -W -f '${Version} ${Status}' nodejs")).toBe(`${VERSION} install ok installed`);
    expect(world.deploy.watch('pi')).toMatchObject({
      installed: { state: 'running', current: { node: '/usr/bin/node', service: 'system' } },
      agent: { driver: 'onoff', simulated: false },
    });
  });

  it('needs no apt the next time', async () => {
    const job = await deploy(PI_PASSWORD);
    expect(job.result).toMatchObject({ kind: 'unchanged' });
    expect(job.steps.find(({ id }) => id === 'packages')).toMatchObject({ state: 'skipped' });
  });
});

/** Holds the lock of its argument as apt and dpkg do (fcntl(2)). */
const HOLD_LOCK = `
import fcntl, os, sys, time
os.makedirs(os.path.dirname(sys.argv[1]), exist_ok=True)
lock = open(sys.argv[1], 'w')
fcntl.lockf(lock, fcntl.LOCK_EX)
open('/run/holds-apt', 'w').write('held')
time.sleep(600)
`;

/** A folder that apt takes packages from, with this machine's Node under a Debian version; gives its files. */
async function repository(folder: string, version: string): Promise<readonly string[]> {
  const tree = join(folder, 'tree');
  await mkdir(join(tree, 'DEBIAN'), { recursive: true });
  await mkdir(join(tree, 'usr/bin'), { recursive: true });
  await copyFile(process.execPath, join(tree, 'usr/bin/node'));
  const control = [
    'Package: nodejs',
    `Version: ${version}`,
    'Architecture: amd64',
    'Maintainer: nobody <nobody@example.com>',
    'Description: Node.js of the lab',
    '',
  ].join('\n');
  await writeFile(join(tree, 'DEBIAN/control'), control);
  const [deb, index] = ['nodejs.deb', 'Packages'];
  await run('dpkg-deb', ['-Znone', '--root-owner-group', '--build', tree, join(folder, deb)]);
  const bytes = await readFile(join(folder, deb));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await writeFile(join(folder, index), `${control}Filename: ./${deb}\nSize: ${bytes.length}\nSHA256: ${sha256}\n`);
  return [deb, index];
}

/** Settles when a step of the work tells this. */
function detailSeen({ deploy }: DeployWorld, words: string): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = deploy.snapshots.subscribe(({ job }) => {
      if (!job?.steps.some(({ detail }) => detail === words)) return;
      unsubscribe();
      resolve();
    });
  });
}
