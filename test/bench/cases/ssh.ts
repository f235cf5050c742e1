import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startSshd, type Sshd } from '../../integration/support/sshd.ts';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { compare, type Comparison } from '../measure.ts';
import { appProgram, hasProgram, result, runProgram } from '../programs.ts';

const MIB = 2 ** 20;

export const signIn: BenchCase = {
  name: 'sign-in',
  title: 'SSH sign-in to the first command’s end',
  about:
    'Debian’s sshd on loopback, an ed25519 key, the command `true`. The app stays open between sign-ins, so its figure is a sign-in inside a running process; that of `ssh` has its process’ start in it, as a person meets it.',
  async run(context) {
    const sshd = await startServer(context);
    if (!sshd) return { notes: [NO_SSHD] };
    const comparisons = await compare({
      metrics: [{ key: 'ms', what: 'sign in, run `true`', unit: 'ms', better: 'less' }],
      rounds: context.rounds,
      app: {
        name: 'app',
        measure: async () => {
          const argv = [appProgram('sign-in'), String(sshd.port), sshd.user, sshd.keyPath, '3'];
          return { ms: (await result<{ againMs: number }>(argv)).againMs };
        },
      },
      peers: [
        {
          name: 'ssh',
          measure: () => timed(() => runProgram('ssh', [...flagsOf(sshd, '-p'), `${sshd.user}@127.0.0.1`, 'true'])),
        },
      ],
    });
    return { comparisons };
  },
};

export const upload: BenchCase = {
  name: 'upload',
  title: 'SFTP upload',
  about:
    'Sign-in included on all sides. The app uploads as a deployment does: under a temporary name, size and SHA-256 compared on the far side, mode set, synced, renamed. `sftp` and `scp` (which speaks SFTP too) only write the bytes; the last peer is `scp` with the same two checks done by hand.',
  async run(context) {
    const sshd = await startServer(context);
    if (!sshd) return { notes: [NO_SSHD] };
    const comparisons: Comparison[] = [];
    for (const size of context.quick ? [1, 30] : [1, 30, 200]) {
      const path = join(context.folder, `file-${size}`);
      await fill(path, size * MIB);
      const to = join(sshd.home, 'uploaded');
      const where = `${sshd.user}@127.0.0.1`;
      comparisons.push(
        ...(await compare({
          metrics: [{ key: 'ms', what: `${size} MiB`, unit: 'ms', better: 'less' }],
          rounds: Math.min(5, context.rounds),
          app: {
            name: 'app',
            measure: async () => {
              const argv = [appProgram('upload'), String(sshd.port), sshd.user, sshd.keyPath, path, to];
              const { signInMs, uploadMs } = await result<{ signInMs: number; uploadMs: number }>(argv);
              await rm(to);
              return { ms: signInMs + uploadMs };
            },
          },
          peers: [
            {
              name: 'sftp',
              measure: () =>
                timed(async () => {
                  await batch('sftp', [...flagsOf(sshd, '-P'), '-b', '-', where], `put ${path} ${to}\n`, context);
                }),
            },
            {
              name: 'scp',
              measure: () => timed(() => runProgram('scp', ['-q', ...flagsOf(sshd, '-P'), path, `${where}:${to}`])),
            },
            {
              name: 'scp, then sha256sum and sync there',
              measure: () =>
                timed(async () => {
                  await runProgram('sha256sum', [path]);
                  await runProgram('scp', ['-q', ...flagsOf(sshd, '-P'), path, `${where}:${to}`]);
                  await runProgram('ssh', [...flagsOf(sshd, '-p'), where, `sha256sum ${to} && sync ${to}`]);
                }),
            },
          ],
        })),
      );
      await rm(path);
    }
    return { comparisons };
  },
};

const NO_SSHD = 'Not measured: Debian’s openssh-server and openssh-client are needed.';

async function startServer(context: BenchContext): Promise<Sshd | null> {
  if (!existsSync('/usr/sbin/sshd') || !hasProgram('ssh')) return null;
  const sshd = await startSshd();
  context.afterwards(() => sshd.stop());
  return sshd;
}

function flagsOf(sshd: Sshd, port: '-p' | '-P'): string[] {
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'BatchMode=yes'];
  return ['-F', '/dev/null', port, String(sshd.port), '-i', sshd.keyPath, ...options.flatMap((one) => ['-o', one])];
}

async function timed(run: () => Promise<unknown>): Promise<{ ms: number }> {
  const startedAt = performance.now();
  await run();
  return { ms: performance.now() - startedAt };
}

/** Runs a program that reads its orders from standard input. */
async function batch(program: string, argv: readonly string[], orders: string, context: BenchContext): Promise<void> {
  const path = join(context.folder, 'orders');
  const written = await open(path, 'w');
  await written.writeFile(orders);
  await written.close();
  const file = await open(path, 'r');
  try {
    await runProgram(program, argv, [file.fd, 'ignore', 'inherit']);
  } finally {
    await file.close();
  }
}

async function fill(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w');
  for (let written = 0; written < bytes; written += MIB) await file.write(randomBytes(MIB));
  await file.close();
}
