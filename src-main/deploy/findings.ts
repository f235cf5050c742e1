import { HEADER_PINS } from '../../pi-agent/src/board.ts';
import { AppError } from '../errors/index.ts';
import { readableSize } from '../target/upload/upload-error.ts';
import { chooseArchitecture } from './architecture.ts';
import type { TargetFacts } from './facts.ts';
import { ownPorts } from './installation.ts';
import { foreignConsumer, usableDrivers } from './pin-use.ts';
import { findRuntime, noRuntime } from './runtime/choice.ts';
import { nodePackageOf, packageTooOld } from './runtime/node-package.ts';
import { RUNTIME_ROOM_BYTES } from './runtime/pinned.ts';
import { chooseService } from './service/choice.ts';
import type { DeployOptions } from './settings.ts';

export type FindingLevel = 'good' | 'warning' | 'stop';

/** One line of the table shown before a deployment. */
export interface Finding {
  readonly id: string;
  readonly title: string;
  readonly level: FindingLevel;
  /** What was found, as a short phrase or sentence. */
  readonly text: string;
  /** What to do; empty when nothing is to be done. */
  readonly hint: string;
  /** apt could install what is missing: `DeployOptions.installNode`. */
  readonly canInstallNode?: boolean;
  /** For a `stop`: the code of the error a deployment would end with. */
  readonly code: string;
}

export interface FindingContext {
  readonly options: DeployOptions;
  /** Bytes that will be sent. */
  readonly uploadBytes: number;
  /** This computer's clock, milliseconds since the epoch. */
  readonly now: number;
  readonly isPractice: boolean;
}

const CLOCK_TOLERANCE_MS = 120_000;
/** Room for the upload, its checked copy and the previous version. */
const ROOM_FACTOR = 3;
const LEAST_INODES = 50;

/** What the facts mean for a deployment with these options, in the order shown. Pure. */
export function findingsOf(facts: TargetFacts, context: FindingContext): readonly Finding[] {
  return [
    machine(facts),
    system(facts),
    architecture(facts),
    node(facts, context),
    disk(facts, context),
    folder(facts),
    clock(facts, context.now),
    service(facts, context),
    ...gpio(facts, context),
    ports(facts, context),
    ...power(facts),
  ];
}

/** Raises what stops a deployment, when something does. */
export function raiseStop(findings: readonly Finding[]): void {
  const stop = findings.find(({ level }) => level === 'stop');
  if (stop) throw new AppError(stop.code, stop.text, { hint: stop.hint, details: { finding: stop.id } });
}

const good = (id: string, title: string, text: string): Finding => ({
  id,
  title,
  level: 'good',
  text,
  hint: '',
  code: '',
});
const warning = (id: string, title: string, text: string, hint: string): Finding => ({
  id,
  title,
  level: 'warning',
  text,
  hint,
  code: '',
});
const stop = (id: string, title: string, code: string, text: string, hint: string): Finding => ({
  id,
  title,
  level: 'stop',
  text,
  hint,
  code,
});

function machine({ model, machine: kernel, memoryBytes, serial }: TargetFacts): Finding {
  const name = model ?? `${kernel ?? 'unknown'} machine, not a Raspberry Pi`;
  const memory = memoryBytes === null ? '' : `, ${(memoryBytes / 1024 ** 3).toFixed(1)} GiB of memory`;
  return good('model', 'Machine', `${name}${memory}${serial ? `, serial number ${serial}` : ''}`);
}

function system({ osName, kernelRelease, system: kernel }: TargetFacts): Finding {
  return good('system', 'System', `${osName ?? kernel ?? 'unknown'}, kernel ${kernelRelease ?? 'unknown'}`);
}

function architecture(facts: TargetFacts): Finding {
  const choice = chooseArchitecture(facts);
  const title = 'Programs';
  switch (choice.kind) {
    case 'known': {
      const bits = choice.arch === 'linux-armv7l' ? '32-bit' : '64-bit';
      const kernel = facts.machine ?? '';
      const mixed = bits === '32-bit' && /^(aarch64|arm64)$/.test(kernel) ? `, under a 64-bit kernel (${kernel})` : '';
      return good('architecture', title, `${bits}, ${choice.arch.replace('linux-', '')}${mixed}: ${choice.because}`);
    }
    case 'armv6':
      return warning(
        'architecture',
        title,
        'ARMv6 (Pi Zero or Pi 1)',
        'Only the Node.js of its own system runs here: "sudo apt install nodejs".',
      );
    case 'unsupported':
      return warning('architecture', title, choice.name, 'Only a Node.js that is installed already can be used.');
    case 'unknown':
      return warning('architecture', title, 'It did not say what it is.', 'Only a Node.js that is there can be used.');
  }
}

