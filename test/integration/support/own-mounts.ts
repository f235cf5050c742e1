import { spawnSync } from 'node:child_process';

/** Whether a program can be given mounts that nobody else sees. */
export function mayHaveOwnMounts(): boolean {
  const argv = ['--mount', '--propagation', 'private', 'mount', '--bind', '/tmp', '/tmp'];
  return spawnSync('unshare', argv).status === 0;
}

/** The command line that runs another one, as the same process, with things mounted over the machine's own. */
export function withMounts(mounts: Readonly<Record<string, string>>, argv: readonly string[]): readonly string[] {
  const pairs = Object.entries(mounts).flatMap(([point, instead]) => [instead, point]);
  if (pairs.length === 0) return argv;
  const script = `for pair in ${'_ '.repeat(pairs.length / 2)}; do mount --bind "$1" "$2"; shift 2; done; exec "$@"`;
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-ec', script, 'sh', ...pairs, ...argv];
}
