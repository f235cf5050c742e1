import type { Target } from '../target/target.ts';
import { AppError } from '../errors/index.ts';
import type { ElfFacts, GpioFacts, ListeningPort, NodeCandidate, SudoFact, TargetFacts } from './facts.ts';
import { parseInstallation, type Installation } from './installation.ts';
import { PROBE_SCRIPT, STATUS_SCRIPT } from './probe-script.ts';
import { parseCandidate } from './runtime/node-package.ts';
import { scriptAsInput } from './script-input.ts';
import { newMarker, Sections } from './sections.ts';
import { UNIT_NAME } from './service/unit.ts';

/** Slow boards start each program in a tenth of a second, and Node in a second. */
const PROBE_TIMEOUT_MS = 60_000;

/** Reads everything about a target in one round trip. `folder` may start with `~/`. Raises `PROBE_FAILED`. */
export async function probe(target: Target, folder: string, signal?: AbortSignal): Promise<TargetFacts> {
  return parseProbe(await ask(target, `${PROBE_SCRIPT}\n${STATUS_SCRIPT}`, folder, signal));
}

/** Reads what is installed and how it runs, in one round trip that needs no Node. Raises `PROBE_FAILED`. */
export async function probeInstallation(target: Target, folder: string, signal?: AbortSignal): Promise<Installation> {
  return parseInstallation(await ask(target, STATUS_SCRIPT, folder, signal));
}

async function ask(target: Target, script: string, folder: string, signal?: AbortSignal): Promise<Sections> {
  const marker = newMarker();
  const { command, input } = scriptAsInput(script, [marker, folder, UNIT_NAME]);
  const { stdout, stderr, code } = await target.exec(command, { input, signal, timeoutMs: PROBE_TIMEOUT_MS });
  const sections = new Sections(stdout, marker);
  if (sections.has('end')) return sections;
  throw new AppError('PROBE_FAILED', `${target.name} did not answer the questions asked before a deployment.`, {
    hint: 'Open a terminal to it and see whether "sh" works there.',
    cause: `code ${code ?? 'none'}: ${stderr.trim() || stdout.slice(-200).trim() || 'no output'}`,
  });
}

/** The facts in a probe's answers. */
export function parseProbe(sections: Sections): TargetFacts {
  const osRelease = keyValues(sections.lines('os-release'));
  const [system = null, kernelRelease = null, machine = null] = sections.lines('uname');
  return {
    model: sections.line('model')?.trim() ?? null,
    serial: sections.line('serial')?.trim() ?? null,
    osName: osRelease.get('PRETTY_NAME') ?? macName(sections.text('os-release')),
    osId: osRelease.get('ID') ?? null,
    system,
    kernelRelease,
    machine,
    dpkgArchitecture: sections.line('dpkg'),
    longBit: numberOf(sections.line('long-bit')),
    elf: parseElf(sections.text('elf')),
    ...parseLibc(sections.text('libc')),
    account: parseAccount(sections),
    gpioGroupExists: /^gpio:/m.test(sections.text('gpio-group')),
    folder: parseFolder(sections),
    memoryBytes: kibibytes(/(\d+) kB/.exec(sections.text('memory'))?.[1]),
    clockSeconds: numberOf(sections.line('clock')),
    throttled: /throttled=(0x[0-9a-f]+)/i.exec(sections.text('throttled'))?.[1] ?? null,
    sudo: parseSudo(sections.text('sudo')),
    systemd: {
      running: sections.says('systemd', 'running'),
      version: numberOf(/^systemd (\d+)/m.exec(sections.text('systemctl'))?.[1] ?? null),
      userManager: sections.says('user-manager', 'running'),
      linger: sections.says('linger', 'yes'),
      hasLoginctl: sections.line('loginctl') !== null,
    },
    hasApt: sections.line('apt') !== null,
    nodePackage: parseCandidate(sections.text('apt-node')),
    hasGzip: sections.line('gzip') !== null,
    avahi: { hasFolder: sections.says('avahi', 'folder'), running: sections.says('avahi', 'running') },
    gpio: parseGpio(sections),
    ports: parsePorts(sections),
    nodes: sections.lines('node').map(parseNode),
    runtimes: sections.lines('runtimes'),
    installation: parseInstallation(sections),
  };
}

