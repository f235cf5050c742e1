import { parseAddress } from '../model/ip.ts';
import type { DnsServer } from '../model/model.ts';

/** Servers and search domains as one tool tells them. */
export interface ResolverFacts {
  readonly servers: readonly DnsServer[];
  readonly search: readonly string[];
}

const NO_FACTS: ResolverFacts = { servers: [], search: [] };

/**
 * Reads `resolvectl dns`, `resolvectl status` or the older `systemd-resolve --status`: servers per link, without the
 * port (`:53`) and the server name (`#dns.example`) that may follow.
 */
export function parseResolvectl(text: string): ResolverFacts {
  const servers: DnsServer[] = [];
  const search: string[] = [];
  let device: string | null = null;
  let list: 'servers' | 'search' | null = null;
  for (const line of text.split(/\r?\n/)) {
    const link = /^\s*(?:Global\b|Link \d+ \(([^)]+)\))\s*:?(.*)$/.exec(line);
    const field = /^\s*([A-Z][\w ]+):\s*(.*)$/.exec(line);
    let rest = line;
    if (link) {
      device = link[1] ?? null;
      list = 'servers';
      rest = link[2] ?? '';
    } else if (field) {
      list = field[1] === 'DNS Servers' ? 'servers' : field[1] === 'DNS Domain' ? 'search' : null;
      rest = field[2] ?? '';
    }
    const words = rest.split(/\s+/).filter(Boolean);
    if (list === 'servers') servers.push(...words.flatMap((word) => readServer(word, device)));
    else if (list === 'search') search.push(...words.filter((word) => !word.startsWith('~')));
  }
  return { servers: unique(servers), search: [...new Set(search)] };
}

function readServer(word: string, device: string | null): readonly DnsServer[] {
  const bare = word
    .replace(/#.*$/, '')
    .replace(/^\[(.*)\](:\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
  const parsed = parseAddress(bare);
  return parsed ? [{ address: parsed.address, interface: device }] : [];
}

/**
 * Reads `nmcli device show`, plain or terse (`-t`, where colons in values are escaped): the DNS servers and domains
 * NetworkManager holds for each device.
 */
export function parseNmcli(text: string): ResolverFacts {
  const servers: DnsServer[] = [];
  const search: string[] = [];
  let device: string | null = null;
  for (const line of text.split(/\r?\n/)) {
    const match = /^(GENERAL\.DEVICE|IP[46]\.(?:DNS|DOMAIN|SEARCHES)(?:\[\d+\])?):\s*(.*)$/.exec(line);
    if (!match) continue;
    const [, key = '', raw = ''] = match;
    const value = raw.replace(/\\(.)/g, '$1').trim();
    if (key === 'GENERAL.DEVICE') device = value;
    else if (/DNS/.test(key)) servers.push(...readServer(value, device));
    else if (value !== '' && value !== '--') search.push(value);
  }
  return { servers: unique(servers), search: [...new Set(search)] };
}

/** Reads `scutil --dns` of macOS: the resolvers of the first part, without those of one domain only. */
export function parseScutilDns(text: string): ResolverFacts {
  const [general = ''] = text.split(/^DNS configuration \(for scoped/m);
  const servers: DnsServer[] = [];
  const search: string[] = [];
  for (const block of general.split(/^resolver #\d+/m).slice(1)) {
    if (/^\s*domain\s*:/m.test(block)) continue;
    const device = /if_index : \d+ \((\S+)\)/.exec(block)?.[1] ?? null;
    for (const [, address = ''] of block.matchAll(/nameserver\[\d+\] : (\S+)/g))
      servers.push(...readServer(address, device));
    for (const [, domain = ''] of block.matchAll(/search domain\[\d+\] : (\S+)/g)) search.push(domain);
  }
  return general === '' ? NO_FACTS : { servers: unique(servers), search: [...new Set(search)] };
}

function unique(servers: readonly DnsServer[]): readonly DnsServer[] {
  return servers.filter((one, at) => servers.findIndex((other) => other.address === one.address) === at);
}
