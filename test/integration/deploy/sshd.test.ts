import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, realpath, symlink, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseFacts } from '../../../pi-agent/src/replies.ts';
import type { DeployOptions } from '../../../src-main/deploy/index.ts';
import { loadPrivateKey, openConnection } from '../../../src-main/ssh/index.ts';
import { SshTarget } from '../../../src-main/target/remote/index.ts';
import { freePort } from '../support/free-port.ts';
import { connectTarget } from '../support/ssh-target.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { info as askInfo, say as sayTo, versionThatAnswers as askVersion } from './asked.ts';
import { agentText, asVersion, DeployWorld, stepsOf } from './world.ts';

const run = promisify(execFile);
const FOLDER = '.local/share/pi-workbench';
const PATIENCE = { timeout: 20_000, interval: 20 };
/** Programs that need the Internet, or that a fresh Pi holds locked. Each notes that it was called. */
const FORBIDDEN = ['curl', 'wget', 'apt-get', 'apt', 'npm', 'npx', 'pip', 'git', 'python3'];

let sshd: Sshd;
let world: DeployWorld;
let options: DeployOptions;

beforeAll(async () => {
  const note = '#!/bin/sh\necho "$0 $*" >>"$HOME/called"\nexit 1\n';
  sshd = await startSshd({
    bashrc: 'echo "Welcome to the lab"; echo "[oh-my-shell] updated" >&2\n',
    programs: Object.fromEntries(FORBIDDEN.map((name) => [name, note])),
  });
  world = await DeployWorld.make();
  await signIn();
  options = await world.options('pi', { driver: 'simulated' });
});
afterEach(async () => {
  await world.finish('pi');
  if (world.targets.find('pi') === undefined) await signIn();
});
afterAll(async () => {
  await world.dispose();
  await sshd.stop();
});

/** The network cable, as it were, of the connection made last. */
let cable: Socket;
async function signIn(into = world): Promise<void> {
  const { address: host, port, user, keyPath } = sshd;
  const credentials = { kind: 'key', key: await loadPrivateKey(keyPath) } as const;
  const connection = await openConnection({ host, port, user, credentials, verifyHostKey: async () => undefined });
  cable = connection.socket;
  await into.add(new SshTarget({ deviceId: 'pi', connection, user, host }));
}
const at = (...parts: string[]): string => join(sshd.home, FOLDER, ...parts);
const deploy = (change: Partial<DeployOptions['settings']> = {}) =>
  world.run('pi', 'deploy', { options: { ...options, settings: { ...options.settings, ...change } } });
const useVersion = async (change: (text: string) => string): Promise<void> => {
  await writeFile(world.agentFile, change(await agentText()));
};

/** Every file of the account's home with type, mode and owner. */
async function homeFiles(): Promise<readonly string[]> {
  const { stdout } = await run('find', [sshd.home, '-printf', '%P %y %m %u %l\n']);
  return stdout.split('\n').sort();
}

const say = (...lines: readonly string[]): Promise<string> => sayTo(options.settings.ledPort, ...lines);
const info = (): Promise<string> => askInfo(options.settings.ledPort);
const versionThatAnswers = (): Promise<string> => askVersion(options.settings.ledPort);

