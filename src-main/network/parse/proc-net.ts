import { draftCounters, draftRoute, makeAddress, type Draft } from '../model/draft.ts';
import { addressToNumber, numberToAddress, parseAddress } from '../model/ip.ts';
import { parseMask } from '../model/mask.ts';
import type { AddressFamily, AddressMark, AddressScope, Counters, InterfaceAddress, Route } from '../model/model.ts';
import { withPrefix } from './route-words.ts';

/** An address with the interface it belongs to. */
export interface PlacedAddress {
  readonly interface: string;
  readonly index: number | null;
  readonly address: InterfaceAddress;
}

/**
 * Reads /proc/net/dev, the counters ifconfig prints (proc_pid_net(5)). Columns may touch the colon: `eth0:123`.
 */
export function parseProcNetDev(text: string): ReadonlyMap<string, Counters> {
  const result = new Map<string, Counters>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(\S+):\s*(\d[\d\s]*)$/.exec(line);
    const digits = (match?.[2] ?? '').trim().split(/\s+/);
    if (match?.[1] !== undefined && digits.length >= 16) result.set(match[1], readCounters(digits));
  }
  return result;
}

function readCounters(digits: readonly string[]): Counters {
  const at = (index: number): string | null => digits[index] ?? null;
  return {
    ...draftCounters(),
    rxBytes: at(0),
    rxPackets: at(1),
    rxErrors: at(2),
    rxDropped: at(3),
    rxOverruns: at(4),
    rxFrame: at(5),
    txBytes: at(8),
    txPackets: at(9),
    txErrors: at(10),
    txDropped: at(11),
    txOverruns: at(12),
    collisions: at(13),
    txCarrier: at(14),
  };
}

const RTF_GATEWAY = 0x2;
const RTF_REJECT = 0x200;

/** Reads /proc/net/route, whose addresses are the kernel's bytes as one little-endian number. */
export function parseProcNetRoute(text: string): readonly Route[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [device = '', destination = '', gateway = '', flags = '', , , metric = '', mask = ''] = line
      .trim()
      .split(/\s+/);
    const network = littleEndian(destination);
    const netmask = parseMask(littleEndian(mask) ?? '');
    if (network === null || netmask.kind !== 'mask' || !/^\d+$/.test(metric)) return [];
    const bits = Number.parseInt(flags, 16);
    const route: Draft<Route> = draftRoute('ipv4', withPrefix(`${network}/${netmask.prefix}`));
    route.gateway = (bits & RTF_GATEWAY) === 0 ? null : littleEndian(gateway);
    route.interface = device === '*' ? null : device;
    route.metric = Number(metric);
    route.type = (bits & RTF_REJECT) !== 0 ? 'unreachable' : route.interface === null ? 'blackhole' : 'unicast';
    return [route];
  });
}

function littleEndian(hex: string): string | null {
  if (!/^[0-9a-f]{8}$/i.test(hex)) return null;
  return (hex.match(/../g) ?? [])
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}

/** Flags of /proc/net/ipv6_route: the route is up, a gateway, or made by the kernel for its own use. */
const RTF_UP = 0x1;
const RTF_CACHE_OR_LOCAL = 0x81000000;

/** Reads /proc/net/ipv6_route; the kernel's own local and multicast routes are left out. */
export function parseProcNetIpv6Route(text: string): readonly Route[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const [destination = '', prefix = '', , , hop = '', metric = '', , , flags = '', device = ''] = words;
    const bits = Number.parseInt(flags, 16);
    if (words.length < 10 || !/^[0-9a-f]{32}$/i.test(destination) || !/^[0-9a-f]{32}$/i.test(hop)) return [];
    if ((bits & RTF_UP) === 0 || (bits & RTF_CACHE_OR_LOCAL) !== 0 || /^ff/i.test(destination)) return [];
    const route: Draft<Route> = draftRoute(
      'ipv6',
      withPrefix(`${fromHex(destination)}/${Number.parseInt(prefix, 16)}`),
    );
    route.gateway = (bits & RTF_GATEWAY) === 0 ? null : fromHex(hop);
    route.interface = device;
    route.metric = Number.parseInt(metric, 16);
    return [route];
  });
}