function node(facts: TargetFacts, context: FindingContext): Finding {
  const runtime = findRuntime(facts);
  if (runtime === null) return withoutNode(facts, context);
  const { node: path, version, carried } = runtime;
  return good('node', 'Node.js', carried ? broughtWords(facts, path, version) : `${version} (${path})`);
}

function withoutNode(facts: TargetFacts, { options, isPractice }: FindingContext): Finding {
  const stopWith = ({ code, message, hint }: AppError): Finding => stop('node', 'Node.js', code, message, hint);
  const missing = noRuntime(facts);
  const offer = isPractice ? { kind: 'none' as const } : nodePackageOf(facts);
  if (offer.kind === 'none') return stopWith(missing);
  if (offer.kind === 'too-old') return stopWith(packageTooOld(offer.version));
  if (!options.installNode) return { ...stopWith(missing), canInstallNode: true };
  const text = `apt will install ${offer.version === null ? "the system's own" : offer.version} first.`;
  const hint = 'It needs the Internet and takes some minutes. Uninstalling the agent leaves Node.js there.';
  return { ...warning('node', 'Node.js', text, hint), canInstallNode: true };
}

function broughtWords({ runtimes, nodes }: TargetFacts, path: string, version: string): string {
  if (runtimes.includes(path)) return `${version}, which this app brought along before`;
  const old = nodes.find((candidate) => candidate.version !== null)?.version;
  const why = old ? `${old} is too old` : nodes.length > 0 ? 'The one there does not run' : 'None';
  return `${why}; this app brings ${version} along, about 45 MB the first time.`;
}

function disk(facts: TargetFacts, { uploadBytes }: FindingContext): Finding {
  const { freeBytes, freeInodes } = facts.folder;
  const needed = uploadBytes * ROOM_FACTOR + roomForRuntime(facts);
  if (freeBytes !== null && freeBytes < needed) {
    const text = `The disk is full on the device: ${readableSize(freeBytes)} free, ${readableSize(needed)} needed.`;
    return stop('disk', 'Disk', 'DISK_FULL', text, 'Delete what is not needed ("sudo apt clean" often helps).');
  }
  if (freeInodes !== null && freeInodes < LEAST_INODES) {
    const text = `The disk has room for only ${freeInodes} more files.`;
    return stop('disk', 'Disk', 'DISK_FULL', text, 'Delete small files that are not needed.');
  }
  return good(
    'disk',
    'Disk',
    freeBytes === null ? 'It did not say how much is free.' : `${readableSize(freeBytes)} free`,
  );
}

function roomForRuntime(facts: TargetFacts): number {
  const runtime = findRuntime(facts);
  return !runtime?.carried || facts.runtimes.includes(runtime.node) ? 0 : RUNTIME_ROOM_BYTES;
}

function folder({ folder: { path, nearest, writable, mountOptions } }: TargetFacts): Finding {
  if (!writable || mountOptions.includes('ro')) {
    const why = mountOptions.includes('ro') ? 'its file system is read-only' : 'this user may not write there';
    const text = `The folder ${path} cannot be made in ${nearest}: ${why}.`;
    return stop('folder', 'Folder', 'FOLDER_NOT_WRITABLE', text, 'Choose another folder, or sign in as another user.');
  }
  const note = mountOptions.includes('noexec') ? ' (nothing may be executed there, which the agent does not need)' : '';
  return good('folder', 'Folder', `${path || 'It did not say where it is.'}${note}`);
}

function clock({ clockSeconds }: TargetFacts, now: number): Finding {
  if (clockSeconds === null) return good('clock', 'Clock', 'It did not tell the time.');
  const offMs = clockSeconds * 1000 - now;
  if (Math.abs(offMs) < CLOCK_TOLERANCE_MS) return good('clock', 'Clock', 'In step with this computer');
  const minutes = Math.round(Math.abs(offMs) / 60_000);
  const amount = minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
  const hint = 'The times in its log will be wrong. A Pi has no battery for its clock and sets it over the Internet.';
  return warning('clock', 'Clock', `${amount} ${offMs < 0 ? 'behind' : 'ahead of'} this computer`, hint);
}

