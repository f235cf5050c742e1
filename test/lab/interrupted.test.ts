import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobSnapshot, StepSnapshot } from '../../src-main/deploy/index.ts';
import { Cli, type CliRun } from '../integration/cli/cli-process.ts';
import { agentText, asVersion, DeployWorld } from '../integration/deploy/world.ts';
import { Cable } from '../integration/support/cable.ts';
import { answer, ask } from './support/agent-words.ts';
import { LabPi, PI_USER } from './support/lab.ts';
import { signedIn } from './support/signed-in.ts';

const FOLDER = `/home/${PI_USER}/.local/share/pi-workbench`;
const UNIT_FILE = '/etc/systemd/system/pi-workbench-led.service';
const AVAHI_FILE = '/etc/avahi/services/pi-workbench-led.service';
const GUARD = 'pi-workbench-led-guard';

/** A systemctl that waits before a verb for as long as `/run/hold` has a folder of its name. */
const HOLDING_SYSTEMCTL = `#!/bin/sh
for word; do
  while [ -d "/run/hold/$word" ]; do touch "/run/hold/$word/reached" 2>/dev/null; sleep 0.05; done
done
exec /usr/bin/systemctl "$@"
`;

/** Waits until root's part of a deployment and its manager have ended, with a connection or without. */
const UNTIL_ENDED = `until [ ! -e ${FOLDER}/lock ] && ! pgrep -f '[g]uard=${GUARD}'; do sleep 0.05; done >/dev/null`;

/** What the timer on the device does on its own after 90 s, without the wait. */
const FIRE_GUARD = `systemctl start ${GUARD}.service 2>/dev/null; while ls /run/${GUARD}.*; do sleep 0.05; done >/dev/null 2>&1`;

