import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAgentBundle } from '../../src-main/deploy/agent-bundle.ts';
import { exportForAnsible, type AnsibleExportOptions } from '../../src-main/deploy/ansible/export.ts';
import { inventory } from '../../src-main/deploy/ansible/inventory.ts';
import { RuntimeStore, type DeployOptions } from '../../src-main/deploy/index.ts';
import { DEFAULT_OPTIONS } from '../../src-main/deploy/settings.ts';
import { agentText, asVersion, DeployWorld } from '../integration/deploy/world.ts';
import { ask } from './support/agent-words.ts';
import { LabPi, PI_USER, type CommandOutcome } from './support/lab.ts';
import { signedIn } from './support/signed-in.ts';

const UNIT = 'pi-workbench-led.service';
const runtimeCache = join(import.meta.dirname, '../../.cache/runtimes');

/** A Pi, the app, and Ansible on this machine with a key for the Pi. */
class AnsibleLab {
  readonly pi: LabPi;
  readonly world: DeployWorld;
  readonly folder: string;
  readonly #keyPath: string;

  private constructor(pi: LabPi, world: DeployWorld, folder: string) {
    this.pi = pi;
    this.world = world;
    this.folder = folder;
    this.#keyPath = join(folder, 'key');
  }

  static async make(options: Parameters<typeof LabPi.up>[0]): Promise<AnsibleLab> {
    const folder = await mkdtemp(join(tmpdir(), 'pi-workbench-ansible-'));
    const lab = new AnsibleLab(await LabPi.up(options), await DeployWorld.make(), folder);
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', lab.#keyPath]);
    const key = (await readFile(`${lab.#keyPath}.pub`, 'utf8')).trim();
    const ssh = `/home/${PI_USER}/.ssh`;
    await lab.pi.shell(
      `install -d -m 700 -o ${PI_USER} ${ssh}; echo '${key}' >${ssh}/authorized_keys; chown ${PI_USER}: ${ssh}/*`,
    );
    await lab.world.add(await signedIn(lab.pi));
    return lab;
  }

  /** Exports the agent of the app's file as it is now, and returns the folder. */
  async export(change: Partial<AnsibleExportOptions> = {}): Promise<string> {
    const path = join(this.folder, 'export');
    await exportForAnsible({
      path,
      overwrite: true,
      devices: [{ label: this.pi.name, host: this.pi.ip, port: 22, user: PI_USER, keyPath: this.#keyPath }],
      options: DEFAULT_OPTIONS,
      architectures: [],
      bundle: await readAgentBundle(this.world.agentFile),
      runtimes: new RuntimeStore({ carriedDir: join(this.folder, 'none'), cacheDir: runtimeCache }),
      who: 'ana@laptop',
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...change,
    });
    return path;
  }

  /** Runs the playbook of an export, as its README says. */
  async play(folder: string, ...more: readonly string[]): Promise<{ readonly recap: Recap; readonly text: string }> {
    const env = {
      ...process.env,
      LC_ALL: 'C.UTF-8',
      ANSIBLE_HOME: join(this.folder, 'home'),
      ANSIBLE_NOCOLOR: '1',
      ANSIBLE_SSH_COMMON_ARGS: `-o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=${join(this.folder, 'known')}`,
    };
    const { stdout, stderr } = await run('ansible-playbook', ['-i', 'inventory.yml', 'deploy.yml', ...more], {
      cwd: folder,
      env,
    });
    return { recap: recapOf(stdout), text: `${stdout}${stderr}` };
  }

  async dispose(): Promise<void> {
    await this.world.dispose();
    await this.pi.down();
    await rm(this.folder, { recursive: true, force: true });
  }
}

interface Recap {
  readonly changed: number;
  readonly failed: number;
  readonly unreachable: number;
}

function recapOf(output: string): Recap {
  const number = (name: string): number => Number(new RegExp(`: ok=.* ${name}=(\\d+)`).exec(output)?.[1]);
  const recap = { changed: number('changed'), failed: number('failed'), unreachable: number('unreachable') };
  if (Object.values(recap).some(Number.isNaN)) throw new Error(`no recap: ${output}`);
  return recap;
}

function run(program: string, args: readonly string[], options: object = {}): Promise<CommandOutcome> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') resolve({ code, stdout: String(stdout), stderr: String(stderr) });
      else reject(error ?? new Error('no exit code'));
    });
  });
}