function parseAccount(sections: Sections): TargetFacts['account'] {
  const [uid = null, gid = null, user = null, groups = ''] = sections.lines('user');
  return {
    user,
    uid: numberOf(uid),
    gid: numberOf(gid),
    groups: groups.split(' ').filter((name) => name !== ''),
    home: sections.line('home') ?? '',
  };
}

function parseFolder(sections: Sections): TargetFacts['folder'] {
  const [nearest = '/', firstMissing = null] = sections.lines('nearest');
  const disk = dfFields(sections.lines('disk'));
  const inodes = dfFields(sections.lines('inodes'));
  const mountPoint = disk?.mountPoint ?? null;
  return {
    path: sections.line('folder') ?? '',
    nearest,
    firstMissing,
    writable: sections.says('writable', 'yes'),
    freeBytes: disk === null ? null : disk.available * 1024,
    // A file system without a fixed table, such as btrfs, shows zero of zero.
    freeInodes: inodes === null || inodes.total === 0 ? null : inodes.available,
    mountPoint,
    mountOptions: mountPoint === null ? [] : mountOptions(sections.lines('mounts'), mountPoint),
  };
}

/** The last line of POSIX `df -P`: device, total, used, available, percent, mount point (which may hold blanks). */
function dfFields(lines: readonly string[]): { total: number; available: number; mountPoint: string } | null {
  const match = /\s(\d+)\s+(\d+)\s+(-?\d+)\s+(?:\d+%|-)\s+(\/.*)$/.exec(lines.at(-1) ?? '');
  if (!match) return null;
  return { total: Number(match[1]), available: Math.max(0, Number(match[3])), mountPoint: match[4] ?? '/' };
}

/** `/proc/mounts` writes a blank as `\040` (fstab(5)); the last mount on a point is the one in effect. */
function mountOptions(lines: readonly string[], mountPoint: string): readonly string[] {
  const unescape = (text: string): string =>
    text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  const line = lines.map((text) => text.split(' ')).findLast((fields) => unescape(fields[1] ?? '') === mountPoint);
  return line?.[3]?.split(',') ?? [];
}

function parseSudo(text: string): SudoFact {
  if (/^root$/m.test(text)) return 'root';
  if (/^passwordless$/m.test(text)) return 'passwordless';
  if (/^missing$/m.test(text)) return 'missing';
  if (/password is required|interactive authentication|a terminal is required/i.test(text)) return 'password';
  if (/not in the sudoers|may not run|not allowed/i.test(text)) return 'refused';
  return text === '' ? 'unknown' : 'password';
}

/** `od -tx1` of the first 40 bytes of an ELF file. */
export function parseElf(text: string): ElfFacts | null {
  const bytes = text.split(/\s+/).map((byte) => Number.parseInt(byte, 16));
  const at = (offset: number): number => bytes[offset] ?? 0;
  if (at(0) !== 0x7f || at(1) !== 0x45 || at(2) !== 0x4c || at(3) !== 0x46 || at(5) !== 1) return null;
  const bits = at(4) === 2 ? 64 : 32;
  const machine = at(18) | (at(19) << 8);
  // e_flags of a 32-bit file; EF_ARM_ABI_FLOAT_SOFT and _HARD, "ELF for the Arm Architecture" 5.2.
  const flags = at(36) | (at(37) << 8);
  const isArm32 = bits === 32 && machine === 40;
  return { bits, machine, hardFloat: !isArm32 ? null : flags & 0x400 ? true : flags & 0x200 ? false : null };
}

