import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ScriptRunner } from '../../../src-main/network/index.ts';
import type { ExecResult } from '../../../src-main/target/target.ts';

const run = promisify(execFile);

/** True where this process may make network namespaces: as root, with iproute2, and a kernel that lets it. */
export function canMakeNamespaces(): boolean {
  const name = `piw-try-${randomBytes(3).toString('hex')}`;
  try {
    execFileSync('ip', ['netns', 'add', name], { stdio: 'ignore' });
    execFileSync('ip', ['-n', name, 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    execFileSync('sh', ['-c', `ip netns del ${name} 2>/dev/null || true`]);
  }
}

/** A machine's network of its own, apart from the real one: interfaces, addresses, routes and neighbours as on a busy Pi. */
export class Bench {
  readonly #name = `piw-${randomBytes(4).toString('hex')}`;
  readonly #peer = `${this.#name}-p`;

  static async create(): Promise<Bench> {
    const bench = new Bench();
    await bench.#setUp();
    return bench;
  }

  async #setUp(): Promise<void> {
    await run('ip', ['netns', 'add', this.#name]);
    await run('ip', ['netns', 'add', this.#peer]);
    const inside = `ip -n ${this.#name}`;
    await run('sh', [
      '-ec',
      `for name in ${this.#name} ${this.#peer}; do
  for which in all default; do
    ip netns exec $name sh -c "echo 0 > /proc/sys/net/ipv6/conf/$which/router_solicitations"
  done
done
${inside} link set lo up
${inside} link add eth0 address b8:27:eb:12:34:56 type veth peer name p0 netns ${this.#peer}
${inside} link add enxb827eb112233 address b8:27:eb:11:22:33 type veth peer name p1 netns ${this.#peer}
${inside} link add eth1 address b8:27:eb:11:22:34 type veth peer name p2 netns ${this.#peer}
ip -n ${this.#peer} link set p0 up
${inside} link set eth0 up
${inside} link set enxb827eb112233 up
${inside} link add br0 address b8:27:eb:00:00:01 type bridge
${inside} link set br0 up
${inside} addr add 192.168.50.7/24 brd + dev eth0
${inside} addr add 192.168.50.8/24 brd + label eth0:1 dev eth0
${inside} addr add 192.168.77.1/22 brd + dev br0
${inside} addr add 2001:db8:50::7/64 dev eth0 nodad
${inside} addr add fd00:50::7/64 dev eth0 preferred_lft 0 valid_lft 3000
${inside} route add default via 192.168.77.254 dev br0 metric 600
${inside} route add default via 192.168.50.1 dev eth0 metric 202
${inside} -6 route add default via fe80::1 dev eth0 metric 1024
${inside} neigh add 192.168.50.44 lladdr dc:a6:32:aa:bb:cc dev eth0`,
    ]);
    await this.#untilQuiet();
  }

  /** Duplicate address detection and multicast reports go on for some seconds; until then counters move. */
  async #untilQuiet(): Promise<void> {
    let last = '';
    for (let tries = 0; tries < 30; tries += 1) {
      const { stdout: counters } = await this.run('cat', '/proc/net/dev');
      const { stdout: addresses } = await this.run('ip', '-6', 'addr');
      if (counters === last && !addresses.includes('tentative')) return;
      last = counters;
      await new Promise((resolve) => setTimeout(resolve, 1500));
    }
    throw new Error('the namespace did not become quiet');
  }

  run(...argv: readonly string[]): Promise<{ stdout: string; stderr: string }> {
    return run('ip', ['netns', 'exec', this.#name, ...argv], { maxBuffer: 16 * 1024 * 1024 });
  }

  /** Runs scripts in this namespace by `shell`, with nothing in the environment but PATH. */
  runner(
    options: { readonly path?: string; readonly shell?: readonly string[]; readonly noise?: string } = {},
  ): ScriptRunner {
    const { path = '/usr/sbin:/usr/bin:/sbin:/bin', shell = ['/bin/sh'], noise = '' } = options;
    return {
      exec: (command, { signal } = {}): Promise<ExecResult> =>
        new Promise((resolve, reject) => {
          const script = 'script' in command ? command.script : '';
          const argv = [
            'netns',
            'exec',
            this.#name,
            'env',
            '-i',
            `PATH=${path}`,
            'LANG=de_DE.UTF-8',
            ...shell,
            '-c',
            script,
          ];
          execFile('ip', argv, { signal, maxBuffer: 16 * 1024 * 1024 }, (failed, stdout, stderr) => {
            if (failed && failed.name === 'AbortError') reject(failed);
            else resolve({ stdout: `${noise}${stdout}${noise}`, stderr, code: 0, signal: null });
          });
        }),
    };
  }

  async remove(): Promise<void> {
    await run('ip', ['netns', 'del', this.#name]);
    await run('ip', ['netns', 'del', this.#peer]);
  }
}

/** What the script needs of any system: no tool that knows the network. */
const BASICS = ['cat', 'tr', 'uname', 'readlink', 'timeout', 'hostname', 'sleep'];

/** A folder of programs that is the whole PATH: symlinks to real ones, and scripts. */
export async function toolFolder(tools: {
  readonly real?: readonly string[];
  readonly busybox?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pi-workbench-tools-'));
  for (const name of [...BASICS, ...(tools.real ?? [])]) await symlink(await which(name), join(folder, name));
  for (const name of tools.busybox ?? []) await symlink(await which('busybox'), join(folder, name));
  for (const [name, text] of Object.entries(tools.scripts ?? {})) {
    await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  return folder;
}

async function which(name: string): Promise<string> {
  const { stdout } = await run('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${name}`]);
  return stdout.trim();
}

/** True when a program is installed. */
export function isInstalled(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${name}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A root with its own /etc and /run, and the real /proc. */
export async function rootFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'pi-workbench-root-'));
  await symlink('/proc', join(root, 'proc'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

export const removeFolder = (path: string): Promise<void> => rm(path, { recursive: true, force: true });