function service(facts: TargetFacts, { options, isPractice }: FindingContext): Finding {
  const title = 'Keeps running';
  const choice = chooseService(facts, options.service);
  if (choice.problem) return stop('service', title, choice.problem.code, choice.problem.message, choice.problem.hint);
  const { kind, needsPassword } = choice;
  if (kind === 'system') {
    const how = needsPassword ? ' sudo will ask for the password once.' : '';
    return good('service', title, `As a service of the system: after a crash and after a restart too.${how}`);
  }
  if (isPractice)
    return good('service', title, 'As a program of this computer, until you stop it or restart the computer.');
  if (kind === 'user') {
    const lingers = facts.systemd.linger;
    if (lingers) return good('service', title, 'As a service of the user, after a restart too.');
    return warning(
      'service',
      title,
      'As a service of the user.',
      'Staying after sign-out (linger) is switched on too, where the device allows it.',
    );
  }
  return warning(
    'service',
    title,
    'As a plain program: it is started again after a crash, but not after a restart of the device.',
    whyPlain(facts),
  );
}

function whyPlain({ systemd, sudo }: TargetFacts): string {
  if (!systemd.running) return 'There is no systemd that could start it with the device.';
  if (sudo === 'missing' || sudo === 'refused')
    return 'This user has no sudo; with it the agent would start with the device.';
  return 'Choose "Service of the system" to start it with the device.';
}

function gpio(facts: TargetFacts, { options }: FindingContext): readonly Finding[] {
  const title = 'LED pin';
  const { bcm, driver } = options.settings;
  const pin = HEADER_PINS.find((candidate) => candidate.bcm === bcm);
  const name = `Pin ${pin?.header ?? '?'} (GPIO ${bcm})`;
  if (driver === 'simulated') return [good('gpio', title, `${name}, simulated: no pin is touched.`)];
  const { sysfsChips, devices, hasPinctrl } = facts.gpio;
  if (sysfsChips === null && devices.length === 0 && !hasPinctrl) {
    return [
      warning('gpio', title, 'There are no GPIO pins here.', 'Choose the simulated LED, or sign in to a Raspberry Pi.'),
    ];
  }
  const usable = facts.gpio.sysfsWritable || devices.some((device) => device.usable);
  const isRoot = facts.account.uid === 0;
  if (!usable && !isRoot && facts.gpioGroupExists && !facts.account.groups.includes('gpio')) {
    const user = facts.account.user ?? 'this user';
    const hint = `Run "sudo usermod -aG gpio ${user}" on the device, sign out and in again.`;
    return [warning('gpio', title, `${name}: ${user} is not in the group "gpio".`, hint)];
  }
  if (!usable && !isRoot) {
    return [warning('gpio', title, `${name}: this user may not use the pins.`, 'Sign in as a user who may.')];
  }
  const consumer = foreignConsumer(facts, bcm);
  if (consumer !== null) {
    return [warning('gpio', title, `${name} is in use by ${consumer}.`, 'Choose another pin, or stop what uses it.')];
  }
  const drivers = usableDrivers(facts);
  if (drivers.length === 0) {
    const hint = 'Run "sudo apt install gpiod" on the device.';
    return [warning('gpio', title, `${name}: the programs that switch it are missing.`, hint)];
  }
  return [good('gpio', title, `${name}, by ${drivers.join(', ')}`)];
}

function ports(facts: TargetFacts, { options }: FindingContext): Finding {
  const { ledPort, echoPort } = options.settings;
  const own = ownPorts(facts.installation);
  for (const port of [ledPort, echoPort]) {
    if (own.includes(port)) continue;
    const taken = facts.ports.find((listening) => listening.port === port);
    if (!taken) continue;
    const text = `Port ${port} is in use${taken.owner === null ? ' by another program' : ` by ${taken.owner}`}.`;
    return stop('ports', 'Ports', 'PORT_IN_USE', text, 'Stop that program, or choose other ports.');
  }
  if (ledPort === echoPort) {
    const text = 'LED and echo have the same port.';
    return stop('ports', 'Ports', 'SAME_PORTS', text, 'Give each a port of its own.');
  }
  return good('ports', 'Ports', `${ledPort} for the LED and ${echoPort} for the echo are free.`);
}

/** What the Pi's firmware says of its power supply (`vcgencmd get_throttled`): bit 0 now, bit 16 since the start. */
function power({ throttled }: TargetFacts): readonly Finding[] {
  if (throttled === null) return [];
  const bits = Number(throttled);
  const hint = 'Use the power supply made for this Pi: a weak one crashes it at odd moments.';
  if (bits & 0x1) return [warning('power', 'Power', 'The voltage is too low now.', hint)];
  if (bits & 0x10000) return [warning('power', 'Power', 'The voltage was too low since the last start.', hint)];
  return [good('power', 'Power', 'The voltage is right')];
}