describe('a playbook that the app exported', () => {
  let lab: AnsibleLab;
  let before: readonly string[];
  beforeAll(async () => {
    lab = await AnsibleLab.make({
      name: 'lab-ansible',
      ip: '10.77.0.61',
      mac: 'b8:27:eb:00:00:61',
      node: 'debian',
    });
    before = await filesOf(lab.pi);
  });
  afterAll(() => lab.dispose());

  const installed = async () => {
    await lab.world.deploy.read('pi');
    return lab.world.deploy.watch('pi').installed;
  };
  const options = (change: Partial<DeployOptions['settings']>): DeployOptions => ({
    ...DEFAULT_OPTIONS,
    settings: { ...DEFAULT_OPTIONS.settings, ...change },
  });

  it('tells beforehand what it would do, and does nothing', async () => {
    const { recap, text } = await lab.play(await lab.export(), '--check', '--diff');
    expect(recap, text).toMatchObject({ failed: 0, unreachable: 0 });
    expect(recap.changed).toBeGreaterThan(0);
    expect(await filesOf(lab.pi)).toEqual(before);
  });

  it('puts the agent there, which switches the real pin', async () => {
    const { recap, text } = await lab.play(await lab.export());
    expect(recap, text).toMatchObject({ failed: 0, unreachable: 0 });
    expect(await lab.pi.led(27)).toBe(0);
    expect(await ask(lab.pi.ip, 1234, 'ON')).toBe('OK ON\n');
    expect(await lab.pi.led(27)).toBe(1);
  });

  it('changes nothing when it runs again, and the LED stays on', async () => {
    const { recap, text } = await lab.play(await lab.export());
    expect(recap, text).toEqual({ changed: 0, failed: 0, unreachable: 0 });
    expect(await lab.pi.led(27)).toBe(1);
  });

  it('is to the app as if it had deployed itself, which has nothing to do there', async () => {
    expect(await installed()).toMatchObject({
      state: 'running',
      isUnfinished: false,
      current: { version: '0.1.0', service: 'system', deployedBy: 'ana@laptop' },
    });
    expect((await lab.world.run('pi', 'deploy')).result).toMatchObject({ kind: 'unchanged' });
  });

  it('puts another version in place of what the app deployed, with a secret that the app finds', async () => {
    expect((await lab.world.run('pi', 'deploy', { options: options({ bcm: 17 }) })).result.kind).toBe('done');
    const { recap, text } = await lab.play(await lab.export({ options: options({ access: 'token' }) }));
    expect(recap, text).toMatchObject({ failed: 0 });
    expect(await lab.pi.shell('stat -c "%a %U %s" ~pi/.local/share/pi-workbench/token')).toBe('600 pi 33\n');
    expect(lab.world.deploy.watch('pi').agentProblem).toBeNull();
    expect(await installed()).toMatchObject({
      state: 'running',
      isUnfinished: false,
      current: { settings: { bcm: 27, access: 'token' } },
      previous: { settings: { bcm: 17 } },
    });
    expect(lab.world.deploy.watch('pi').agent).toMatchObject({ access: 'token' });
  });

  it('brings the old version back when the new one does not answer, with its last words', async () => {
    await writeFile(
      lab.world.agentFile,
      asVersion('0.2.0')(await agentText()).replace('"use strict";', 'console.error("no luck");process.exit(7);'),
    );
    const unit = await lab.pi.shell(`cat /etc/systemd/system/${UNIT}`);
    const { recap, text } = await lab.play(await lab.export());
    expect(recap, text).toMatchObject({ failed: 1 });
    expect(text).toContain('no luck');
    expect(await lab.pi.shell(`cat /etc/systemd/system/${UNIT}`)).toBe(unit);
    expect(await installed()).toMatchObject({
      state: 'running',
      isUnfinished: false,
      current: { version: '0.1.0', settings: { access: 'token' } },
      previous: { settings: { bcm: 17 } },
    });
  });

  it('keeps one version for a way back, which the app goes', async () => {
    await writeFile(lab.world.agentFile, asVersion('0.3.0')(await agentText()));
    expect((await lab.play(await lab.export())).recap).toMatchObject({ failed: 0 });
    expect((await lab.pi.shell('ls ~pi/.local/share/pi-workbench/releases')).split('\n')).toHaveLength(3);
    expect((await lab.world.run('pi', 'rollback')).result).toMatchObject({ kind: 'done' });
    expect(await installed()).toMatchObject({ current: { version: '0.1.0' }, previous: { version: '0.3.0' } });
  });

  it('leaves the same files as before once the app removed the agent', async () => {
    expect((await lab.world.run('pi', 'uninstall')).result).toMatchObject({ kind: 'done' });
    expect(await filesOf(lab.pi)).toEqual(before);
    expect(await lab.pi.led(27)).toBe(0);
  });

  it('leaves nothing running where nothing ran before', async () => {
    await writeFile(lab.world.agentFile, (await agentText()).replace('"use strict";', 'process.exit(7);'));
    expect((await lab.play(await lab.export())).recap).toMatchObject({ failed: 1 });
    expect(await lab.pi.shell(`ls /etc/systemd/system | grep ${UNIT}; systemctl is-active ${UNIT}; true`)).toBe(
      'inactive\n',
    );
    expect((await lab.world.run('pi', 'uninstall')).result).toMatchObject({ kind: 'done' });
    expect(await filesOf(lab.pi)).toEqual(before);
  });

  it('leaves alone an agent that is not a service of the system', async () => {
    await writeFile(lab.world.agentFile, await agentText());
    const plain = { ...DEFAULT_OPTIONS, service: 'plain' as const };
    expect((await lab.world.run('pi', 'deploy', { options: plain })).result).toMatchObject({ kind: 'done' });
    const { recap, text } = await lab.play(await lab.export());
    expect(recap, text).toMatchObject({ changed: 0, failed: 1 });
    expect(text).toContain('An agent runs here that is not a service of the system.');
    expect(await installed()).toMatchObject({ state: 'running', current: { service: 'plain' } });
    expect((await lab.world.run('pi', 'uninstall')).result).toMatchObject({ kind: 'done' });
  });
});

