import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DoctorReport, DoctorStep, StepId } from '../../../src-main/doctor/index.ts';
import { stepIn } from './step-in.ts';

const run = promisify(execFile);
const CLI = join(import.meta.dirname, '../../../out/main/cli.js');

export interface Inside {
  /** What stands in /etc/resolv.conf. */
  readonly resolvConf?: string;
  /** Shell lines that run as root before, with HOME set to an empty folder on a file system of its own. */
  readonly before?: string;
}

/**
 * Examines the machine that a network namespace is, from inside: the practice device of `pi-workbench doctor`, with mounts
 * of its own, so that its disk can be full or read-only without harm.
 */
export async function examineInside(
  namespace: string,
  { resolvConf = '', before = '' }: Inside = {},
): Promise<{ readonly report: DoctorReport; step(id: StepId): DoctorStep }> {
  const folder = await mkdtemp(join(tmpdir(), 'pi-workbench-inside-'));
  const [home, data, servers] = [join(folder, 'home'), join(folder, 'data'), join(folder, 'resolv.conf')];
  await mkdir(home);
  await mkdir(data);
  await writeFile(servers, resolvConf);
  const script = `export HOME='${home}'
mount -t tmpfs none '${data}'
mount --bind '${servers}' /etc/resolv.conf
${before}
exec '${process.execPath}' '${CLI}' doctor practice --json --data-dir '${data}' --networks ''`;
  try {
    const argv = ['netns', 'exec', namespace, 'unshare', '-m', '--propagation', 'private', 'sh', '-ec', script];
    // Exit code 3 says that a link is broken.
    const { stdout, stderr } = await run('ip', argv, { maxBuffer: 16 << 20 }).catch(
      (thrown: { readonly stdout: string; readonly stderr: string }) => thrown,
    );
    if (stdout === '') throw new Error(stderr);
    const report = JSON.parse(stdout) as DoctorReport;
    return { report, step: (id) => stepIn(report, id) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
