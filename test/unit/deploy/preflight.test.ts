import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bundleOf } from '../../../src-main/deploy/agent-bundle.ts';
import { chooseArchitecture } from '../../../src-main/deploy/architecture.ts';
import { findingsOf, raiseStop, type FindingContext } from '../../../src-main/deploy/findings.ts';
import { planRelease } from '../../../src-main/deploy/plan.ts';
import { chooseRuntime } from '../../../src-main/deploy/runtime/choice.ts';
import { chooseService } from '../../../src-main/deploy/service/choice.ts';
import { DEFAULT_OPTIONS } from '../../../src-main/deploy/settings.ts';
import { ANSWER_NAMES, factsWith } from './facts.ts';

const context: FindingContext = {
  options: DEFAULT_OPTIONS,
  uploadBytes: 100_000,
  now: 1_700_000_000_000,
  isPractice: false,
};
const bundle = bundleOf(Buffer.from('#!/usr/bin/env node\n// Pi Workbench LED agent 1.2.3\n'));
const finding = (id: string, change: Record<string, string | null>, more: Partial<FindingContext> = {}) =>
  findingsOf(factsWith(change), { ...context, ...more }).find((one) => one.id === id);

describe('a Pi 4 with everything in place', () => {
  it('gives only good findings', () => {
    const findings = findingsOf(factsWith(), context);
    expect(findings.filter(({ level }) => level !== 'good')).toEqual([]);
    expect(findings.map(({ id, text }) => `${id}: ${text}`)).toEqual([
      'model: Raspberry Pi 4 Model B Rev 1.4, 3.7 GiB of memory',
      'system: Debian GNU/Linux 12 (bookworm), kernel 6.6.31+rpt-rpi-v8',
      'architecture: 64-bit, arm64: its packages are arm64',
      'node: 18.19.0 (/usr/bin/node)',
      'disk: 20.5 GB free',
      'folder: /home/pi/.local/share/pi-workbench',
      'clock: In step with this computer',
      'service: As a service of the system: after a crash and after a restart too.',
      'gpio: Pin 13 (GPIO 27), by onoff (sysfs)',
      'ports: 1234 for the LED and 1235 for the echo are free.',
    ]);
  });

  it('is told by its serial number, where it has one', () => {
    expect(finding('model', { serial: '10000000a1b2c3d4\0' })?.text).toBe(
      'Raspberry Pi 4 Model B Rev 1.4, 3.7 GiB of memory, serial number 10000000a1b2c3d4',
    );
    expect(finding('model', { serial: '\0' })?.text).toBe('Raspberry Pi 4 Model B Rev 1.4, 3.7 GiB of memory');
  });

  it('gives the same with a login shell that prints before the answers', () => {
    expect(factsWith({}, 'Welcome to Pi\npw-other folder\n/nowhere\n')).toEqual(factsWith());
  });
});

describe('the architecture is the userland’s (vscode-remote#2947, #8342)', () => {
  it.each([
    ['a 64-bit kernel with 32-bit packages', { dpkg: 'armhf', 'long-bit': '32' }, 'linux-armv7l'],
    ['64-bit packages', {}, 'linux-arm64'],
    ['a PC', { uname: 'Linux\n6.1.0\nx86_64', dpkg: 'amd64' }, 'linux-x64'],
    ['no dpkg, 32-bit programs', { dpkg: '', 'long-bit': '32' }, 'linux-armv7l'],
    [
      'no dpkg, /bin/sh an AArch64 file',
      { dpkg: '', elf: '7f 45 4c 46 02 01 01 00 00 00 00 00 00 00 00 00 03 00 b7 00' },
      'linux-arm64',
    ],
  ])('%s', (_name, change, arch) => {
    expect(chooseArchitecture(factsWith(change))).toMatchObject({ kind: 'known', arch });
  });

  it('is never armv7 on a Pi 1 or Zero (vscode-remote#1691)', () => {
    const zero = { uname: 'Linux\n6.6\narmv6l', dpkg: 'armhf', node: '' };
    expect(chooseArchitecture(factsWith(zero))).toEqual({ kind: 'armv6' });
    expect(finding('architecture', zero)?.text).toContain('ARMv6');
  });
});

