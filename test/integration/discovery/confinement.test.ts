import { execFile, execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canMakeNamespaces } from '../network/namespace.ts';

const run = promisify(execFile);
const CLI = join(import.meta.dirname, '../../../out/main/cli.js');
/** How many packets left by the adapter, and by loopback. */
type Sent = Readonly<Record<'eth0' | 'lo', number>>;

/** A computer with a network adapter of its own, on which every packet that leaves is counted. */
describe.skipIf(!canMakeNamespaces())('a computer with a network adapter', () => {
  const name = `piw-${randomBytes(4).toString('hex')}`;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pi-workbench-confined-'));
    await mkdir(join(folder, 'home'));
    execFileSync('ip', ['netns', 'add', name]);
    const inside = `ip -n ${name}`;
    await run('sh', [
      '-ec',
      // No IPv6 on it: the system's own neighbour discovery is not ours to count.
      `${inside} link set lo up
${inside} link add eth0 type veth peer name far0
ip netns exec ${name} sh -c 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6'
${inside} link set far0 up
${inside} addr add 192.168.50.7/24 dev eth0
${inside} link set eth0 up
${inside} route add default via 192.168.50.1 dev eth0`,
    ]);
  });
  afterAll(async () => {
    execFileSync('sh', ['-c', `ip netns del ${name} 2>/dev/null || true`]);
    await rm(folder, { recursive: true, force: true });
  });

  async function sent(): Promise<Sent> {
    const { stdout } = await run('ip', ['netns', 'exec', name, 'cat', '/proc/net/dev']);
    const count = (adapter: string): number =>
      Number(new RegExp(`^\\s*${adapter}:(.*)$`, 'm').exec(stdout)?.[1]?.trim().split(/\s+/)[9] ?? NaN);
    return { eth0: count('eth0'), lo: count('lo') };
  }

  /** Packets that one command sent. */
  async function packetsOf(...args: readonly string[]): Promise<Sent> {
    const before = await sent();
    const all = [CLI, ...args, '--data-dir', join(folder, 'data')];
    await run('ip', ['netns', 'exec', name, process.execPath, ...all], {
      env: { ...process.env, HOME: join(folder, 'home') },
    })
      // Finding nothing is exit code 3, and a refused search is 1.
      .catch(() => undefined);
    const after = await sent();
    return { eth0: after.eth0 - before.eth0, lo: after.lo - before.lo };
  }

  test('with --networks 127.0.0.0/24 sends nothing by it, neither probe nor mDNS, and searches loopback', async () => {
    const packets = await packetsOf('discover', '--wait', '3', '--networks', '127.0.0.0/24');
    expect(packets.eth0).toBe(0);
    expect(packets.lo).toBeGreaterThan(500);
  });

  test('with an empty --networks sends nothing at all by it', async () => {
    expect((await packetsOf('discover', '--wait', '1', '--networks', '')).eth0).toBe(0);
  });

  test('starting up, and reading its own network, makes no request to anywhere', async () => {
    expect((await packetsOf('network', '--json')).eth0).toBe(0);
  });

  // Last, for the kernel goes on asking for machines that are not there.
  test('is searched when nothing forbids it: the count below can tell', async () => {
    const packets = await packetsOf('discover', '--wait', '1');
    expect(packets.eth0).toBeGreaterThan(0);
  });
});