describe('a bare sshd whose login shell prints text', () => {
  let before: readonly string[];

  test('is deployed to with what came over SSH alone (vscode-remote#1921, hal0#1584)', async () => {
    before = await homeFiles();
    const job = await deploy();
    expect(job.result).toMatchObject({ kind: 'done' });
    expect(stepsOf(job)).toEqual([
      'preflight done',
      'runtime done',
      'upload done',
      'install done',
      'start done',
      'health done',
      'switch done',
    ]);
    expect(await homeFiles()).not.toContainEqual(expect.stringMatching(/^called /));
    expect(await info()).toContain('driver=simulated');
  });

  test('tells what is installed and how it is reached', async () => {
    const { installed, agent } = world.deploy.watch('pi');
    expect(installed).toMatchObject({
      state: 'running',
      restarts: 0,
      isUnfinished: false,
      current: { service: 'plain' },
    });
    expect(agent).toMatchObject({ version: '0.1.0', simulated: true, bcm: 27 });
    const { ledPort, echoPort } = options.settings;
    expect(await world.deploy.endpoint('pi')).toEqual({ ledPort, echoPort, bcm: 27, access: 'local', token: null });
  });

  test('keeps its agent when the SSH session ends', async () => {
    await world.targets.remove('pi');
    await sshd.dropConnections();
    expect(await info()).toContain('version=0.1.0');
    await signIn();
  });

  test('is not touched by a second deployment of the same, which says so', async () => {
    const pid = /pid=(\d+)/.exec(await info())?.[1];
    const files = await homeFiles();
    const job = await deploy();
    expect(job.result).toMatchObject({ kind: 'unchanged', note: expect.stringContaining('Nothing was changed') });
    expect(
      stepsOf(job)
        .slice(1)
        .every((step) => step.endsWith(' skipped')),
    ).toBe(true);
    expect(/pid=(\d+)/.exec(await info())?.[1]).toBe(pid);
    expect(await homeFiles()).toEqual(files);
  });

  test('has no version to go back to after one deployment, and says how there will be one', async () => {
    expect((await world.run('pi', 'rollback')).result).toMatchObject({
      kind: 'failed',
      error: { code: 'NO_VERSION_BEFORE', hint: expect.stringContaining('keeps the one before it') },
    });
    expect(await info()).toContain('version=0.1.0');
  });

  test('takes another pin and access mode without the files being sent again', async () => {
    const job = await deploy({ bcm: 17, access: 'token' });
    expect(job.result).toMatchObject({ kind: 'done' });
    expect(job.steps.find(({ id }) => id === 'upload')?.detail).toBe('The files are there already; nothing was sent.');
    const endpoint = await world.deploy.endpoint('pi');
    expect(endpoint).toMatchObject({ bcm: 17, access: 'token', token: expect.stringMatching(/^[\w-]{32}$/) });
    expect(await readFile(at('token'), 'utf8')).toBe(`${endpoint?.token}\n`);
    const { stdout } = await run('stat', ['-c', '%a', at('token')]);
    expect(stdout).toBe('600\n');
  });

  test('takes a new token in place of the old one, which it refuses from then on', async () => {
    const old = (await world.deploy.endpoint('pi'))?.token ?? '';
    expect(await say(`AUTH ${old}`, 'STATUS')).toBe('OK AUTH\nOK OFF\n');
    const job = await world.run('pi', 'renew-token');
    expect(job.result).toMatchObject({ kind: 'done' });
    expect(stepsOf(job)).toEqual(['token done', 'start done', 'health done']);
    const token = (await readFile(at('token'), 'utf8')).trim();
    expect(token).toMatch(/^[\w-]{32}$/);
    expect(await say(`AUTH ${old}`)).toMatch(/^ERR bad-token/);
    expect(await say(`AUTH ${token}`, 'STATUS')).toBe('OK AUTH\nOK OFF\n');
    expect(await world.deploy.endpoint('pi')).toMatchObject({ token });
    const { stdout } = await run('find', [at(), '-maxdepth', '1', '-name', 'token*', '-printf', '%f %m\n']);
    expect(stdout).toBe('token 600\n');
    expect(JSON.stringify(world.deploy.watch('pi'))).not.toContain(token);
  });

  test('goes back to the version before, and forward again', async () => {
    expect((await world.run('pi', 'rollback')).result).toMatchObject({ kind: 'done' });
    expect(world.deploy.watch('pi').installed).toMatchObject({ current: { settings: { bcm: 27 } } });
    expect(await info()).toContain('gpio=27');
    const { result } = await world.run('pi', 'renew-token');
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'NO_TOKEN' } });
    expect((await world.run('pi', 'rollback')).result).toMatchObject({ kind: 'done' });
    expect(world.deploy.watch('pi').installed).toMatchObject({ current: { settings: { bcm: 17 } } });
    await world.run('pi', 'rollback');
  });

  test('stops, starts and restarts its agent', async () => {
    expect((await world.run('pi', 'stop')).result).toMatchObject({ kind: 'done' });
    await expect(info()).rejects.toThrow('ECONNREFUSED');
    expect(world.deploy.watch('pi').installed).toMatchObject({ state: 'stopped' });
    expect((await world.run('pi', 'start')).result).toMatchObject({ kind: 'done' });
    const pid = /pid=(\d+)/.exec(await info())?.[1];
    expect((await world.run('pi', 'restart')).result).toMatchObject({ kind: 'done' });
    expect(/pid=(\d+)/.exec(await info())?.[1]).not.toBe(pid);
  });

  test('starts its agent again after a crash, and counts it', async () => {
    process.kill(Number(/pid=(\d+)/.exec(await info())?.[1]), 'SIGKILL');
    expect(await versionThatAnswers()).toBe('0.1.0');
    await world.deploy.read('pi');
    expect(world.deploy.watch('pi').installed).toMatchObject({ state: 'running', restarts: 1 });
  });

  test('shows the log with what is added while it is followed', async () => {
    const stop = new AbortController();
    const lines: string[] = [];
    const following = world.deploy.followLog('pi', stop.signal, (more) => {
      lines.push(...more);
      if (lines.some((line) => line.includes('ready'))) stop.abort();
    });
    await following.catch((error: unknown) => expect(error).toMatchObject({ code: 'CANCELLED' }));
    expect(lines.join('\n')).toContain('supervisor: the agent ended with SIGKILL');
  });

  test('has the same files as before once the agent is removed', async () => {
    expect((await world.run('pi', 'uninstall')).result).toMatchObject({ kind: 'done' });
    await expect(info()).rejects.toThrow('ECONNREFUSED');
    expect(await homeFiles()).toEqual(before);
    expect(await world.deploy.endpoint('pi')).toBeNull();
  });
});

