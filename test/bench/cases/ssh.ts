import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startSshd } from '../../integration/support/sshd.ts';
import { PI_USER } from '../../lab/support/lab.ts';
import type { BenchCase, BenchContext, BenchResult } from '../bench-case.ts';
import { containerPi, NO_CONTAINER_PI } from '../container-pi.ts';
import { compare, type Comparison } from '../measure.ts';
import { appProgram, hasProgram, result, runProgram } from '../programs.ts';

const MIB = 2 ** 20;

export const signIn: BenchCase = {
  name: 'sign-in',
  title: 'SSH sign-in to the first command’s end',
  about:
    'Debian’s sshd on loopback and that of a container Pi, an ed25519 key, the command `true`. The app stays open between sign-ins, so its figure is a sign-in inside a running process; that of `ssh` has its process’ start in it, as a person meets it.',
  async run(context) {
    return onEach(context, (server) =>
      compare({
        metrics: [{ key: 'ms', what: `${server.name}: sign in, run \`true\``, unit: 'ms', better: 'less' }],
        rounds: context.rounds,
        app: {
          name: 'app',
          measure: async () => {
            const argv = [appProgram('sign-in'), ...signInArguments(server), '3'];
            return { ms: (await result<{ againMs: number }>(argv)).againMs };
          },
        },
        peers: [
          {
            name: 'ssh',
            measure: () => timed(() => runProgram('ssh', [...flagsOf(server, '-p'), loginOf(server), 'true'])),
          },
        ],
      }),
    );
  },
};

export const upload: BenchCase = {
  name: 'upload',
  title: 'SFTP upload',
  about:
    'To Debian’s sshd on loopback, and to that of a container Pi. Sign-in included on all sides. The app uploads as a deployment does: under a temporary name, size and SHA-256 compared on the far side, mode set, synced, renamed. `sftp` and `scp` (which speaks SFTP too) only write the bytes; the last peer is `scp` with the same two checks done by hand.',
  async run(context) {
    return onEach(context, async (server) => {
      const comparisons: Comparison[] = [];
      for (const size of server.sizes.filter((each) => !context.quick || each <= 30)) {
        const path = join(context.folder, `file-${size}`);
        await fill(path, size * MIB);
        comparisons.push(...(await uploadOf(path, `${server.name}: ${size} MiB`, server, context)));
        await rm(path);
      }
      return comparisons;
    });
  },
};

function uploadOf(path: string, what: string, server: Server, context: BenchContext): Promise<readonly Comparison[]> {
  const to = join(server.home, 'uploaded');
  const where = loginOf(server);
  return compare({
    metrics: [{ key: 'ms', what, unit: 'ms', better: 'less' }],
    rounds: Math.min(5, context.rounds),
    app: {
      name: 'app',
      measure: async () => {
        const argv = [appProgram('upload'), ...signInArguments(server), path, to];
        const { signInMs, uploadMs } = await result<{ signInMs: number; uploadMs: number }>(argv);
        await server.remove(to);
        return { ms: signInMs + uploadMs };
      },
    },
    peers: [
      {
        name: 'sftp',
        measure: () =>
          timed(async () => {
            await batch('sftp', [...flagsOf(server, '-P'), '-b', '-', where], `put ${path} ${to}\n`, context);
          }),
      },
      {
        name: 'scp',
        measure: () => timed(() => runProgram('scp', ['-q', ...flagsOf(server, '-P'), path, `${where}:${to}`])),
      },
      {
        name: 'scp, then sha256sum and sync there',
        measure: () =>
          timed(async () => {
            await runProgram('sha256sum', [path]);
            await runProgram('scp', ['-q', ...flagsOf(server, '-P'), path, `${where}:${to}`]);
            await runProgram('ssh', [...flagsOf(server, '-p'), where, `sha256sum ${to} && sync ${to}`]);
          }),
      },
    ],
  });
}

/** An sshd to sign in to with a key. */
interface Server {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly keyPath: string;
  readonly home: string;
  /** MiB of the files that are uploaded to it. */
  readonly sizes: readonly number[];
  remove(path: string): Promise<unknown>;
}

/** Compares on loopback and on a container Pi, as far as this machine has them. */
async function onEach(
  context: BenchContext,
  measure: (server: Server) => Promise<readonly Comparison[]>,
): Promise<BenchResult> {
  const notes: string[] = [];
  const comparisons: Comparison[] = [];
  for (const [start, missing] of [
    [loopback, 'Not measured: Debian’s openssh-server and openssh-client are needed.'],
    [onContainerPi, NO_CONTAINER_PI],
  ] as const) {
    const server = await start(context);
    if (server) comparisons.push(...(await measure(server)));
    else notes.push(missing);
  }
  return { comparisons, notes };
}

async function loopback(context: BenchContext): Promise<Server | null> {
  if (!existsSync('/usr/sbin/sshd') || !hasProgram('ssh')) return null;
  const sshd = await startSshd();
  context.afterwards(() => sshd.stop());
  const { port, user, keyPath, home } = sshd;
  return {
    name: 'loopback',
    host: '127.0.0.1',
    port,
    user,
    keyPath,
    home,
    sizes: [1, 30, 200],
    remove: (path) => rm(path),
  };
}

async function onContainerPi(context: BenchContext): Promise<Server | null> {
  const found = await containerPi({ name: 'bench-ssh', ip: '10.77.0.63', mac: 'b8:27:eb:00:00:63' }, context);
  if (found === null) return null;
  const { pi, keyPath } = found;
  return {
    ...{ name: 'container Pi', host: pi.ip, port: 22, user: PI_USER, keyPath, home: `/home/${PI_USER}`, sizes: [30] },
    remove: (path) => pi.shell(`rm '${path}'`),
  };
}

const loginOf = ({ user, host }: Server): string => `${user}@${host}`;

function signInArguments({ host, port, user, keyPath }: Server): string[] {
  return [host, String(port), user, keyPath];
}

function flagsOf({ port, keyPath }: Server, portFlag: '-p' | '-P'): string[] {
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'BatchMode=yes'];
  return ['-F', '/dev/null', portFlag, String(port), '-i', keyPath, ...options.flatMap((one) => ['-o', one])];
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
