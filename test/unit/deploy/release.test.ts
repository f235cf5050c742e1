import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { bundleAgent } from '../../../pi-agent/build.mjs';
import { parseCommandLine } from '../../../pi-agent/src/options.ts';
import { bundleOf, readAgentBundle } from '../../../src-main/deploy/agent-bundle.ts';
import { folderProblem } from '../../../src-main/deploy/folder.ts';
import { MANAGER_TEXT } from '../../../src-main/deploy/manager/index.ts';
import { planRelease } from '../../../src-main/deploy/plan.ts';
import { unitOf } from '../../../src-main/deploy/release.ts';
import { NODE_FLAGS, quoteForUnit } from '../../../src-main/deploy/service/unit.ts';
import {
  ACCESS_MODES,
  DEFAULT_OPTIONS,
  LED_DRIVERS,
  optionsSchema,
  type DeployOptions,
} from '../../../src-main/deploy/settings.ts';
import { factsWith } from './facts.ts';

const agent = (text = ''): Buffer => Buffer.from(`#!/usr/bin/env node\n// Pi Workbench LED agent 1.2.3\n${text}`);
const by = { at: 1_700_000_000_000, who: 'ana@laptop' };
const FOLDER = '/home/pi/.local/share/pi-workbench';

function plan(change: Partial<DeployOptions['settings']> = {}, answers: Record<string, string | null> = {}) {
  const options = { ...DEFAULT_OPTIONS, settings: { ...DEFAULT_OPTIONS.settings, ...change } };
  return planRelease({ facts: factsWith(answers), options, bundle: bundleOf(agent()), by });
}

const unitFor = (
  change: Partial<DeployOptions['settings']> = {},
  answers: Record<string, string | null> = {},
): string => unitOf(plan(change, answers)) ?? '';
const directivesOf = (unit: string): string[] => unit.split('\n').filter((line) => /^\w+=/.test(line));
const lineOf = (unit: string, name: string): string | undefined =>
  unit.split('\n').find((line) => line.startsWith(`${name}=`));

