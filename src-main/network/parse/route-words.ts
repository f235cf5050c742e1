import { parseAddress } from '../model/ip.ts';
import type { AddressFamily, Route } from '../model/model.ts';

/** The family of a destination or gateway, null for `default`. */
export function destinationFamily(text: string): AddressFamily | null {
  return parseAddress(text.split('/')[0] ?? '')?.family ?? null;
}

/** A single address as CIDR; `0.0.0.0/0` and `::/0` as `default`. */
export function withPrefix(destination: string): string {
  if (destination === '0.0.0.0/0' || destination === '::/0') return 'default';
  const family = destinationFamily(destination);
  if (family === null || destination.includes('/')) return destination;
  return `${destination}/${family === 'ipv4' ? 32 : 128}`;
}

/** Route types `ip route` writes before the destination. */
const TYPES: Readonly<Record<string, Route['type']>> = {
  unicast: 'unicast',
  unreachable: 'unreachable',
  blackhole: 'blackhole',
  prohibit: 'prohibit',
  local: 'other',
  broadcast: 'other',
  multicast: 'other',
  anycast: 'other',
  throw: 'other',
  nat: 'other',
};

/** A missing type is an ordinary route. */
export function routeType(word: string | null): Route['type'] {
  return word === null ? 'unicast' : (TYPES[word] ?? 'other');
}

export const isRouteType = (word: string): boolean => Object.hasOwn(TYPES, word);