function parseLibc(text: string): Pick<TargetFacts, 'libc' | 'glibcVersion'> {
  const glibc = /glibc (\d+)\.(\d+)/.exec(text);
  if (glibc) return { libc: 'glibc', glibcVersion: [Number(glibc[1]), Number(glibc[2])] };
  return { libc: /^musl$/m.test(text) ? 'musl' : null, glibcVersion: null };
}

function parseNode(line: string): NodeCandidate {
  const [path = '', code = '', version = '', arch = '', execPath = ''] = line.split('\t');
  const ran = code === '0' && /^v\d+\.\d+\.\d+/.test(version);
  return {
    path,
    execPath: ran ? execPath || path : null,
    version: ran ? version.slice(1) : null,
    arch: ran ? arch || null : null,
    exitCode: Number(code),
  };
}

function parseGpio(sections: Sections): GpioFacts {
  const sysfs = sections.lines('gpio-sysfs');
  return {
    sysfsChips: !sysfs.includes('here')
      ? null
      : sysfs.flatMap((line) => {
          const match = /^chip (\d+) (.+)$/.exec(line);
          return match ? [{ base: Number(match[1]), label: match[2] ?? '' }] : [];
        }),
    sysfsWritable: sysfs.includes('writable'),
    exported: sysfs.flatMap((line) => /^exported (\d+)$/.exec(line)?.[1] ?? []).map(Number),
    devices: sections.lines('gpio-devices').map((line) => {
      const [path = '', usable = ''] = line.split(' ');
      return { path, usable: usable === 'yes' };
    }),
    gpiodetect: sections.text('gpiodetect') || null,
    gpiosetVersion: sections.line('gpioset'),
    hasPinctrl: sections.line('pinctrl') !== null,
    gpioinfo: sections.text('gpioinfo'),
  };
}

/** Listening ports, each once: from `/proc/net/tcp` (proc(5)), with names from `ss`; else from `netstat`. */
function parsePorts(sections: Sections): ListeningPort[] {
  const owners = new Map<number, string | null>();
  for (const line of sections.lines('ports')) {
    const port = Number.parseInt(/^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) /.exec(line)?.[1] ?? '', 16);
    if (port > 0) owners.set(port, null);
  }
  for (const line of sections.lines('netstat')) {
    const port = Number(/^tcp\S*\s.*[.:](\d+)\s+\S+\s+LISTEN/.exec(line)?.[1]);
    if (port > 0) owners.set(port, null);
  }
  for (const line of sections.lines('ss')) {
    const port = Number(/^LISTEN\s+\d+\s+\d+\s+\S*:(\d+)\s/.exec(line)?.[1]);
    const owner = /users:\(\("([^"]+)",pid=(\d+)/.exec(line);
    if (port > 0 && (owner || !owners.has(port))) owners.set(port, owner ? `${owner[1]} (process ${owner[2]})` : null);
  }
  return [...owners].map(([port, owner]) => ({ port, owner })).sort((a, b) => a.port - b.port);
}

function keyValues(lines: readonly string[]): Map<string, string> {
  return new Map(
    lines.flatMap((line) => {
      const match = /^([A-Z_]+)=(.*)$/.exec(line);
      return match ? [[match[1] ?? '', (match[2] ?? '').replace(/^(["'])(.*)\1$/, '$2')] as const] : [];
    }),
  );
}

/** `sw_vers` of macOS, for the practice device. */
function macName(text: string): string | null {
  const name = /ProductName:\s*(.+)/.exec(text)?.[1];
  const version = /ProductVersion:\s*(.+)/.exec(text)?.[1];
  return name ? `${name.trim()} ${version?.trim() ?? ''}`.trim() : null;
}

function numberOf(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text.trim()) ? Number(text) : null;
}

function kibibytes(text: string | undefined): number | null {
  return text === undefined ? null : Number(text) * 1024;
}