describe('the Node that runs the agent', () => {
  it.each([
    ['10.24.0 is too old (vscode OxMgr#16)', '/usr/bin/node\t0\tv10.24.0\tarm64\t/usr/bin/node', 'NODE_TOO_OLD'],
    ['one with an illegal instruction was built for another processor', '/usr/bin/node\t132\t', 'NODE_BROKEN'],
    ['one whose loader is missing', '/usr/bin/node\t127\t', 'NODE_BROKEN'],
  ])('%s', (_name, node, code) => {
    expect(() => chooseRuntime(factsWith({ node }))).toThrow(expect.objectContaining({ code }));
    const stop = finding('node', { node });
    expect(stop).toMatchObject({ level: 'stop', code });
    expect(() => raiseStop(findingsOf(factsWith({ node }), context))).toThrow(expect.objectContaining({ code }));
  });

  it('says in words that an illegal instruction means a wrong build', () => {
    expect(finding('node', { node: '/usr/bin/node\t132\t' })?.text).toContain('illegal instruction');
  });

  it('is found under nvm, by its real path, where a service cannot see it otherwise (nvm#3810)', () => {
    const path = '/home/pi/.nvm/versions/node/v20.11.0/bin/node';
    const node = `/usr/bin/node\t0\tv12.22.9\tarm64\t/usr/bin/node\n${path}\t0\tv20.11.0\tarm64\t${path}`;
    expect(chooseRuntime(factsWith({ node }))).toMatchObject({ node: path, version: '20.11.0' });
  });
});

describe('a Pi without a Node that fits', () => {
  const bare = { node: '', gzip: '/usr/bin/gzip', libc: 'glibc 2.36' };
  const path = (name: string): string => `/home/pi/.local/share/pi-workbench/runtimes/${name}/bin/node`;

  it.each([
    ['64-bit', {}, 'node-22.23.3-linux-arm64'],
    ['32-bit under a 64-bit kernel', { dpkg: 'armhf' }, 'node-20.11.0-linux-armv7l'],
    [
      'with one that is too old',
      { node: '/usr/bin/node\t0\tv10.24.0\tarm64\t/usr/bin/node' },
      'node-22.23.3-linux-arm64',
    ],
  ])('is brought one of its userland: %s', (_name, change, name) => {
    expect(chooseRuntime(factsWith({ ...bare, ...change }))).toMatchObject({ node: path(name) });
    expect(finding('node', { ...bare, ...change })).toMatchObject({ level: 'good' });
  });

  it.each([
    ['a Pi 1 or Zero (nodesource#145)', { uname: 'Linux\n6.6\narmv6l', dpkg: 'armhf' }, 'NODE_ARMV6'],
    ['musl, as on Alpine', { libc: 'musl' }, 'NODE_MISSING'],
    ['a glibc older than the build', { libc: 'glibc 2.24' }, 'NODE_MISSING'],
    ['a folder where nothing may be started', { mounts: '/dev/mmcblk0p2 / ext4 rw,noexec 0 0' }, 'NODE_MISSING'],
    ['no program to unpack it', { gzip: '' }, 'NODE_MISSING'],
  ])('is told so where none can be brought: %s', (_name, change, code) => {
    expect(finding('node', { ...bare, ...change })).toMatchObject({ level: 'stop', code });
  });

  it('needs room for it once', () => {
    const disk = 'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/root 1000000 900000 100000 90% /';
    expect(finding('disk', { ...bare, disk })).toMatchObject({ level: 'stop', code: 'DISK_FULL' });
    const runtimes = path('node-22.23.3-linux-arm64');
    expect(finding('disk', { ...bare, disk, runtimes })).toMatchObject({ level: 'good' });
  });
});

