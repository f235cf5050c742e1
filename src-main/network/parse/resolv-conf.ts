import { addressRange, parseAddress } from '../model/ip.ts';

export interface ResolvConf {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  /** The program named in the file's head comment. */
  readonly managedBy: string | null;
}

/** Programs that leave their name in the comment at the top. */
const WRITERS: readonly (readonly [RegExp, string])[] = [
  [/NetworkManager/, 'NetworkManager'],
  [/systemd-resolved/, 'systemd-resolved'],
  [/resolvconf/, 'resolvconf'],
  [/dhcpcd/, 'dhcpcd'],
  [/tailscale/i, 'Tailscale'],
];

/** Reads resolv.conf(5). Zones stay (`fe80::1%eth0`); of several `search` or `domain` lines the last one counts. */
export function parseResolvConf(text: string): ResolvConf {
  const servers: string[] = [];
  let search: readonly string[] = [];
  let managedBy: string | null = null;
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (/^[#;]/.test(line)) managedBy ??= WRITERS.find(([pattern]) => pattern.test(line))?.[1] ?? null;
    const [keyword, ...words] = line.split(/\s+/);
    if (keyword === 'search' || keyword === 'domain') search = words;
    if (keyword !== 'nameserver') continue;
    const parsed = parseAddress(words[0] ?? '');
    if (parsed) servers.push(parsed.zone === null ? parsed.address : `${parsed.address}%${parsed.zone}`);
  }
  return { servers, search, managedBy };
}

/** True when programs are sent to a resolver on the machine itself: what it asks in turn is elsewhere. */
export function isStub(servers: readonly string[]): boolean {
  return servers.length > 0 && servers.every((server) => addressRange(server) === 'loopback');
}
