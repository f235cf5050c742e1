import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Device } from '../../../src-main/devices/index.ts';
import type { DoctorReport, DoctorStep, StepId } from '../../../src-main/doctor/index.ts';
import { buildProgram, type Program } from '../support/program.ts';
import { stepIn } from './step-in.ts';

const run = promisify(execFile);

/** A program that examines one host from the network it is started in, and prints the report. */
export class Examiner {
  readonly #program: Program;

  private constructor(program: Program) {
    this.#program = program;
  }

  static async build(): Promise<Examiner> {
    return new Examiner(await buildProgram(join(import.meta.dirname, 'examine-host.ts')));
  }

  /** Examines a device, or what is at an address, from inside the network namespace. */
  async examine(
    namespace: string,
    device: string | (Pick<Device, 'host'> & Partial<Device>),
    { resolvConf = '' }: { readonly resolvConf?: string } = {},
  ): Promise<{ readonly report: DoctorReport; step(id: StepId): DoctorStep }> {
    const servers = `${this.#program.file}.${namespace}.resolv.conf`;
    await writeFile(servers, resolvConf);
    const script = `mount --bind '${servers}' /etc/resolv.conf && exec "$@"`;
    const given = JSON.stringify(typeof device === 'string' ? { host: device } : device);
    const program = ['sh', process.execPath, this.#program.file, given];
    const argv = ['netns', 'exec', namespace, 'unshare', '-m', '--propagation', 'private', 'sh', '-c', script];
    const { stdout } = await run('ip', [...argv, ...program], { maxBuffer: 16 * 1024 * 1024 });
    const report = JSON.parse(stdout) as DoctorReport;
    return { report, step: (id) => stepIn(report, id) };
  }

  dispose(): Promise<void> {
    return this.#program.dispose();
  }
}

/** Two machines on one cable: `here` at 10.77.0.1/24 and `pi`, which has the MAC of a Raspberry Pi. */
export class Cable {
  readonly here: string;
  readonly pi: string;
  readonly #children: ChildProcess[] = [];
  readonly #ended: Promise<unknown>[] = [];

  private constructor(name: string) {
    this.here = `${name}-here`;
    this.pi = `${name}-pi`;
  }

  static async lay(): Promise<Cable> {
    const cable = new Cable(`piw-${Math.random().toString(16).slice(2, 8)}`);
    const { here, pi } = cable;
    await run('sh', [
      '-ec',
      `ip netns add ${here}; ip netns add ${pi}
ip -n ${here} link add eth0 type veth peer name eth0 netns ${pi} address dc:a6:32:12:34:56
for name in ${here} ${pi}; do ip -n $name link set lo up; ip -n $name link set eth0 up; done
ip -n ${here} addr add 10.77.0.1/24 dev eth0`,
    ]);
    await Promise.all([here, pi].map((end) => linkIs(end, 'UP')));
    return cable;
  }

  /** Takes the plug out on this computer's side. */
  async unplug(): Promise<void> {
    await this.onThisSide('link', 'set', 'eth0', 'down');
    await linkIs(this.pi, 'DOWN');
  }

  /** Runs `ip` with these words on the Pi's side. */
  async onPi(...argv: readonly string[]): Promise<void> {
    await run('ip', ['-n', this.pi, ...argv]);
  }

  /** Runs `ip` with these words on this computer's side. */
  async onThisSide(...argv: readonly string[]): Promise<void> {
    await run('ip', ['-n', this.here, ...argv]);
  }

  /** Starts a program in a namespace, and waits for its first output. */
  async start(where: 'here' | 'pi', argv: readonly string[]): Promise<void> {
    const child = spawn('ip', ['netns', 'exec', this[where], ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#ended.push(once(child, 'exit'));
    this.#children.push(child);
    await once(child.stdout, 'data');
  }

  async remove(): Promise<void> {
    for (const child of this.#children) child.kill();
    await Promise.all(this.#ended);
    await run('ip', ['netns', 'del', this.here]);
    await run('ip', ['netns', 'del', this.pi]);
  }
}

/** Waits until the kernel says so of an end's link: when many links change it takes up to a second (operstates.rst). */
async function linkIs(namespace: string, state: 'UP' | 'DOWN'): Promise<void> {
  const said = async (): Promise<string> => {
    const { stdout } = await run('ip', ['-n', namespace, '-o', 'link', 'show', 'dev', 'eth0']);
    return /\bstate (\S+)/.exec(stdout)?.[1] ?? '';
  };
  while ((await said()) !== state) await new Promise((resolve) => setTimeout(resolve, 20));
}
