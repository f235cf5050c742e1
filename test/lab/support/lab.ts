import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const SCRIPT = join(import.meta.dirname, '../container/pi-container.sh');

/** The lab's network namespace (10.77.0.2), which sees nothing but the lab. */
export const LAN_NAMESPACE = 'pilab-lan';

/** Which container Pi to boot; see the head of `pi-container.sh`. */
export interface PiOptions {
  /** Host name, and the name of everything the Pi has on this machine: one running Pi a name. */
  readonly name?: string;
  /** Address in 10.77.0.0/24. Suites that may run side by side take different ones. */
  readonly ip?: string;
  readonly mac?: string;
  readonly os?: 'bookworm' | 'trixie';
  readonly node?: 'none' | 'debian';
  readonly gpiod?: 'none' | 'debian';
  readonly polkit?: 'none' | 'debian';
  readonly avahiUtils?: 'none' | 'debian';
  readonly sudo?: 'nopasswd' | 'password' | 'none';
  readonly userland?: 'native' | 'armhf' | 'armv6';
  readonly sshd?: 'openssh' | 'no-sftp' | 'dropbear';
  readonly shell?: 'quiet' | 'noisy';
  readonly advertise?: 'ssh' | 'stock' | 'none';
  /** Milliseconds a just-exported GPIO stays root's, as udev makes it on a Pi. */
  readonly udevMs?: number;
}

export interface CommandOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const PI_USER = 'pi';
export const PI_PASSWORD = 'raspberry';

/** Kernel's and volatile folders, logs and caches, what systemd keeps for itself, and sudo's notes of its first use. */
const LEFT_OUT = [
  ...['/proc', '/sys', '/dev', '/run', '/tmp', '/var/tmp', '/var/log', '/var/cache'],
  ...['/var/lib/systemd/[!l]*', '/var/lib/sudo', '/home/pi/.sudo_as_admin_successful'],
];

/** A booted container Pi. */
export class LabPi {
  readonly name: string;
  readonly ip: string;
  readonly mac: string;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(options: PiOptions) {
    this.name = options.name ?? 'raspberrypi';
    this.ip = options.ip ?? '10.77.0.16';
    this.mac = options.mac ?? 'b8:27:eb:12:34:56';
    this.#environment = environmentOf(options, this.name, this.ip, this.mac);
  }

