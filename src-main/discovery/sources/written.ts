import SSHConfig, { LineType } from 'ssh-config';
import type { Device } from '../../devices/index.ts';
import { addressRange, parseAddress } from '../../network/index.ts';
import type { Sighting, WrittenDevice } from '../model.ts';

/**
 * Hosts of the text of `~/.ssh/config` that may be in a network near here: a private address, a `.local` name or a name
 * without a domain. Patterns are no hosts. Text that cannot be read gives none.
 */
export function sshConfigSightings(text: string): readonly Sighting[] {
  const config = parseConfig(text);
  if (config === null) return [];
  const aliases = [...config].flatMap((line) => {
    if (line.type !== LineType.DIRECTIVE || line.param.toLowerCase() !== 'host') return [];
    const words = typeof line.value === 'string' ? line.value.split(/\s+/) : line.value.map(({ val }) => val);
    return words.filter((word) => word !== '' && !/[*?!]/.test(word));
  });
  return [...new Set(aliases)].flatMap((alias) => {
    const computed = config.compute(alias, { ignoreCase: true });
    const host = (textOf(computed['hostname']) || alias).replaceAll('%h', alias);
    const port = Number(textOf(computed['port']) || 22);
    if (!isNear(host) || !Number.isInteger(port)) return [];
    const user = textOf(computed['user']) || null;
    return toSighting({ kind: 'ssh-config', id: alias, label: alias, host, user, port }, {});
  });
}

/** Devices used before. */
export function savedSightings(devices: readonly Device[]): readonly Sighting[] {
  return devices
    .filter(({ kind }) => kind === 'ssh')
    .map(({ id, label, host, user, port, mac, lastAddress }) =>
      toSighting({ kind: 'saved', id, label, host, user, port }, { mac, lastAddress }),
    );
}

function toSighting(
  written: WrittenDevice,
  { mac = null, lastAddress = null }: { readonly mac?: string | null; readonly lastAddress?: string | null },
): Sighting {
  const typed = parseAddress(written.host);
  const last = lastAddress === null ? null : parseAddress(lastAddress);
  return {
    source: written.kind === 'saved' ? 'saved' : 'ssh-config',
    key: `${written.kind} ${written.id}`,
    at: 0,
    addresses: [typed, last].flatMap((parsed) => parsed?.address ?? []),
    heardOn: adapterOfZone(typed?.zone ?? last?.zone ?? null),
    mac,
    names: typed === null ? namesFor(written.host) : [],
    ssh: null,
    agent: null,
    services: [],
    live: false,
    stale: false,
    written,
  };
}

/** The adapter that `fe80::1%eth0` names, or on Windows `fe80::1%7` (RFC 4007, section 11). */
function adapterOfZone(zone: string | null): Sighting['heardOn'] {
  return zone === null ? null : { name: zone, index: /^\d+$/.test(zone) ? Number(zone) : null };
}

/** `lab` may be meant as `lab.local`. */
function namesFor(host: string): readonly string[] {
  const name = host.replace(/\.$/, '').toLowerCase();
  return name.includes('.') ? [name] : [name, `${name}.local`];
}

function isNear(host: string): boolean {
  if (parseAddress(host)) return ['private', 'link-local', 'unique-local', 'loopback'].includes(addressRange(host));
  return !host.includes('.') || host.toLowerCase().endsWith('.local');
}

function parseConfig(text: string): SSHConfig | null {
  try {
    return SSHConfig.parse(text);
  } catch {
    // A config that ssh itself may refuse is not this feature's to repair: sign-in tells about it.
    return null;
  }
}

const textOf = (value: string | readonly string[] | undefined): string =>
  typeof value === 'string' ? value : (value?.[0] ?? '');