describe('what stops a deployment before anything is sent', () => {
  it('a disk too full, with both numbers (vscode-remote#7206)', () => {
    const disk = 'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/root 30000000 29997000 3000 100% /';
    const stop = finding('disk', { disk }, { uploadBytes: 10_000_000 });
    expect(stop).toMatchObject({ level: 'stop', code: 'DISK_FULL' });
    expect(stop?.text).toContain('3.1 MB free, 30.0 MB needed');
  });

  it('a disk with room for bytes but not for files', () => {
    const inodes = 'Filesystem Inodes IUsed IFree IUse% Mounted on\n/dev/root 1000 999 1 100% /';
    expect(finding('disk', { inodes })).toMatchObject({ level: 'stop', code: 'DISK_FULL' });
  });

  it.each([
    ['a folder that may not be written', { writable: '' }, 'may not write'],
    ['a read-only file system', { mounts: '/dev/mmcblk0p2 / ext4 ro,noatime 0 0' }, 'read-only'],
  ])('%s', (_name, change, words) => {
    expect(finding('folder', change)).toMatchObject({ level: 'stop', code: 'FOLDER_NOT_WRITABLE' });
    expect(finding('folder', change)?.text).toContain(words);
  });

  it('a port in use, with the program that holds it', () => {
    const ss = 'LISTEN 0 128 0.0.0.0:1234 0.0.0.0:* users:(("pigpiod",pid=412,fd=3))';
    expect(finding('ports', { ss })).toMatchObject({ level: 'stop', code: 'PORT_IN_USE' });
    expect(finding('ports', { ss })?.text).toBe('Port 1234 is in use by pigpiod (process 412).');
  });
});

describe('what is different but works', () => {
  it('noexec on the folder: the agent is started by node and not by its x bit (ansible#1609)', () => {
    const mounts = '/dev/mmcblk0p2 / ext4 rw,noexec 0 0';
    expect(finding('folder', { mounts })).toMatchObject({ level: 'good' });
  });

  it('a clock that is far off', () => {
    expect(finding('clock', { clock: '1699990000' })).toMatchObject({ level: 'warning' });
    expect(finding('clock', { clock: '1699990000' })?.text).toBe('3 hours behind this computer');
  });

  it('a user outside the group gpio, with the line that helps (openeo#146)', () => {
    const change = { user: '1000\n1000\nana\nana sudo', 'gpio-sysfs': 'here\nchip 512 pinctrl-bcm2711' };
    expect(finding('gpio', change)).toMatchObject({ level: 'warning' });
    expect(finding('gpio', change)?.hint).toContain('sudo usermod -aG gpio ana');
  });

  const DETECTED = 'gpiochip0 [gpio-brcmstb@107d508500] (32 lines)\ngpiochip4 [pinctrl-rp1] (54 lines)';
  const OTHER_CHIP = 'gpiochip0 - 32 lines:\n\tline  27:\t"-" "regulator" output [used]\n';
  const gpioinfo = (line: string): string =>
    `${OTHER_CHIP}gpiochip4 - 54 lines:\n\tline  17:\t"GPIO17" input\n${line}\n`;
  const lineOfV1 = (consumer: string): string => `\tline  27:     "GPIO27"  "${consumer}"  output  active-high [used]`;
  const lineOfV2 = (consumer: string): string => `\tline  27:\t"GPIO27"        \toutput consumer="${consumer}"`;
  const pinWith = (line: string, more: Record<string, string> = {}) =>
    finding('gpio', { gpiodetect: DETECTED, gpioinfo: gpioinfo(line), ...more });

  it.each([
    ['libgpiod 1', lineOfV1('onewire')],
    ['libgpiod 2', lineOfV2('onewire')],
  ])('a pin that something else holds, by the words of %s', (_name, line) => {
    expect(pinWith(line)).toMatchObject({ level: 'warning', text: 'Pin 13 (GPIO 27) is in use by onewire.' });
    expect(finding('gpio', { gpiodetect: DETECTED, gpioinfo: OTHER_CHIP })).toMatchObject({ level: 'good' });
  });

  it.each([
    ['onoff', lineOfV1('sysfs')],
    ['libgpiod 1', lineOfV1('gpioset')],
    ['libgpiod 2', lineOfV2('led-agent')],
  ])('not a pin that the agent installed there holds by %s', (_name, line) => {
    const facts = factsWith();
    const release = planRelease({ facts, options: DEFAULT_OPTIONS, bundle, by: { at: 0, who: '' } });
    expect(pinWith(line, { 'i-current-release': JSON.stringify(release) })).toMatchObject({ level: 'good' });
    const elsewhere = { ...release, settings: { ...release.settings, bcm: 17 } };
    expect(pinWith(line, { 'i-current-release': JSON.stringify(elsewhere) })).toMatchObject({ level: 'warning' });
  });

  it.each([
    ['a sysfs that may be written', {}, 'onoff (sysfs)'],
    ['libgpiod without its device', { gpioset: 'gpioset (libgpiod) v2.2.1' }, 'onoff (sysfs)'],
    [
      'libgpiod with it, and a sysfs that may only be read',
      {
        'gpio-sysfs': 'here\nchip 512 pinctrl-bcm2711',
        'gpio-devices': '/dev/gpiochip0 yes\n/dev/gpiomem no',
        gpioset: 'gpioset (libgpiod) v1.6.3',
      },
      'gpiod',
    ],
    [
      'a device of libgpiod that may not be opened',
      { 'gpio-devices': '/dev/gpiochip0 no', gpioset: 'gpioset (libgpiod) v1.6.3' },
      'onoff (sysfs)',
    ],
  ])('names the drivers that work: %s', (_name, change, drivers) => {
    expect(finding('gpio', change)).toMatchObject({ level: 'good', text: `Pin 13 (GPIO 27), by ${drivers}` });
  });

  it('a device of libgpiod without its tools', () => {
    const change = { 'gpio-sysfs': '', 'gpio-devices': '/dev/gpiochip0 yes' };
    expect(finding('gpio', change)).toMatchObject({ level: 'warning', hint: expect.stringContaining('install gpiod') });
  });

  it('a weak power supply', () => {
    expect(finding('power', { throttled: 'throttled=0x0' })).toMatchObject({ level: 'good' });
    expect(finding('power', { throttled: 'throttled=0x50000' })?.text).toContain('since the last start');
    expect(finding('power', { throttled: 'throttled=0x10001' })?.text).toBe('The voltage is too low now.');
  });
});

