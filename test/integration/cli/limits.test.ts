import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cli } from './cli-process.ts';

/** What the system itself refuses: the built command line runs with less than this process has. */
const CLI = join(import.meta.dirname, '../../../out/main/cli.js');
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const lowPorts = (): number => Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));

let cli: Cli;
beforeAll(async () => {
  cli = await Cli.create();
});
afterAll(() => cli.remove());

function run(limit: readonly [string, ...string[]], ...argv: readonly string[]) {
  const [program, ...args] = limit;
  const own = ['--data-dir', cli.dataDir, '--networks', '127.0.0.0/24'];
  const env = { PATH: process.env['PATH'], HOME: cli.home };
  const done = spawnSync(program, [...args, process.execPath, CLI, ...argv, ...own], { env, encoding: 'utf8' });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

describe.runIf(isRoot && lowPorts() > 81)('without the right to use low ports', () => {
  const limit = ['setpriv', '--bounding-set=-net_bind_service', '--inh-caps=-all'] as const;

  test.each([[[]], [['--udp']]])('listening below 1024 says so and names a port that works %j', async (more) => {
    const refused = run([...limit], 'listen', '81', ...more);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toMatch(/^Port 81 may only be used by the administrator, as every port below 1024\.\n/);
    const port = /such as (\d+)\.$/m.exec(refused.err)?.[1] ?? '';
    expect(Number(port)).toBeGreaterThanOrEqual(1024);
    const works = cli.start(['listen', port, ...more]);
    await expect.poll(works.err, { timeout: 15_000 }).toContain(port);
    works.child.kill('SIGINT');
    await works.result;
  });
});

describe.runIf(process.platform === 'linux')('on a full disk', () => {
  test('a result that cannot be written is told', () => {
    const full = openSync('/dev/full', 'w');
    const done = spawnSync(process.execPath, [CLI, '--help'], { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' });
    closeSync(full);
    expect([done.status, done.stderr]).toEqual([
      1,
      'The result could not be written to standard output: the disk is full.\n',
    ]);
  });
});

describe.runIf(isRoot && canBeAlone())('without a network', () => {
  test('a look-up says that there is none, by the system’s resolver and by a server of one’s own', () => {
    const found = run(['unshare', '--net'], 'dns', 'pi.test', '--server', '192.0.2.1');
    expect(found.code).toBe(3);
    expect(found.err + found.out).toContain('pi.test could not be looked up: there is no network.');
    expect(found.out).toMatch(/System resolver .* This computer has no network that leads to a DNS server\./);
    expect(found.out).toMatch(/DNS server 192\.0\.2\.1 .* This computer has no network that leads to 192\.0\.2\.1\./);
  });

  test('a connection says that there is no way', () => {
    const sent = run(['unshare', '--net'], 'send', '192.0.2.1', '22', 'x');
    expect(sent).toMatchObject({ code: 1, out: '' });
    expect(sent.err).toContain('This computer has no way to the network of 192.0.2.1:22.');
  });
});

/** True where this process may make a network namespace. */
function canBeAlone(): boolean {
  try {
    execFileSync('unshare', ['--net', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