/** What sshd started for the connection from a port, once that has ended: `command`, `subsystem 'sftp'`. */
async function startedFor(clientPort: number): Promise<readonly string[]> {
  const ended = new RegExp(`(?:Disconnected from|Connection (?:closed|reset) by) .*port ${clientPort}\\b`);
  await expect.poll(() => sshd.log(), PATIENCE).toMatch(ended);
  const started = new RegExp(`Starting session: (.*) for .* port ${clientPort} id`, 'g');
  return [...sshd.log().matchAll(started)].map((match) => match[1] ?? '');
}

describe('what goes over the connection', () => {
  /** Does some work on a connection of its own; tells what sshd started for it. */
  async function startedBy(work: () => Promise<void>, into = world): Promise<readonly string[]> {
    await into.targets.remove('pi');
    await signIn(into);
    const { localPort = 0 } = cable;
    await work();
    await into.targets.remove('pi');
    return startedFor(localPort);
  }

  test('the look before a deployment reads everything in one round trip', async () => {
    const bench = await DeployWorld.make();
    try {
      const look = async (): Promise<void> => {
        const findings = await bench.deploy.preflight('pi', options, new AbortController().signal);
        expect(findings.map(({ id }) => id)).toEqual(
          expect.arrayContaining(['model', 'node', 'disk', 'service', 'gpio', 'ports']),
        );
      };
      expect(await startedBy(look, bench)).toEqual(['command']);
    } finally {
      await bench.dispose();
    }
  });

  test('each setting is changed without a file, and the agent runs with it', async () => {
    const chosen = { ...options.settings };
    const [ledPort, echoPort] = [await freePort(), await freePort()];
    const first = async (): Promise<void> => expect((await deploy()).result).toMatchObject({ kind: 'done' });
    expect(await startedBy(first)).toContain("subsystem 'sftp'");

    const changes: readonly [Partial<DeployOptions['settings']>, Readonly<Record<string, string>>][] = [
      [
        { bcm: 17, ledPort },
        { gpio: '17', 'led-port': String(ledPort) },
      ],
      [
        { access: 'ssh-only', echoPort },
        { access: 'ssh-only', 'echo-port': String(echoPort) },
      ],
      [{ driver: 'pinctrl' }, { simulated: 'no' }],
    ];
    const changeAll = async (): Promise<void> => {
      for (const [change, told] of changes) {
        Object.assign(chosen, change);
        expect((await deploy(chosen)).result).toMatchObject({ kind: 'done' });
        expect(parseFacts(await askInfo(chosen.ledPort))).toMatchObject(told);
      }
    };
    expect(new Set(await startedBy(changeAll))).toEqual(new Set(['command']));
    expect(await sayTo(echoPort, 'hello')).toBe('hello\n');
  });
});

