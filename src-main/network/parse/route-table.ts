import { draftRoute, type Draft } from '../model/draft.ts';
import { parseAddress } from '../model/ip.ts';
import { parseMask } from '../model/mask.ts';
import type { Route } from '../model/model.ts';
import { withPrefix } from './route-words.ts';

/** True for a row of `route` or `netstat -rn` on Linux. */
export const isRouteTableRow = (line: string): boolean =>
  readIpv4Row(line, true) !== null || readIpv6Row(line) !== null;

/**
 * Reads the table of `route -n`, `route`, `route -6 -n` or `netstat -rn` on Linux, of net-tools and busybox. Headings are
 * translated, rows never: destination, gateway, mask, flags, three numbers, interface. netstat's three numbers are MSS,
 * window and irtt, so that it tells no metric.
 */
export function parseRouteTable(text: string): readonly Route[] {
  let hasMetric = true;
  return text.split(/\r?\n/).flatMap((line) => {
    if (/\bGenmask\b/i.test(line)) hasMetric = !/\bMSS\b/.test(line);
    return readIpv4Row(line, hasMetric) ?? readIpv6Row(line) ?? [];
  });
}

const FLAGS = /^[UGHRDMACI!Ben]+$/;

function readIpv4Row(line: string, hasMetric: boolean): Route | null {
  const words = line.trim().split(/\s+/);
  if (words.length !== 8) return null;
  const [destination = '', gateway = '', genmask = '', flags = '', metric = '', , , device = ''] = words;
  const mask = parseMask(genmask);
  if (mask.kind !== 'mask' || !genmask.includes('.') || !FLAGS.test(flags)) return null;
  const network = destination === 'default' ? '0.0.0.0' : destination;
  if (parseAddress(network)?.family !== 'ipv4') return null;
  const route: Draft<Route> = draftRoute('ipv4', withPrefix(`${network}/${mask.prefix}`));
  route.metric = hasMetric && /^\d+$/.test(metric) ? Number(metric) : null;
  route.type = flags.includes('!') ? 'unreachable' : 'unicast';
  route.gateway = flags.includes('G') && /[.\w]/.test(gateway) && gateway !== '0.0.0.0' ? gateway : null;
  route.interface = device === '*' || device === '-' ? null : device;
  if (route.type === 'unicast' && route.interface === null) route.type = 'blackhole';
  return route;
}

/** `2001:db8::/64  ::  U  256 2 0 eth0`; routes the kernel makes for its own addresses are left out. */
function readIpv6Row(line: string): Route | null {
  const match = /^(\S+\/\d{1,3})\s+(\S+)\s+([A-Z!][A-Za-z!]*)\s+(-?\d+)\s+\d+\s+\d+\s+(\S+)\s*$/.exec(line);
  if (!match) return null;
  const [, destination = '', gateway = '', flags = '', metric = '', device = ''] = match;
  if (parseAddress(destination.split('/')[0] ?? '')?.family !== 'ipv6') return null;
  if (/n/.test(flags) || destination === 'ff00::/8' || Number(metric) < 0) return null;
  const route: Draft<Route> = draftRoute('ipv6', withPrefix(destination));
  route.metric = Number(metric);
  route.gateway = flags.includes('G') && gateway !== '::' ? gateway : null;
  route.interface = device;
  route.type = flags.includes('!') ? 'unreachable' : 'unicast';
  return route;
}
