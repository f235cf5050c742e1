import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabPi, PI_USER, type PiOptions } from '../lab/support/lab.ts';
import type { BenchContext } from './bench-case.ts';
import { runProgram } from './programs.ts';

/** Why a case was not measured on a container Pi. */
export const NO_CONTAINER_PI = 'Not measured on a container Pi: it needs root on Debian, and /dev/fuse.';

/** A container Pi for one case, and the file of a key that its user is let in with; null where none can be booted. */
export async function containerPi(
  options: PiOptions,
  context: BenchContext,
): Promise<{ readonly pi: LabPi; readonly keyPath: string } | null> {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version') || !existsSync('/dev/fuse')) return null;
  const pi = await LabPi.up(options);
  context.afterwards(() => pi.down());
  const keyPath = join(context.folder, 'container-pi-key');
  await runProgram('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', keyPath]);
  const line = (await readFile(`${keyPath}.pub`, 'utf8')).trim();
  await pi.shell(`install -d -m 700 ~${PI_USER}/.ssh; echo '${line}' >> ~${PI_USER}/.ssh/authorized_keys`);
  await pi.shell(`chown -R ${PI_USER}: ~${PI_USER}/.ssh`);
  return { pi, keyPath };
}
