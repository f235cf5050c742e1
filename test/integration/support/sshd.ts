import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { mayHaveOwnMounts, withMounts } from './own-mounts.ts';
import { makeSystemdDouble } from './systemd-double.ts';
import { canMakeUsers, makeTemporaryUser, type TemporaryUser } from './temporary-user.ts';

const run = promisify(execFile);
const SSHD = '/usr/sbin/sshd';

export type HostKeyType = 'ed25519' | 'ecdsa' | 'rsa';

export interface SshdOptions {
  /** Address listened on; default 127.0.0.1. */
  readonly address?: string;
  readonly port?: number;
  /** Default ed25519 only. */
  readonly hostKeys?: readonly HostKeyType[];
  /** Lines put before all others of sshd_config, so that they win: `['MaxSessions 2', 'Banner /path']`. */
  readonly config?: readonly string[];
  /** Allows password sign-in; default true where accounts can be made. */
  readonly passwords?: boolean;
  /** Through PAM, as keyboard-interactive needs it; default false (sshd reads shadow itself). */
  readonly pam?: boolean;
  /** `internal` is the default; `none` is a server without SFTP; anything else is a command line. */
  readonly sftp?: string;
  /** Text of the user's `.bashrc`, which bash reads for commands over SSH too. */
  readonly bashrc?: string;
  /** Login shell; default /bin/bash. */
  readonly shell?: string;
  /** Programs put first in PATH, by name: shell script text. For a sudo or df that answers as a test needs. */
  readonly programs?: Readonly<Record<string, string>>;
  /** A double of systemd, in a mount namespace of this sshd's own; needs root. Default: what the machine has. */
  readonly systemd?: boolean;
  /** Shows a Node that was built for another processor in place of this machine's; needs root. */
  readonly wrongNode?: boolean;
}

/** A running sshd and an account on it. */
export interface Sshd {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Empty where accounts cannot be made: then only the key works. */
  readonly password: string;
  /** The account's home, inside `folder`. */
  readonly home: string;
  /** Path of an unencrypted ed25519 key that is authorized. */
  readonly keyPath: string;
  readonly folder: string;
  /** `SHA256:...` of each host key. */
  fingerprint(type?: HostKeyType): Promise<string>;
  /** `ssh-ed25519 AAAA...` of a host key. */
  publicHostKey(type?: HostKeyType): Promise<string>;
  /** Everything sshd logged so far. */
  log(): string;
  /** Makes new host keys and starts again on the same port, as a re-flashed SD card does. */
  reflash(types?: readonly HostKeyType[]): Promise<void>;
  /** Ends every connection and stops listening, as pulling the plug does for the far side. */
  halt(): Promise<void>;
  /** Listens again after `halt`. */
  restart(): Promise<void>;
  /** Freezes every sshd process: the network is up but nothing answers. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends the connections that are open; new ones are welcome. */
  dropConnections(): Promise<void>;
  /** Ends everything and removes the account and the folder. */
  stop(): Promise<void>;
}

/**
 * Starts Debian's real sshd with its own configuration, host keys and port. As root it makes a throw-away account, so
 * that passwords work and no real home is touched; otherwise the account is the one the tests run as, by key only.
 */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  if (!existsSync(SSHD)) throw new Error(`${SSHD} is missing: apt-get install openssh-server`);
  const folder = await mkdtemp(join(tmpdir(), 'pi-workbench-sshd-'));
  await chmod(folder, 0o755);
  const server = new RealSshd(folder, options);
  try {
    await server.prepare();
    await server.start();
  } catch (thrown) {
    await server.stop();
    throw thrown;
  }
  return server;
}

class RealSshd implements Sshd {
  readonly folder: string;
  readonly address: string;
  readonly home: string;
  readonly keyPath: string;
  port = 0;
  user = userInfo().username;
  password = '';
  readonly #options: SshdOptions;
  #account: TemporaryUser | undefined;
  #mounts: Readonly<Record<string, string>> = {};
  #process: ChildProcess | undefined;
  #log = '';