describe('a deployment that does not go well', () => {
  afterEach(() => useVersion((text) => text));

  test('of an agent that ends at once fails with its code and last words, and the old one runs again (node-red#1547)', async () => {
    expect((await deploy()).result).toMatchObject({ kind: 'done' });
    await useVersion((text) =>
      asVersion('0.2.0')(text).replace('"use strict";', 'console.error("no luck");process.exit(1);'),
    );
    const job = await deploy();
    expect(job.result).toMatchObject({
      kind: 'failed',
      error: { code: 'AGENT_CRASHED', message: expect.stringMatching(/code 1.*Version 0\.1\.0 runs again\./s) },
    });
    expect(job.steps.find(({ id }) => id === 'health')?.log.join('\n')).toContain('no luck');
    expect(await versionThatAnswers()).toBe('0.1.0');
    expect(await readdir(at('incoming')).catch(() => [])).toEqual([]);
  });

  test('is proposed again as it was chosen, until something else is done', async () => {
    await useVersion((text) => asVersion('0.2.0')(text).replace('"use strict";', 'process.exit(1);'));
    expect((await deploy({ bcm: 22 })).result).toMatchObject({ kind: 'failed' });
    const proposed = async (): Promise<DeployOptions> => {
      await world.deploy.read('pi');
      return world.deploy.watch('pi').options;
    };
    expect((await proposed()).settings.bcm).toBe(22);
    expect((await world.run('pi', 'restart')).result).toMatchObject({ kind: 'done' });
    expect((await proposed()).settings.bcm).toBe(27);
  });

  test('leaves the old version running when it is cancelled while it waits for the new one', async () => {
    await useVersion((text) => asVersion('0.2.0')(text).replace('"use strict";', 'setInterval(()=>{},1e3);return;'));
    const waiting = world.stepRunning('pi', 'health');
    const ended = deploy();
    await waiting;
    world.deploy.cancel('pi');
    expect((await ended).result).toMatchObject({ kind: 'cancelled' });
    expect(await versionThatAnswers()).toBe('0.1.0');
  });

  test('leaves the old version running when the connection breaks before the switch', async () => {
    await useVersion((text) => asVersion('0.2.0')(text).replace('"use strict";', 'setInterval(()=>{},1e3);return;'));
    const waiting = world.stepRunning('pi', 'health');
    const ended = deploy();
    await waiting;
    cable.destroy();
    expect((await ended).result).toMatchObject({ kind: 'failed', error: { code: 'DISCONNECTED' } });
    expect(await versionThatAnswers()).toBe('0.1.0');
    await signIn();
    await useVersion(asVersion('0.3.0'));
    expect((await deploy()).result).toMatchObject({ kind: 'done' });
    expect(await versionThatAnswers()).toBe('0.3.0');
    expect((await readdir(at('releases'))).map((name) => name.slice(0, 5)).sort()).toEqual(['0.1.0', '0.3.0']);
    expect(await readdir(at())).not.toContain('lock');
  });

  test('is refused before anything is sent when a port is taken, and says by which number', async () => {
    const { address, port } = sshd;
    expect(address).toBe('127.0.0.1');
    const job = await deploy({ echoPort: port });
    expect(job.result).toMatchObject({ kind: 'failed', error: { code: 'PORT_IN_USE' } });
    expect(stepsOf(job).slice(0, 2)).toEqual(['preflight failed', 'runtime skipped']);
  });
});