describe('a playbook for a Pi without Node and without the Internet', () => {
  let lab: AnsibleLab;
  beforeAll(async () => {
    lab = await AnsibleLab.make({ name: 'lab-ansible-bare', ip: '10.77.0.62', mac: 'b8:27:eb:00:00:62', node: 'none' });
  });
  afterAll(() => lab.dispose());

  it('says what is missing when it brings none', async () => {
    const before = await filesOf(lab.pi);
    const { recap, text } = await lab.play(await lab.export({ architectures: ['linux-arm64'] }));
    expect(recap, text).toMatchObject({ changed: 0, failed: 1 });
    expect(text).toContain('There is no Node.js 18 or newer on this device, and none for amd64 in this export.');
    expect(await filesOf(lab.pi)).toEqual(before);
  });

  it('brings one, once, which the app takes as its own and removes', async () => {
    const before = await filesOf(lab.pi);
    const { recap, text } = await lab.play(await lab.export({ architectures: ['linux-x64'] }));
    expect(recap, text).toMatchObject({ failed: 0, unreachable: 0 });
    expect(await ask(lab.pi.ip, 1234, 'ON')).toBe('OK ON\n');
    expect(await lab.pi.led(27)).toBe(1);
    expect((await lab.play(await lab.export({ architectures: ['linux-x64'] }))).recap.changed).toBe(0);
    expect((await lab.world.run('pi', 'deploy')).result).toMatchObject({ kind: 'unchanged' });
    expect((await lab.world.run('pi', 'uninstall')).result).toMatchObject({ kind: 'done' });
    expect(await filesOf(lab.pi)).toEqual(before);
  });
});

describe('the inventory of an export', () => {
  it('gives Ansible the very texts, whatever is in them', async () => {
    const users = [
      'on',
      'no',
      '12:30:45',
      '0x10',
      '2001-01-01',
      '1_000',
      '~',
      '=',
      '<<',
      'a: b',
      '#x',
      '- x',
      'ü',
      '1e3',
    ];
    const folder = await mkdtemp(join(tmpdir(), 'pi-workbench-inventory-'));
    const file = join(folder, 'inventory.yml');
    const device = { host: 'fe80::1%eth0', port: 2222, keyPath: null };
    await writeFile(file, inventory(users.map((user, index) => ({ ...device, user, label: `${index}: ${user}\r\0` }))));
    const { stdout, stderr } = await run('ansible-inventory', ['-i', file, '--list'], {
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
    await rm(folder, { recursive: true });
    const { _meta } = JSON.parse(stdout) as { _meta: { hostvars: Record<string, Record<string, unknown>> } };
    const read = Object.values(_meta.hostvars).map((host) => host['ansible_user']);
    expect(read.sort(), stderr).toEqual(users.sort());
    expect(new Set(Object.values(_meta.hostvars).map((host) => host['ansible_host']))).toEqual(new Set([device.host]));
  });

  it('keeps what looks like a template from being one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pi-workbench-inventory-'));
    const file = join(folder, 'inventory.yml');
    await writeFile(file, inventory([{ label: 'x', host: 'h', port: 22, user: '{{ 6 * 7 }}', keyPath: null }]));
    const { stdout } = await run('ansible', ['-i', file, 'x', '-c', 'local', '-m', 'debug', '-a', 'var=ansible_user'], {
      env: { ...process.env, LC_ALL: 'C.UTF-8', ANSIBLE_NOCOLOR: '1' },
    });
    await rm(folder, { recursive: true });
    expect(stdout).toContain('{{ 6 * 7 }}');
    expect(stdout).not.toContain('42');
  });
});

/** The Pi's own files without the folder that Ansible keeps for itself. */
async function filesOf(pi: LabPi): Promise<readonly string[]> {
  const files = await pi.ownFiles();
  return files.filter((line) => !/^\/(?:root|home\/pi)\/\.ansible[ /]/.test(line));
}
