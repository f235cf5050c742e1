import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { canMakeNamespaces } from '../../integration/network/namespace.ts';
import { LabPi } from '../../lab/support/lab.ts';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { compare, figure, type Comparison } from '../measure.ts';
import { appProgram, hasProgram, runProgram } from '../programs.ts';

const run = promisify(execFile);

/** Addresses at which a real sshd answers, in a network of 4096 where all others are silent. */
const PRESENT = [3, 44, 77, 130, 201];

export const sweep: BenchCase = {
  name: 'sweep',
  title: 'Searching a network',
  about:
    'The app connects to port 22 of every address, never to more than 64 at a time, reads who the server is and its host key, and asks for the agent. In the lab network three container Pis answer and all other addresses are silent, as at home; `nmap -sT -n -Pn -p22 --open -T4` looks for the open port, and reads nothing from it. How the time grows is measured between two network namespaces joined by a cable, with five servers: there `nmap` looks as root with ARP (`nmap -n -p 22`), and for the /24 with plain connections as the app has to (`nmap --unprivileged -sT -Pn -n -p 22`). Each search begins with an empty neighbour table.',
  async run(context) {
    if (!canMakeNamespaces() || !hasProgram('nmap')) {
      return { notes: ['Not measured: network namespaces (root) and nmap are needed.'] };
    }
    const inLab = await searchTheLab(context);
    const namespace = await twoNamespaces(context);
    const inside = (argv: readonly string[]): Promise<string> =>
      runProgram('ip', ['netns', 'exec', namespace, ...argv]);
    const nmap = (network: string, flags: readonly string[]) => async () => {
      await forgetNeighbours(namespace);
      const startedAt = performance.now();
      const output = await inside(['nmap', ...flags, '-n', '-p', '22', '--open', network]);
      const ms = performance.now() - startedAt;
      const found = output.match(/22\/tcp open/g)?.length ?? 0;
      if (found !== PRESENT.length) throw new Error(`nmap found ${found} of ${PRESENT.length} servers.`);
      return { ms };
    };
    const comparisons: Comparison[] = [];
    const medians: number[] = [];
    for (const [bits, rounds] of context.quick
      ? ([[24, 1]] as const)
      : ([
          [24, 5],
          [22, 2],
          [20, 1],
        ] as const)) {
      const network = `10.79.0.0/${bits}`;
      const sides = await compare({
        metrics: [{ key: 'ms', what: `/${bits} (${2 ** (32 - bits) - 2} addresses)`, unit: 'ms', better: 'less' }],
        rounds,
        app: {
          name: 'search',
          measure: async () => {
            await forgetNeighbours(namespace);
            const output = await inside([process.execPath, appProgram('sweep'), network]);
            const { ms, found } = JSON.parse(output) as { ms: number; found: number };
            if (found !== PRESENT.length) throw new Error(`${found} of ${PRESENT.length} servers were found.`);
            return { ms };
          },
        },
        peers: [
          { name: 'nmap with ARP', measure: nmap(network, []) },
          // On a larger network this takes many minutes.
          ...(bits === 24 ? [{ name: 'nmap -sT', measure: nmap(network, ['--unprivileged', '-sT', '-Pn']) }] : []),
        ],
      });
      comparisons.push(...sides);
      medians.push(sides[0]?.app.median ?? Number.NaN);
    }
    const [first = Number.NaN, ...others] = medians;
    const growth = others.map((median, n) =>
      figure(`/${22 - 2 * n} for /24: ${4 ** (n + 1)} times the addresses, time`, 'times', median / first),
    );
    return { comparisons: [...(inLab ?? []), ...comparisons], figures: growth, notes: inLab ? [] : [NO_LAB] };
  },
};

const NO_LAB = 'Not measured in the lab network: the container Pi needs root on Debian, and /dev/fuse.';

