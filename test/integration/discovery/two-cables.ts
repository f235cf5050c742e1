import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildProgram, type Program } from '../support/program.ts';

const run = promisify(execFile);
const CLI = join(import.meta.dirname, '../../../out/main/cli.js');

/** A computer with two adapters, eth0 (192.168.50.7) and eth1 (192.168.60.7), each with a cable to a machine at .44. */
export class TwoCables {
  readonly #name: string;
  readonly #folder: string;
  readonly #machine: Program;
  readonly #children: ChildProcess[] = [];

  private constructor(name: string, folder: string, machine: Program) {
    this.#name = name;
    this.#folder = folder;
    this.#machine = machine;
  }

  static async lay(): Promise<TwoCables> {
    const name = `piw-${randomBytes(4).toString('hex')}`;
    const folder = await mkdtemp(join(tmpdir(), 'pi-workbench-cables-'));
    const cables = new TwoCables(name, folder, await buildProgram(join(import.meta.dirname, 'far-machine.ts')));
    await run('sh', [
      '-ec',
      `ip netns add ${name}
ip -n ${name} link set lo up
for n in 0 1; do
  far=${name}-$n
  ip netns add $far
  ip -n ${name} link add eth$n type veth peer name eth0 netns $far address b8:27:eb:00:00:4$n
  ip -n ${name} link set eth$n addrgenmode none
  ip -n $far link set eth0 addrgenmode none
  ip -n $far link set lo up
  ip -n $far link set eth0 up
  ip -n $far addr add 192.168.$((50 + 10 * n)).44/24 dev eth0
  ip -n ${name} link set eth$n up
  ip -n ${name} addr add 192.168.$((50 + 10 * n)).7/24 dev eth$n
done`,
    ]);
    return cables;
  }

  /** Starts the machine at the end of a cable; by default it has its IPv4 address alone. */
  async start(cable: 0 | 1, name: string, addresses = [`192.168.${50 + 10 * cable}.44`]): Promise<void> {
    await this.#spawn(`${this.#name}-${cable}`, [process.execPath, this.#machine.file, name, ...addresses]);
  }

  /** Gives both ends of a cable a link-local address, as IPv6 does by itself: `fe80::7` here and `fe80::44` there. */
  async linkLocal(cable: 0 | 1): Promise<void> {
    await this.ip('here', 'addr', 'add', 'fe80::7/64', 'dev', `eth${cable}`, 'nodad');
    await this.ip(cable, 'addr', 'add', 'fe80::44/64', 'dev', 'eth0', 'nodad');
  }

  /** Takes UDP port 5353 of the computer and lets nobody share it. */
  async holdMdnsPort(): Promise<void> {
    const script = `require('node:dgram').createSocket('udp4').bind(5353, () => console.log('held'))`;
    await this.#spawn(this.#name, [process.execPath, '-e', script]);
  }

  /** Runs `ip` with these words on the computer, or at the far end of a cable. */
  async ip(where: 'here' | 0 | 1, ...argv: readonly string[]): Promise<void> {
    await run('ip', ['-n', where === 'here' ? this.#name : `${this.#name}-${where}`, ...argv]);
  }

  /** Starts `pi-workbench discover` on the computer; `onAsking` is called when its search has begun. */
  async discover(
    args: readonly string[],
    onAsking: () => Promise<void> = () => Promise.resolve(),
  ): Promise<{ readonly stdout: string; readonly stderr: string }> {
    const argv = ['netns', 'exec', this.#name, process.execPath, CLI, 'discover', ...args];
    const child = spawn('ip', [...argv, '--data-dir', join(this.#folder, 'data')], {
      env: { ...process.env, HOME: this.#folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const printed = { stdout: '', stderr: '' };
    let asking: Promise<void> | null = null;
    child.stdout.on('data', (bytes: Buffer) => (printed.stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => {
      printed.stderr += bytes.toString();
      if (printed.stderr.includes('Asking')) asking ??= onAsking();
    });
    await once(child, 'close');
    await asking;
    return printed;
  }

  async remove(): Promise<void> {
    for (const child of this.#children) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    for (const name of [this.#name, `${this.#name}-0`, `${this.#name}-1`]) await run('ip', ['netns', 'del', name]);
    await this.#machine.dispose();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Starts a program in a namespace, and waits for its first output. */
  async #spawn(namespace: string, argv: readonly string[]): Promise<void> {
    const child = spawn('ip', ['netns', 'exec', namespace, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.push(child);
    await once(child.stdout, 'data');
  }
}
