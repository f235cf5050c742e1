import { draftRoute, type Draft } from '../model/draft.ts';
import { parseAddress } from '../model/ip.ts';
import type { AddressFamily, Route } from '../model/model.ts';
import { withPrefix } from './route-words.ts';

/**
 * Reads `netstat -rn` of macOS and BSD: sections `Internet:` and `Internet6:`, columns destination, gateway, flags,
 * interface. Routes to single neighbours (flag L, or H without G) are left out: they are the neighbour table.
 */
export function parseBsdRoutes(text: string): readonly Route[] {
  const routes: Route[] = [];
  let family: AddressFamily = 'ipv4';
  for (const line of text.split(/\r?\n/)) {
    if (/^Internet6?:/.test(line)) family = line.startsWith('Internet6') ? 'ipv6' : 'ipv4';
    const route = parseBsdRouteRow(line, family);
    if (route) routes.push(route);
  }
  return routes;
}

/** One row, or null for a heading and for what is no route. */
export function parseBsdRouteRow(line: string, family: AddressFamily): Route | null {
  const match = /^(\S+)\s+(\S+)\s+(U[A-Za-z0-9]*)\s+(?:\d+\s+\d+\s+)?([a-z][\w.]*)(\s|$)/.exec(line);
  if (!match) return null;
  const [, written = '', gateway = '', flags = '', device = ''] = match;
  const destination = written === 'default' ? 'default' : expand(written, family);
  if (destination === null || flags.includes('L') || (flags.includes('H') && !flags.includes('G'))) return null;
  const route: Draft<Route> = draftRoute(family, withPrefix(destination));
  const hop = parseAddress(gateway);
  route.gateway = flags.includes('G') && hop ? hop.address : null;
  route.interface = device;
  route.type = flags.includes('R') ? 'unreachable' : flags.includes('B') ? 'blackhole' : 'unicast';
  // I marks a route bound to its interface: a second default that is not taken by itself.
  route.metric = flags.includes('I') && destination === 'default' ? 1 : 0;
  return route;
}

/** BSD writes 192.168.1.0/24 as `192.168.1`, 127.0.0.0/8 as `127`, and IPv6 with its zone inside. */
function expand(text: string, family: AddressFamily): string | null {
  const [host = '', prefix] = text.split('/');
  if (family === 'ipv6') {
    const parsed = parseAddress(host);
    if (parsed?.family !== 'ipv6') return null;
    return `${parsed.address}/${prefix ?? 128}`;
  }
  const octets = host.split('.');
  if (octets.length > 4 || octets.some((octet) => !/^\d{1,3}$/.test(octet))) return null;
  const full = [...octets, '0', '0', '0'].slice(0, 4).join('.');
  if (parseAddress(full) === null) return null;
  return `${full}/${prefix ?? octets.length * 8}`;
}
