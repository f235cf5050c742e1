import { PROBE_SCRIPT } from '../../../src-main/deploy/probe-script.ts';
import { parseProbe } from '../../../src-main/deploy/probe.ts';
import type { TargetFacts } from '../../../src-main/deploy/facts.ts';
import { Sections } from '../../../src-main/deploy/sections.ts';

const MARKER = 'pw-test';

/** Answers of a Raspberry Pi 4 with Raspberry Pi OS, 64-bit, as the probe prints them. */
const PI_4: Readonly<Record<string, string>> = {
  folder: '/home/pi/.local/share/pi-workbench',
  home: '/home/pi',
  user: '1000\n1000\npi\npi adm sudo gpio',
  'gpio-group': 'gpio:x:986:pi',
  model: 'Raspberry Pi 4 Model B Rev 1.4\0',
  'os-release': 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian',
  uname: 'Linux\n6.6.31+rpt-rpi-v8\naarch64',
  dpkg: 'arm64',
  'long-bit': '64',
  memory: 'MemTotal:        3884376 kB',
  clock: '1700000000',
  nearest: '/home/pi\n/home/pi/.local',
  writable: 'yes',
  disk: 'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/mmcblk0p2 30000000 9000000 20000000 31% /',
  inodes: 'Filesystem Inodes IUsed IFree IUse% Mounted on\n/dev/mmcblk0p2 1900000 80000 1820000 5% /',
  mounts: '/dev/mmcblk0p2 / ext4 rw,noatime 0 0',
  sudo: 'passwordless',
  systemd: 'running',
  systemctl: '/usr/bin/systemctl\nsystemd 252 (252.30)',
  'gpio-sysfs': 'here\nchip 512 pinctrl-bcm2711\nwritable',
  node: '/usr/bin/node\t0\tv18.19.0\tarm64\t/usr/bin/node',
  ports: '   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1',
  end: '',
};

/** The facts of that Pi, with some answers of its own; null leaves an answer out. */
export function factsWith(change: Readonly<Record<string, string | null>> = {}, noise = ''): TargetFacts {
  const answers = Object.entries({ ...PI_4, ...change });
  const output = answers.map(([name, text]) => (text === null ? '' : `\n${MARKER} ${name}\n${text}\n`)).join('');
  return parseProbe(new Sections(`${noise}${output}`, MARKER));
}

/** Every name the script prints an answer under. */
export const ANSWER_NAMES = [...PROBE_SCRIPT.matchAll(/^s ([\w-]+)/gm)].map((match) => match[1] ?? '');