  constructor(folder: string, options: SshdOptions) {
    this.folder = folder;
    this.#options = options;
    this.address = options.address ?? '127.0.0.1';
    this.home = join(folder, 'home');
    this.keyPath = join(folder, 'id_ed25519');
  }

  async prepare(): Promise<void> {
    await mkdir(this.home, { mode: 0o700 });
    await this.#writeFiles();
    if (canMakeUsers()) {
      // sshd as root insists on its separation folder; Debian makes it when the service starts.
      await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
      this.#account = await makeTemporaryUser(this.home, this.#options.shell ?? '/bin/bash');
      this.user = this.#account.name;
      this.password = this.#account.password;
      await this.#giveToAccount(join(this.home, '.bashrc'));
    }
    await this.#makeHostKeys(this.#options.hostKeys ?? ['ed25519']);
  }

  async #writeFiles(): Promise<void> {
    await writeFile(join(this.home, '.bashrc'), this.#options.bashrc ?? '');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test user', '-f', this.keyPath]);
    await cp(`${this.keyPath}.pub`, join(this.folder, 'authorized_keys'));
    const bin = join(this.folder, 'bin');
    await mkdir(bin);
    const systemd = this.#options.systemd ? await makeSystemdDouble(this.folder) : undefined;
    this.#mounts = { ...systemd?.mounts, ...(this.#options.wrongNode ? await wrongNodes(this.folder) : {}) };
    for (const [name, text] of Object.entries({ ...systemd?.programs, ...this.#options.programs })) {
      await writeFile(join(bin, name), text, { mode: 0o755 });
    }
  }

  async #giveToAccount(path: string): Promise<void> {
    if (this.#account) await chown(path, this.#account.uid, this.#account.gid);
  }

  async #makeHostKeys(types: readonly HostKeyType[]): Promise<void> {
    const keys = join(this.folder, 'host-keys');
    await rm(keys, { recursive: true, force: true });
    await mkdir(keys);
    for (const type of types) {
      const size = type === 'rsa' ? ['-b', '2048'] : [];
      await run('ssh-keygen', ['-q', '-t', type, ...size, '-N', '', '-C', '', '-f', this.#hostKey(type)]);
    }
  }

  #hostKey(type: HostKeyType): string {
    return join(this.folder, 'host-keys', type);
  }

  async start(): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      this.port = this.port || (this.#options.port ?? (await freePort(this.address)));
      await writeFile(join(this.folder, 'sshd_config'), await this.#configuration());
      if (await this.#launch()) return;
      // Another test took the free port in between.
      if (attempt === 5 || this.#options.port) throw new Error(`sshd did not start:\n${this.#log}`);
      this.port = 0;
    }
  }

  async #configuration(): Promise<string> {
    const options = this.#options;
    const hostKeys = await readdir(join(this.folder, 'host-keys'));
    const sftp = options.sftp ?? 'internal-sftp';
    const passwords = (options.passwords ?? true) && this.#account !== undefined;
    return [
      ...(options.config ?? []),
      `ListenAddress ${this.address.includes(':') ? `[${this.address}]` : this.address}:${this.port}`,
      ...hostKeys
        .filter((name) => !name.endsWith('.pub'))
        .map((name) => `HostKey ${join(this.folder, 'host-keys', name)}`),
      `AuthorizedKeysFile ${join(this.folder, 'authorized_keys')} .ssh/authorized_keys`,
      // The home is under a shared temporary folder, which StrictModes objects to.
      'StrictModes no',
      `PasswordAuthentication ${passwords ? 'yes' : 'no'}`,
      'KbdInteractiveAuthentication no',
      `UsePAM ${options.pam ? 'yes' : 'no'}`,
      'UseDNS no',
      'PrintMotd no',
      'PrintLastLog no',
      'PidFile none',
      'LogLevel VERBOSE',
      'MaxStartups 100:30:200',
      `SetEnv PATH=${join(this.folder, 'bin')}:/usr/local/bin:/usr/bin:/bin${this.#account ? '' : ` HOME=${this.home}`}`,
      ...(sftp === 'none' ? [] : [`Subsystem sftp ${sftp}`]),
      '',
    ].join('\n');
  }

  /** True once it listens; false when it ended first. */
  async #launch(): Promise<boolean> {
    const argv = [SSHD, '-D', '-e', '-f', join(this.folder, 'sshd_config')];
    const [program = SSHD, ...args] = withMounts(this.#mounts, argv);
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
    while (child.exitCode === null && child.signalCode === null) {
      if (await accepts(this.address, this.port)) return true;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return false;
  }

  async fingerprint(type: HostKeyType = 'ed25519'): Promise<string> {
    const [, base64 = ''] = (await this.publicHostKey(type)).split(' ');
    const hash = createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64');
    return `SHA256:${hash.replace(/=+$/, '')}`;
  }

  async publicHostKey(type: HostKeyType = 'ed25519'): Promise<string> {
    return (await readFile(`${this.#hostKey(type)}.pub`, 'utf8')).trim();
  }

  log(): string {
    return this.#log;
  }

  async reflash(types: readonly HostKeyType[] = this.#options.hostKeys ?? ['ed25519']): Promise<void> {
    await this.halt();
    await this.#makeHostKeys(types);
    await this.restart();
  }

  async halt(): Promise<void> {
    const child = this.#process;
    if (!child?.pid) return;
    const family = await descendants(child.pid);
    const ended = child.exitCode !== null || child.signalCode !== null ? undefined : onceExited(child);
    for (const pid of [child.pid, ...family]) signalIfAlive(pid, 'SIGKILL');
    await ended;
    this.#process = undefined;
  }

  async restart(): Promise<void> {
    if (!(await this.#launch())) throw new Error(`sshd did not start again:\n${this.#log}`);
  }

  async pause(): Promise<void> {
    await this.#signalAll('SIGSTOP');
  }

  async resume(): Promise<void> {
    await this.#signalAll('SIGCONT');
  }

  async dropConnections(): Promise<void> {
    if (!this.#process?.pid) return;
    for (const pid of await descendants(this.#process.pid)) signalIfAlive(pid, 'SIGKILL');
  }

  async #signalAll(signal: NodeJS.Signals): Promise<void> {
    const main = this.#process?.pid;
    if (!main) return;
    for (const pid of [main, ...(await descendants(main))]) signalIfAlive(pid, signal);
  }

  async stop(): Promise<void> {
    await this.halt();
    await this.#account?.remove();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** True where something can be mounted that only an sshd of a test sees: as root, with a kernel that lets it. */
export function canMount(): boolean {
  return canMakeUsers() && mayHaveOwnMounts();
}

/** What to mount over the places where this machine may have its Node. */
async function wrongNodes(folder: string): Promise<Readonly<Record<string, string>>> {
  const wrong = join(folder, 'wrong-node');
  await writeFile(wrong, '#!/bin/sh\nexit 132\n', { mode: 0o755 });
  const places = [process.execPath, '/usr/bin/node', '/usr/local/bin/node'].filter((place) => existsSync(place));
  return Object.fromEntries((await Promise.all(places.map((place) => realpath(place)))).map((place) => [place, wrong]));
}

function accepts(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      socket.destroy();
      resolve(false);
    });
  });
}

/** Every process below `root`, by parent links in /proc. */
async function descendants(root: number): Promise<number[]> {
  const children = new Map<number, number[]>();
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 1).split(' ')[2]);
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const found: number[] = [];
  for (let queue = [root]; queue.length > 0;) {
    const pid = queue.shift() ?? 0;
    const below = children.get(pid) ?? [];
    found.push(...below);
    queue = [...queue, ...below];
  }
  return found;
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (thrown) {
    if (!String(thrown).includes('ESRCH')) throw thrown;
  }
}

function onceExited(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('exit', () => resolve()));
}