const fromHex = (hex: string): string => numberToAddress(BigInt(`0x${hex}`), 'ipv6');

const SCOPES: Readonly<Record<number, AddressScope>> = { 0x00: 'global', 0x10: 'host', 0x20: 'link', 0x40: 'site' };
/** IFA_F_* of linux/if_addr.h. */
const ADDRESS_FLAGS: readonly (readonly [number, AddressMark])[] = [
  [0x01, 'temporary'],
  [0x08, 'duplicate'],
  [0x20, 'deprecated'],
  [0x40, 'tentative'],
];

/** Reads /proc/net/if_inet6: address, interface number, prefix, scope and flags in hexadecimal, then the name. */
export function parseIfInet6(text: string): readonly PlacedAddress[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [hex = '', index = '', prefix = '', scope = '', flags = '', device] = line.trim().split(/\s+/);
    if (!/^[0-9a-f]{32}$/i.test(hex) || device === undefined) return [];
    const bits = Number.parseInt(flags, 16);
    const address = makeAddress({
      text: fromHex(hex),
      prefix: Number.parseInt(prefix, 16),
      scope: SCOPES[Number.parseInt(scope, 16)] ?? null,
      marks: ADDRESS_FLAGS.flatMap(([flag, mark]) => ((bits & flag) === 0 ? [] : [mark])),
    });
    return address ? [{ interface: device, index: Number.parseInt(index, 16), address }] : [];
  });
}

/**
 * The IPv4 addresses of a machine without `ip` and `ifconfig`: /proc/net/fib_trie lists them as `/32 host LOCAL`, and
 * the routes say whose subnet each is in. Broadcast addresses are listed there too.
 */
export function parseFibTrie(text: string, routes: readonly Route[]): readonly PlacedAddress[] {
  const locals = new Set<string>();
  const broadcasts = new Set<string>();
  let leaf = '';
  for (const line of text.split(/\r?\n/)) {
    leaf = /\|-- (\S+)/.exec(line)?.[1] ?? leaf;
    if (/\/32 host LOCAL/.test(line)) locals.add(leaf);
    if (/\/32 link BROADCAST/.test(line)) broadcasts.add(leaf);
  }
  return [...locals]
    .filter((text) => parseAddress(text) !== null)
    .flatMap((text) => placeAddress(text, routes, broadcasts));
}

function placeAddress(
  text: string,
  routes: readonly Route[],
  broadcasts: ReadonlySet<string>,
): readonly PlacedAddress[] {
  if (text.startsWith('127.')) {
    const address = makeAddress({ text, prefix: 8, scope: 'host' });
    return address ? [{ interface: 'lo', index: null, address }] : [];
  }
  for (const route of routes) {
    const [network = '', prefix = ''] = route.destination.split('/');
    if (route.gateway !== null || route.interface === null || !isInside(text, network, Number(prefix), 'ipv4'))
      continue;
    const last = lastOf(network, Number(prefix));
    const address = makeAddress({ text, prefix: Number(prefix), broadcast: broadcasts.has(last) ? last : null });
    if (address) return [{ interface: route.interface, index: null, address }];
  }
  return [];
}

function isInside(text: string, network: string, prefix: number, family: AddressFamily): boolean {
  if (parseAddress(network)?.family !== family || !Number.isInteger(prefix) || prefix < 1) return false;
  const shift = BigInt((family === 'ipv4' ? 32 : 128) - prefix);
  return addressToNumber(text) >> shift === addressToNumber(network) >> shift;
}

function lastOf(network: string, prefix: number): string {
  return numberToAddress(addressToNumber(network) | ((1n << BigInt(32 - prefix)) - 1n), 'ipv4');
}