describe('a deployment of a service of the system that is interrupted', () => {
  let pi: LabPi;
  let world: DeployWorld;
  let cable: Cable;
  let cli: Cli;
  let keyFolder: string;
  let hostKey: string;
  /** Bytes that each step sends. */
  const bytesOf = new Map<StepSnapshot['id'], number>();
  let files: readonly string[];
  /** The version that the last whole deployment ended at. */
  let before: string;

  beforeAll(async () => {
    pi = await LabPi.up({ name: 'lab-cut', ip: '10.77.0.59', mac: 'b8:27:eb:00:00:59', node: 'debian' });
    world = await DeployWorld.make();
    cable = await Cable.lay(22, pi.ip);
    cli = await Cli.create();
    keyFolder = await mkdtemp(join(tmpdir(), 'pi-workbench-key-'));
    await pi.shell(
      `cat >/usr/local/sbin/systemctl <<'END'\n${HOLDING_SYSTEMCTL}END\nchmod 755 /usr/local/sbin/systemctl`,
    );
    hostKey = (await pi.shell('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')).split(' ')[1] ?? '';
    await installKey();
    await signIn();
    expect((await deploy(nextVersion())).result).toMatchObject({ kind: 'done' });
    await measure();
    before = await settled();
    files = await allFiles();
  });
  afterAll(async () => {
    await world.dispose();
    await cable.take();
    await cli.remove();
    await rm(keyFolder, { recursive: true });
    await pi.down();
  });

  let deployments = 0;
  const nextVersion = (): string => `1.${(deployments += 1)}.0`;

  async function installKey(): Promise<void> {
    await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(keyFolder, 'key')]);
    const text = await readFile(join(keyFolder, 'key.pub'), 'utf8');
    await pi.shell(
      `install -d -m 700 -o ${PI_USER} /home/${PI_USER}/.ssh && echo '${text.trim()}' >/home/${PI_USER}/.ssh/authorized_keys`,
    );
  }

  async function signIn(): Promise<void> {
    cable.mend();
    await world.add(await signedIn({ name: pi.name, ip: '127.0.0.1', port: cable.port }));
  }

  async function deploy(version: string, change = (text: string): string => text): Promise<JobSnapshot> {
    await writeFile(world.agentFile, change(asVersion(version)(await agentText())));
    return world.run('pi', 'deploy');
  }

  async function measure(): Promise<void> {
    let start = 0;
    const stop = world.onStep('pi', (step, isRunning) => {
      if (isRunning) start = cable.sentBytes;
      else bytesOf.set(step, cable.sentBytes - start);
    });
    await deploy(nextVersion());
    stop();
  }

  /** The version that runs once what was cut off has put back or kept what it began. */
  async function settled(): Promise<string> {
    await pi.shell(`${UNTIL_ENDED}; ${FIRE_GUARD}`);
    return whatRuns();
  }

  /** The version that the one unit starts, that is the current one, and that answers: they are the same. */
  async function whatRuns(): Promise<string> {
    const said = await pi.shell(`
      grep -o '/releases/[^/]*/' ${UNIT_FILE} | head -1; echo "/$(readlink ${FOLDER}/current)/"
      systemctl list-unit-files --no-legend --state=enabled 'pi-workbench*' | cut -d' ' -f1`);
    const [unit, release = '', ...enabled] = said.trim().split('\n');
    expect([unit, ...enabled]).toEqual([release, 'pi-workbench-led.service']);
    const version = release.split('/')[2]?.split('-')[0] ?? '';
    expect(await answer(() => ask(pi.ip, 1234, 'INFO'))).toContain(`version=${version} `);
    expect(await pi.shell(`pgrep -fc '[l]ed-agent.cjs'`)).toBe('1\n');
    return version;
  }

  /** Everything that a deployment may write to; the two releases that belong there go by what they are. */
  async function allFiles(): Promise<readonly string[]> {
    const list = await pi.shell(
      `find /home/${PI_USER} /etc/systemd /etc/avahi /run/${GUARD}.* -printf '%p %y %m %u %l\\n' 2>/dev/null | sort; cd ${FOLDER} && readlink current previous`,
    );
    const lines = list.trim().split('\n');
    return ['previous', 'current'].reduce((all, role) => {
      const id = lines.pop()?.split('/')[1] ?? '';
      return all.map((line) => line.replaceAll(id, role)).sort();
    }, lines);
  }

  /** A version, deployed to its end, is what runs, is announced, and leaves nothing else behind. */
  async function expectHealedBy(version: string): Promise<void> {
    expect((await deploy(version)).result.kind).toBeOneOf(['done', 'unchanged']);
    expect(await settled()).toBe(version);
    expect(await allFiles()).toEqual(files);
    expect(await pi.shell(`cat ${AVAHI_FILE}`)).toContain(`version=${version}<`);
    before = version;
  }

  /** Does something while systemctl waits before a verb; `reached` settles once it does. */
  async function holding<T>(verb: string, act: (reached: () => Promise<unknown>) => Promise<T>): Promise<T> {
    const folder = `/run/hold/${verb}`;
    await pi.shell(`mkdir -p ${folder}`);
    try {
      return await act(() => pi.shell(`until [ -e ${folder}/reached ]; do sleep 0.05; done`));
    } finally {
      await pi.shell(`rm -r ${folder}`);
    }
  }

  /** Cuts the cable when systemctl is about to do something. */
  async function cutBefore(verb: string, version: string): Promise<void> {
    await holding(verb, async (reached) => {
      const ended = deploy(version);
      await reached();
      cable.cut();
      await ended;
    });
  }

  /** Cuts the cable while a version is asked that never answers. */
  async function cutWhileAsked(version: string): Promise<void> {
    const asked = world.stepRunning('pi', 'health');
    const ended = deploy(version, (text) =>
      text.replace('"use strict";', 'require("net").createServer().listen(1234);return;'),
    );
    await asked;
    cable.cut();
    await ended;
  }

  describe('by a cable that is cut', () => {
    /** Cuts it when a step has sent all but so many bytes. */
    async function cutBeforeEndOf(step: StepSnapshot['id'], bytes: number, version: string): Promise<void> {
      const stop = world.onStep('pi', (id, isRunning) => {
        if (id === step && isRunning) cable.cutAfter((bytesOf.get(id) ?? 0) - bytes);
      });
      await deploy(version);
      stop();
    }

    it.each([
      ['while its files are sent', (version: string) => cutBeforeEndOf('upload', 20_000, version)],
      ['with its unit written', (version: string) => cutBefore('daemon-reload', version)],
      ['while it is started', (version: string) => cutBefore('restart', version)],
      ['while it is asked and does not answer', cutWhileAsked],
    ])('%s ends at the version before, and the next one finds nothing in its way', async (_when, cutOff) => {
      const version = nextVersion();
      await cutOff(version);
      expect(await settled()).toBe(before);
      await signIn();
      await expectHealedBy(version);
    });

    it('while its unit is sent leaves the unit that is there, and the next one finds nothing in its way', async () => {
      const unit = await pi.shell(`cat ${UNIT_FILE}`);
      const version = nextVersion();
      await cutBeforeEndOf('start', 1000, version);
      expect(await pi.shell(`${UNTIL_ENDED}; cat ${UNIT_FILE}`)).toBe(unit);
      await signIn();
      await expectHealedBy(version);
    });

    it('once it is the current one, and not yet in place, ends at it', async () => {
      const version = nextVersion();
      await cutBefore('enable', version);
      expect(await settled()).toBe(version);
      await signIn();
      await expectHealedBy(version);
    });

    it('once it is the current one ends at it, and the same one again lets avahi know', async () => {
      const version = nextVersion();
      await cutBeforeEndOf('switch', 300, version);
      expect(await settled()).toBe(version);
      expect(await pi.shell(`cat ${AVAHI_FILE}`)).toContain(`version=${before}<`);
      await signIn();
      await expectHealedBy(version);
    });
  });

  describe('by the loss of the Pi’s power', () => {
    beforeAll(signIn);

    async function startUnasked(version: string): Promise<void> {
      await cutBefore('restart', version);
      await expect.poll(() => ask(pi.ip, 1234, 'INFO').catch(() => '')).toContain(`version=${version} `);
    }

    it.each([
      ['while a new version runs that nobody has asked yet', startUnasked],
      ['while a new version is asked and does not answer', cutWhileAsked],
    ])(
      '%s has the version before start with the Pi, and the next one finds nothing in its way',
      async (_when, tryOut) => {
        const version = nextVersion();
        await tryOut(version);
        await pi.cutPower();
        expect(await whatRuns()).toBe(before);
        await signIn();
        const { installed } = await world.deploy.read('pi');
        expect(installed).toMatchObject({ state: 'running', isUnfinished: false, current: { version: before } });
        await expectHealedBy(version);
      },
    );
  });

  describe('by the end of the app that does it', () => {
    beforeAll(signIn);

    /** Starts a deployment and kills it at a moment of its work. */
    type Kill = (start: () => CliRun) => Promise<CliRun>;

    /** The command line, deploying what was built. */
    const start = (): CliRun =>
      cli.start([
        ...['deploy', `${PI_USER}@127.0.0.1:${cable.port}`, '--key', join(keyFolder, 'key')],
        ...['--accept-host-key', hostKey, '--json'],
      ]);

    const killWithUnitWritten: Kill = (begin) =>
      holding('daemon-reload', async (reached) => {
        const run = begin();
        await reached();
        run.child.kill('SIGKILL');
        return run;
      });

    const killAfter =
      (step: string): Kill =>
      async (begin) => {
        const run = begin();
        while (run.child.exitCode === null && !run.out().includes(`{"step":"${step}"`)) {
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        run.child.kill('SIGKILL');
        return run;
      };

    /** On a busy machine it may be done before it is killed: then once more, from another version. */
    async function untilKilled(kill: Kill): Promise<void> {
      const run = await kill(start);
      await run.result;
      if (run.child.signalCode === 'SIGKILL') return;
      expect(run.child.exitCode, run.err()).toBe(0);
      before = nextVersion();
      await deploy(before);
      await untilKilled(kill);
    }

    it.each([
      ['with its unit written', killWithUnitWritten],
      ['while it is asked', killAfter('start')],
      ['while it is made the current one', killAfter('health')],
    ])('%s leaves a version that answers, and the next one finds nothing in its way', async (_when, kill) => {
      await untilKilled(kill);
      expect([before, '0.1.0']).toContain(await settled());
      await expectHealedBy(nextVersion());
    });
  });
});