describe('a release', () => {
  it('has the same name for the same content, whoever deploys it and whenever', () => {
    const again = planRelease({
      facts: factsWith({ clock: '1' }),
      options: DEFAULT_OPTIONS,
      bundle: bundleOf(agent()),
      by: { at: 1, who: 'ben@desk' },
    });
    expect(again.id).toBe(plan().id);
    expect(plan().id).toMatch(/^1\.2\.3-[0-9a-f]{8}$/);
  });

  it('has another name for another pin, port, access mode, driver or Node', () => {
    const node = '/opt/node/bin/node\t0\tv20.0.0\tarm64\t/opt/node/bin/node';
    const ids = [
      plan(),
      plan({ bcm: 17 }),
      plan({ ledPort: 4000 }),
      plan({ access: 'token' }),
      plan({ driver: 'simulated' }),
      plan({}, { node }),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(ACCESS_MODES.flatMap((access) => LED_DRIVERS.map((driver) => ({ access, driver }))))(
    'starts the agent with a command line it understands: $access, $driver',
    ({ access, driver }) => {
      const parsed = parseCommandLine(plan({ access, driver, keepLevelOnExit: true }).args);
      expect(parsed).toMatchObject({ access, driver, port: 1234, echoPort: 1235, keepLevelOnExit: true });
    },
  );
});

describe('the unit of a release', () => {
  it('starts node by its absolute path, with a file that is not under /tmp (ansible#22203)', () => {
    const { id } = plan();
    expect(lineOf(unitFor(), 'ExecStart')).toBe(
      `ExecStart=/usr/bin/node ${NODE_FLAGS.join(' ')} ${FOLDER}/releases/${id}/led-agent.cjs --port 1234 --echo-port 1235 --pin 27 --driver auto --access local`,
    );
  });

  it('starts the Node of nvm by its real path, and makes it visible in the sandbox', () => {
    const path = '/home/pi/.nvm/versions/node/v20.11.0/bin/node';
    const unit = unitFor({}, { node: `${path}\t0\tv20.11.0\tarm64\t${path}` });
    expect(lineOf(unit, 'ExecStart')).toMatch(new RegExp(`^ExecStart=${path} `));
    expect(lineOf(unit, 'BindReadOnlyPaths')).toContain('/home/pi/.nvm/versions/node/v20.11.0');
  });

  it('keeps memory low by the same flags as where there is no systemd', () => {
    expect(MANAGER_TEXT).toContain(`const NODE_FLAGS = [${NODE_FLAGS.map((flag) => `'${flag}'`).join(', ')}];`);
  });

  const USER_MANAGER = { sudo: 'missing', 'user-manager': 'running' };

  it.each([
    ['the system', {}],
    ['the user', USER_MANAGER],
  ])(
    'of %s waits two seconds between restarts and gives up after five within a minute (iiab#2015)',
    (_whose, change) => {
      expect(directivesOf(unitFor({}, change))).toEqual(
        expect.arrayContaining([
          'Restart=on-failure',
          'RestartSec=2',
          'RestartPreventExitStatus=2 5',
          'StartLimitIntervalSec=60',
          'StartLimitBurst=5',
        ]),
      );
    },
  );

  it('of the system lets the agent at nothing but its files to read, the pins and the network (systemd.exec(5))', () => {
    expect(directivesOf(unitFor())).toEqual(
      expect.arrayContaining([
        'User=pi',
        'NoNewPrivileges=yes',
        'CapabilityBoundingSet=',
        'ProtectSystem=strict',
        'ProtectHome=tmpfs',
        `BindReadOnlyPaths=${FOLDER}`,
        'PrivateTmp=yes',
        'ProtectKernelModules=yes',
        'DevicePolicy=closed',
        'DeviceAllow=char-gpiochip rw',
        'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
        'RestrictNamespaces=yes',
        'SystemCallFilter=@system-service',
        'MemoryMax=128M',
        'TasksMax=64',
        'WantedBy=multi-user.target',
      ]),
    );
  });

  it('of the user differs from that of the system in what needs rights of root, and in when it starts', () => {
    const system = directivesOf(plan().unit ?? '');
    const user = directivesOf(plan({}, USER_MANAGER).unit ?? '');
    expect(user.filter((line) => !system.includes(line))).toEqual(['WantedBy=default.target']);
    expect(user).toEqual(
      expect.arrayContaining([
        'NoNewPrivileges=yes',
        'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
        'LockPersonality=yes',
        'RestrictRealtime=yes',
        'SystemCallArchitectures=native',
        'MemoryMax=128M',
        'TasksMax=64',
      ]),
    );
    const rootOnly = /^(?:User|SupplementaryGroups|Protect\w+|PrivateTmp|BindReadOnlyPaths|Device\w+|\w*Capabilit\w+)=/;
    expect(user.filter((line) => rootOnly.test(line))).toEqual([]);
  });

  it('runs as the login user with the group of the pins, where there is one (myGPIOd#16)', () => {
    expect(lineOf(unitFor(), 'User')).toBe('User=pi');
    expect(lineOf(unitFor(), 'SupplementaryGroups')).toBe('SupplementaryGroups=gpio');
    expect(lineOf(unitFor({}, { 'gpio-group': '' }), 'SupplementaryGroups')).toBeUndefined();
  });

  it('cannot be reached from outside when only SSH may connect', () => {
    expect(lineOf(unitFor({ access: 'ssh-only' }), 'IPAddressDeny')).toBe('IPAddressDeny=any');
    expect(lineOf(unitFor(), 'IPAddressDeny')).toBeUndefined();
  });

  it('starts an agent whose folder has a blank in its name', () => {
    const unit = unitFor({}, { folder: '/home/pi/My LED' });
    expect(lineOf(unit, 'ExecStart')).toMatch(
      / "\/home\/pi\/My LED\/releases\/1\.2\.3-[0-9a-f]{8}\/led-agent\.cjs" --port /,
    );
    expect(lineOf(unit, 'BindReadOnlyPaths')).toBe('BindReadOnlyPaths="/home/pi/My LED"');
  });

  it.each([
    ['/usr/bin/node', '/usr/bin/node'],
    ['/home/a b/node', '"/home/a b/node"'],
    ['50%', '50%%'],
    ['$HOME', '$$HOME'],
    ['a"b\\c', '"a\\"b\\\\c"'],
  ])('takes the word %s as %s (systemd.service(5))', (word, quoted) => {
    expect(quoteForUnit(word)).toBe(quoted);
  });
});

describe('the announcement of a release', () => {
  const avahi = { avahi: 'folder\nrunning' };

  it('names the version and the pin by both numbers, for avahi to publish', () => {
    const text = plan({ bcm: 17, ledPort: 4000 }, avahi).avahi ?? '';
    expect(text).toContain('<type>_pi-workbench._tcp</type>');
    expect(text).toContain('<port>4000</port>');
    for (const record of ['version=1.2.3', 'pin=11', 'gpio=17', 'echo=1235', 'access=local']) {
      expect(text).toContain(`<txt-record>${record}</txt-record>`);
    }
  });

  it.each([
    ['there is no avahi', {}, {}],
    ['only SSH may connect', { access: 'ssh-only' }, avahi],
    ['it is no service of the system', {}, { ...avahi, sudo: 'missing' }],
  ] as const)('is left out where %s', (_when, settings, answers) => {
    expect(plan(settings, answers).avahi).toBeNull();
  });

  it('makes another release, so that a deployment after avahi came announces it', () => {
    expect(plan({}, avahi).id).not.toBe(plan().id);
  });
});

describe('the bundle', () => {
  it('is refused with a Windows line end in it (DIY-layout-creator#690)', () => {
    expect(() => bundleOf(agent('a\r\n'))).toThrow(expect.objectContaining({ code: 'BUNDLE_DAMAGED' }));
    expect(() => bundleOf(Buffer.from('nothing'))).toThrow(expect.objectContaining({ code: 'BUNDLE_DAMAGED' }));
  });

  it('says how to get it when it is missing', async () => {
    await expect(readAgentBundle('/nowhere/led-agent.cjs')).rejects.toMatchObject({ code: 'BUNDLE_MISSING' });
  });

  it('holds no native add-on and asks for none (onoff#101)', async () => {
    const text = await bundleAgent();
    expect(text).not.toMatch(/require\(["'][^"']*\.node["']\)|process\.dlopen|bindings\(/);
    expect(bundleOf(Buffer.from(text)).files.map(({ name }) => name)).toEqual(['led-agent.cjs', 'led-manager.cjs']);
  });

  it('keeps its bytes in a checkout that asks for Windows line ends', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pi-workbench-crlf-'));
    try {
      const git = (...args: string[]) => {
        const done = spawnSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args]);
        if (done.status !== 0) throw new Error(String(done.stderr));
      };
      const root = join(import.meta.dirname, '../../..');
      git('init', '-q');
      await writeFile(join(folder, '.gitattributes'), await readFile(join(root, '.gitattributes')));
      await writeFile(join(folder, 'led-manager.cjs'), MANAGER_TEXT);
      git('add', '.');
      git('commit', '-qm', 'x');
      await rm(join(folder, 'led-manager.cjs'));
      git('-c', 'core.autocrlf=true', 'checkout', '.');
      expect(await readFile(join(folder, 'led-manager.cjs'), 'utf8')).toBe(MANAGER_TEXT);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the folder of the agent', () => {
  it.each([
    ['~/.local/share/pi-workbench', ''],
    ['/opt/led agent', ''],
    ['led', 'full path'],
    ['/tmp/led', 'do not last'],
    ['~/', 'of its own'],
    ['~//', 'of its own'],
    ['//', 'of its own'],
    ['/home/pi/../root', 'without'],
    ['/home/pi/a$b', 'cannot be used'],
    [`/${'a'.repeat(200)}`, 'too long'],
  ])('%s', (folder, words) => {
    if (words === '') expect(folderProblem(folder)).toBe('');
    else expect(folderProblem(folder)).toContain(words);
  });

  it.each([
    ['~/a//led/', '~/a/led'],
    ['/opt/led', '/opt/led'],
    ['~//', '~/'],
    ['//', '/'],
  ])('%s is accepted as %s', (folder, normal) => {
    expect(v.parse(optionsSchema, { ...DEFAULT_OPTIONS, folder }).folder).toBe(normal);
  });
});