describe('what an interrupted deployment left', () => {
  test('a release without its finish mark is not taken as installed (vscode-remote#6229)', async () => {
    await mkdir(at('releases', '0.9.9-half'));
    await run('chown', ['-R', sshd.user, at('releases', '0.9.9-half')]);
    expect((await deploy({ bcm: 22 })).result).toMatchObject({ kind: 'done' });
    expect(await readdir(at('releases'))).not.toContain('0.9.9-half');
  });

  test('a damaged file of the very release is put right by deploying it again', async () => {
    const [release = ''] = (await run('readlink', [at('current')])).stdout.trim().split('/').slice(-1);
    await world.run('pi', 'stop');
    await writeFile(at('releases', release, 'led-agent.cjs'), 'half');
    expect((await deploy({ bcm: 22 })).result).toMatchObject({ kind: 'done' });
    expect(await readFile(at('releases', release, 'led-agent.cjs'), 'utf8')).toBe(await agentText());
  });

  test('a lock whose owner is gone is taken over (homeboy#86)', async () => {
    await mkdir(at('lock'));
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    await writeFile(at('lock', 'owner.json'), JSON.stringify({ pid: 4_000_000, boot, since: 1, by: 'ghost@lab' }));
    await run('chown', ['-R', sshd.user, at('lock')]);
    expect((await deploy({ bcm: 23 })).result).toMatchObject({ kind: 'done' });
  });

  test('a current version that points nowhere does not stop a deployment', async () => {
    await run('rm', ['-f', at('current')]);
    await symlink('releases/nothing', at('current'));
    expect((await deploy({ bcm: 24 })).result).toMatchObject({ kind: 'done' });
  });
});

describe('two deployments at once', () => {
  test('come one after the other: the second waits, says for whom, and then finds nothing to do', async () => {
    const other = await DeployWorld.make((text) => asVersion('0.5.0')(text));
    try {
      await signIn(other);
      // The first does not answer before the second has come to wait for the lock.
      const hasCome = join(sshd.home, 'second-has-come');
      const slow = (text: string): string =>
        asVersion('0.5.0')(text).replace(
          '"use strict";',
          `"use strict";while(!require("fs").existsSync(${JSON.stringify(hasCome)}))Atomics.wait(new Int32Array(new SharedArrayBuffer(4)),0,0,50);`,
        );
      await useVersion(slow);
      await writeFile(other.agentFile, slow(await agentText()));
      const waitedFor = new Promise<string>((resolve) => {
        other.deploy.snapshots.subscribe(({ job }) => {
          const detail = job?.steps.find(({ id }) => id === 'upload')?.detail ?? '';
          if (detail.startsWith('Waiting')) resolve(detail);
        });
      });
      const first = deploy();
      await world.stepRunning('pi', 'health');
      const second = other.run('pi', 'deploy', { options });
      expect(await waitedFor).toMatch(/^Waiting: \S+@\S+ is deploying to this device right now\.$/);
      await writeFile(hasCome, '');
      expect((await first).result).toMatchObject({ kind: 'done' });
      expect((await second).result).toMatchObject({ kind: 'unchanged' });
      expect(await versionThatAnswers()).toBe('0.5.0');
    } finally {
      await other.dispose();
    }
  });

  test('of the same app on the same device are refused', async () => {
    const first = deploy({ bcm: 5 });
    expect(() => world.deploy.start('pi', 'stop')).toThrow(expect.objectContaining({ code: 'DEPLOY_BUSY' }));
    expect((await first).result).toMatchObject({ kind: 'done' });
  });
});

describe('a device of another kind', () => {
  test.each([
    ['without SFTP (ssh2#115)', { sftp: 'none' }, () => `~/${FOLDER}`],
    [
      'with a folder that a shell would read as commands (node-ssh#448)',
      {},
      (home: string) => `~/My LED'; touch ${home}/pwn; '`,
    ],
    ['with a folder that is not named in ASCII', {}, () => '~/Müllers Gerät'],
  ])('%s gets the right bytes in the right place, and the agent is taken off again', async (_name, kind, folderIn) => {
    const other = await startSshd(kind);
    const bench = await DeployWorld.make();
    try {
      await bench.add(await connectTarget(other));
      const folder = folderIn(other.home);
      const chosen = { ...(await bench.options('pi', { driver: 'simulated', access: 'token' })), folder };
      expect((await bench.run('pi', 'deploy', { options: chosen })).result).toMatchObject({ kind: 'done' });
      const release = await realpath(join(other.home, folder.slice(2), 'current'));
      expect(await readFile(join(release, 'led-agent.cjs'), 'utf8')).toBe(await agentText());
      expect((await bench.run('pi', 'uninstall')).result).toMatchObject({ kind: 'done' });
      expect(await readdir(other.home)).not.toContain('pwn');
    } finally {
      await bench.dispose();
      await other.stop();
    }
  });
});