  /** Boots a pristine Pi (building what it needs, when missing) and resolves when its sshd answers. */
  static async up(options: PiOptions = {}): Promise<LabPi> {
    const pi = new LabPi(options);
    await script(pi.#environment, ['build', ...partsOf(options)]);
    await script(pi.#environment, ['up']);
    return pi;
  }

  /** Stops it and removes everything it had on this machine. */
  async down(): Promise<void> {
    await script(this.#environment, ['down']);
  }

  /** Reboots it and resolves when its sshd answers again; what was changed on it stays. */
  reboot(): Promise<void> {
    return this.#bootedAfter(() => this.exec(['systemctl', 'reboot']));
  }

  /** Takes its power away and gives it back; nothing on it sees that coming. What was changed on it stays. */
  cutPower(): Promise<void> {
    return this.#bootedAfter(() => script(this.#environment, ['powercut']));
  }

  async #bootedAfter(act: () => Promise<unknown>): Promise<void> {
    const before = await this.shell('cat /proc/1/stat | cut -d" " -f22');
    await act();
    const deadline = Date.now() + 60_000;
    while (Date.now() < deadline) {
      const now = await this.exec(['sh', '-c', 'cat /proc/1/stat | cut -d" " -f22 && systemctl is-active -q ssh']);
      if (now.code === 0 && now.stdout !== before && (await this.answers())) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${this.name} did not boot again`);
  }

  /** True when its sshd answers. */
  async answers(): Promise<boolean> {
    return (await outcome(this.#environment, ['status'])).code === 0;
  }

  /** Runs a program as root inside the Pi; a non-zero code is a result. */
  exec(argv: readonly string[]): Promise<CommandOutcome> {
    return outcome(this.#environment, ['exec', ...argv]);
  }

  /** What a shell line printed, run as root inside the Pi; a non-zero code is an error. */
  async shell(line: string): Promise<string> {
    const done = await this.exec(['sh', '-c', line]);
    if (done.code !== 0) throw new Error(`in ${this.name}: ${line}: code ${done.code}: ${done.stderr || done.stdout}`);
    return done.stdout;
  }

  /** The level on a GPIO pin, read from outside the Pi. */
  async led(bcm: number): Promise<0 | 1> {
    const level = (await script(this.#environment, ['led', String(bcm)])).trim();
    if (level !== '0' && level !== '1') throw new Error(`level of GPIO ${bcm}: ${JSON.stringify(level)}`);
    return level === '1' ? 1 : 0;
  }

  /** Every change of every pin so far: `1700000000.123 bcm27 1`. */
  async gpioLog(): Promise<readonly string[]> {
    return (await script(this.#environment, ['gpiolog'])).split('\n').filter((line) => line !== '');
  }

  /** Every change of the activity LED so far, oldest first: `trigger none`, `brightness 1`. */
  async activityLedLog(): Promise<readonly string[]> {
    const log = await script(this.#environment, ['actlog']);
    return [...log.matchAll(/^\S+ (.+)$/gm)].map(([, change = '']) => change);
  }

  /** The level fed to a pin while it is an input. */
  async drive(bcm: number, level: 0 | 1): Promise<void> {
    await script(this.#environment, ['drive', String(bcm), String(level)]);
  }

  /** What is wrong with a pin: held by a driver of the kernel (`busy`), or shorted. */
  async fault(bcm: number, fault: 'none' | 'busy' | 'ground' | '3v3'): Promise<void> {
    await script(this.#environment, ['fault', String(bcm), fault]);
  }

  /** Spoils the Pi's link until `heal()`: `['delay', '50', '10']`, `['loss', '5']`, `['rate', '512']`, `['unplug']`. */
  async impair(how: readonly string[]): Promise<void> {
    await script(this.#environment, ['impair', ...how]);
  }

  async heal(): Promise<void> {
    await script(this.#environment, ['heal']);
  }

  /**
   * Everything on the Pi's disk that a deployment could make or change, to compare before and after: type, mode, owner
   * and link target, and of files the size and the time of the last change. Left out is what a system that runs writes
   * by itself.
   */
  async ownFiles(): Promise<readonly string[]> {
    const prune = LEFT_OUT.map((path) => `-path '${path}' -prune -o`).join(' ');
    const list = await this.shell(
      `find / -xdev ${prune} -type f -printf '%p %y %m %U:%G %s %T@\\n' -o -printf '%p %y %m %U:%G %l\\n'`,
    );
    return list
      .split('\n')
      .filter((line) => line !== '')
      .sort();
  }

  /** Starts a program in the lab's network namespace (10.77.0.2), which sees nothing but the lab. */
  lan(argv: readonly string[]): ChildProcess {
    return spawn(SCRIPT, ['lan', ...argv], { env: this.#environment, stdio: ['pipe', 'pipe', 'pipe'] });
  }

  /** Runs a program in the lab's network namespace to its end. */
  lanExec(argv: readonly string[]): Promise<CommandOutcome> {
    return outcome(this.#environment, ['lan', ...argv]);
  }
}

function environmentOf(options: PiOptions, name: string, ip: string, mac: string): NodeJS.ProcessEnv {
  const wishes: Record<string, string | undefined> = {
    PI_NAME: name,
    PI_IP: ip,
    PI_MAC: mac,
    PI_OS: options.os,
    PI_NODE: options.node,
    PI_GPIOD: options.gpiod,
    PI_POLKIT: options.polkit,
    PI_AVAHI_UTILS: options.avahiUtils,
    PI_SUDO: options.sudo,
    PI_USERLAND: options.userland,
    PI_SSHD: options.sshd,
    PI_SHELL: options.shell,
    PI_ADVERTISE: options.advertise,
    PI_UDEV_MS: options.udevMs?.toString(),
  };
  const given = Object.entries(wishes).filter(([, value]) => value !== undefined);
  return { ...process.env, ...Object.fromEntries(given) };
}

function partsOf(options: PiOptions): readonly string[] {
  const parts: string[] = [options.os ?? 'bookworm'];
  if (options.node === 'debian') parts.push('node');
  if (options.gpiod === 'debian') parts.push('gpiod');
  if (options.polkit === 'debian') parts.push('polkit');
  if (options.avahiUtils === 'debian') parts.push('avahi');
  if (options.sshd === 'dropbear') parts.push('dropbear');
  return parts;
}

function outcome(env: NodeJS.ProcessEnv, args: readonly string[]): Promise<CommandOutcome> {
  return new Promise((resolve, reject) => {
    execFile(SCRIPT, [...args], { env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') resolve({ code, stdout, stderr });
      else reject(error ?? new Error('no exit code'));
    });
  });
}

async function script(env: NodeJS.ProcessEnv, args: readonly string[]): Promise<string> {
  const done = await outcome(env, args);
  if (done.code !== 0) throw new Error(`pi-container.sh ${args.join(' ')}: ${done.stderr || done.stdout}`);
  return done.stdout;
}
