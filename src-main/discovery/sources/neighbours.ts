import { execFile } from 'node:child_process';
import { AppError, systemCode } from '../../errors/index.ts';
import { parseNeighbours, type Neighbour } from '../../network/index.ts';
import type { Sighting } from '../model.ts';

/** Commands that print the neighbour table, the first that works is used. They send nothing. */
export function neighbourCommands(platform: NodeJS.Platform): readonly (readonly [string, ...string[]])[] {
  if (platform === 'win32') return [['arp', '-a']];
  if (platform === 'linux') {
    return [
      ['ip', 'neigh'],
      ['/sbin/ip', 'neigh'],
      ['/usr/sbin/ip', 'neigh'],
      ['arp', '-an'],
      ['/usr/sbin/arp', '-an'],
      ['cat', '/proc/net/arp'],
    ];
  }
  // Without -n, arp asks DNS for the name of every address.
  return [
    ['/usr/sbin/arp', '-an'],
    ['arp', '-an'],
  ];
}

export type RunCommand = (argv: readonly [string, ...string[]], signal?: AbortSignal) => Promise<string>;

const runHere: RunCommand = ([program, ...args], signal) =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, LC_ALL: 'C' };
    execFile(program, args, { env, signal, timeout: 5000, maxBuffer: 4 << 20, windowsHide: true }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
  });

/** This computer's neighbour table. Raises `NO_NEIGHBOURS` when no command prints it. */
export async function readNeighbours(
  platform: NodeJS.Platform,
  run: RunCommand = runHere,
  signal?: AbortSignal,
): Promise<readonly Neighbour[]> {
  const failures: string[] = [];
  for (const argv of neighbourCommands(platform)) {
    try {
      return parseNeighbours(await run(argv, signal));
    } catch (thrown) {
      if (signal?.aborted) throw AppError.from(thrown);
      failures.push(`${argv.join(' ')}: ${systemCode(thrown) ?? String(thrown)}`);
    }
  }
  throw new AppError('NO_NEIGHBOURS', 'This computer’s list of neighbours cannot be read, so MACs are not known.', {
    hint: 'Install iproute2 (ip) or net-tools (arp).',
    cause: failures.join('; '),
  });
}

/** True for an entry that says the machine answered within the last minute or so. */
export const isFresh = ({ state }: Neighbour): boolean =>
  state === 'reachable' || state === 'delay' || state === 'probe';

/** Sightings of a table. `arp` of macOS and Windows does not say how fresh an entry is: then it is taken as old. */
export function neighbourSightings(table: readonly Neighbour[], now: number): readonly Sighting[] {
  return table.flatMap((entry): Sighting[] => {
    if (entry.mac === null || entry.state === 'failed' || entry.state === 'incomplete') return [];
    if (!isUnicastMac(entry.mac)) return [];
    return [
      {
        source: 'neighbours',
        key: `${entry.interface ?? ''} ${entry.address}`,
        at: now,
        addresses: [entry.address],
        heardOn: entry.interface === null ? null : { name: entry.interface, index: null },
        mac: entry.mac,
        names: [],
        ssh: null,
        agent: null,
        services: [],
        live: true,
        stale: !isFresh(entry),
        written: null,
      },
    ];
  });
}

/** The lowest bit of the first byte marks groups: `01:00:5e:...`, `ff:ff:ff:ff:ff:ff`. Windows lists them too. */
const isUnicastMac = (mac: string): boolean => (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0;