describe('what keeps the agent running', () => {
  it('is not systemd where only a systemctl lies around (PatchMon#993)', () => {
    expect(chooseService(factsWith({ systemd: '' }), 'auto')).toMatchObject({ kind: 'plain' });
    expect(chooseService(factsWith({ systemd: '' }), 'system').problem).toMatchObject({ code: 'NO_SYSTEMD' });
  });

  it.each([
    ['passwordless sudo', 'passwordless', 'system', false],
    ['root', 'root', 'system', false],
    ['sudo with a password (OpenWeedLocator#201)', 'sudo: a password is required', 'system', true],
    ['no sudo', 'missing', 'plain', false],
    ['a user who may not use sudo', 'Sorry, user pi may not run sudo on raspberrypi.', 'plain', false],
  ])('with %s', (_name, sudo, kind, needsPassword) => {
    expect(chooseService(factsWith({ sudo }), 'auto')).toMatchObject({ kind, needsPassword });
  });

  it('is the user’s own manager where there is no sudo but a manager', () => {
    const change = { sudo: 'missing', 'user-manager': 'running' };
    expect(chooseService(factsWith(change), 'auto')).toMatchObject({ kind: 'user', problem: null });
  });
});

describe('a probe that could tell nothing', () => {
  it('never throws, whatever the answers are', () => {
    const answers = fc.dictionary(fc.constantFrom(...ANSWER_NAMES), fc.oneof(fc.string(), fc.constant(null)));
    fc.assert(
      fc.property(answers, (change) => {
        const findings = findingsOf(factsWith(change), context);
        expect(findings.length).toBeGreaterThanOrEqual(10);
        for (const { text, level, code } of findings) {
          expect(text).not.toBe('');
          expect(code === '').toBe(level !== 'stop');
        }
      }),
    );
  });
});