/** The lab's /24 with three container Pis, searched from its own namespace; null where there can be no lab. */
async function searchTheLab(context: BenchContext): Promise<readonly Comparison[] | null> {
  if (!existsSync('/etc/debian_version') || !existsSync('/dev/fuse')) return null;
  const pis: LabPi[] = [];
  for (const last of [66, 131, 204]) {
    const pi = await LabPi.up({
      name: `bench-sweep-${last}`,
      ip: `10.77.0.${last}`,
      mac: `b8:27:eb:00:00:${last % 90}`,
    });
    context.afterwards(() => pi.down());
    pis.push(pi);
  }
  const [pi] = pis;
  if (!pi) return null;
  const inside = async (argv: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await pi.lanExec(argv);
    if (code !== 0) throw new Error(`${argv.join(' ')}: code ${code}: ${stderr}`);
    return stdout;
  };
  const all = (found: number): void => {
    if (found !== pis.length) throw new Error(`${found} of ${pis.length} Pis were found.`);
  };
  return compare({
    metrics: [{ key: 'ms', what: 'lab, /24 (254 addresses)', unit: 'ms', better: 'less' }],
    rounds: context.quick ? 2 : 5,
    app: {
      name: 'search',
      measure: async () => {
        await inside(['ip', 'neigh', 'flush', 'all']);
        const output = await inside([process.execPath, appProgram('sweep'), '10.77.0.0/24']);
        const { ms, found } = JSON.parse(output) as { ms: number; found: number };
        all(found);
        return { ms };
      },
    },
    peers: [
      {
        name: 'nmap -sT -T4',
        measure: async () => {
          await inside(['ip', 'neigh', 'flush', 'all']);
          const startedAt = performance.now();
          const output = await inside(['nmap', '-sT', '-n', '-Pn', '-p22', '--open', '-T4', '10.77.0.0/24']);
          const ms = performance.now() - startedAt;
          all(output.match(/22\/tcp open/g)?.length ?? 0);
          return { ms };
        },
      },
    ],
  });
}

/** The name of the searching side's namespace. Nothing in either reaches the machine's own network. */
async function twoNamespaces(context: BenchContext): Promise<string> {
  const name = `piwb-${randomBytes(3).toString('hex')}`;
  const far = `${name}-far`;
  for (const one of [name, far]) {
    await run('ip', ['netns', 'add', one]);
    context.afterwards(() => run('ip', ['netns', 'del', one]));
  }
  const add = PRESENT.map((last) => `ip -n ${far} addr add 10.79.0.${last}/20 dev eth0`);
  await run('sh', [
    '-ec',
    [
      `ip -n ${name} link set lo up`,
      `ip -n ${far} link set lo up`,
      `ip -n ${name} link add eth0 type veth peer name eth0 netns ${far}`,
      `ip -n ${name} addr add 10.79.0.2/20 dev eth0`,
      ...add,
      `ip -n ${name} link set eth0 up`,
      `ip -n ${far} link set eth0 up`,
    ].join('\n'),
  ]);
  await serveSsh(far, context);
  return name;
}

/** Debian's sshd on port 22 of every address of a namespace. */
async function serveSsh(namespace: string, context: BenchContext): Promise<void> {
  const key = join(context.folder, 'host-key');
  const config = join(context.folder, 'sshd_config');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  await writeFile(config, `Port 22\nHostKey ${key}\nPidFile none\nUseDNS no\nMaxStartups 100:30:200\n`);
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const child = spawn('ip', ['netns', 'exec', namespace, '/usr/sbin/sshd', '-D', '-e', '-f', config], {
    stdio: 'ignore',
  });
  const gone = once(child, 'close');
  context.afterwards(async () => {
    child.kill('SIGTERM');
    await gone;
  });
  for (let tries = 0; tries < 100; tries += 1) {
    const { stdout } = await run('ip', ['netns', 'exec', namespace, 'ss', '-Hltn', 'sport', '=', ':22']);
    if (stdout !== '') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('sshd did not start.');
}

/** What an earlier search learnt about who is there would make the next one quicker. */
async function forgetNeighbours(namespace: string): Promise<void> {
  await run('ip', ['-n', namespace, 'neigh', 'flush', 'all']);
}
