import { addressBits, addressToNumber, numberToAddress, parseAddress } from './ip.ts';
import { formatPrefixMask, parseMask } from './mask.ts';
import type { AddressFamily } from './model.ts';

/** Everything that follows from an address and its prefix. */
export interface Subnet {
  readonly family: AddressFamily;
  /** The address asked about, which may be any of the subnet. */
  readonly address: string;
  readonly prefix: number;
  /** Network address with prefix: `192.168.50.0/24`. */
  readonly cidr: string;
  readonly network: string;
  /** Dotted mask; null for IPv6, which writes prefixes only. */
  readonly mask: string | null;
  /** The mask's zeros as ones, `0.0.0.255`; null for IPv6. */
  readonly wildcard: string | null;
  /** First and last address a machine may have. */
  readonly first: string;
  readonly last: string;
  /** Null for IPv6 and where there is none: /31 (RFC 3021) and /32. */
  readonly broadcast: string | null;
  /** How many machines fit, as decimal digits. */
  readonly hosts: string;
}

/** The subnet an address with a prefix is in; null when either cannot be used. */
export function subnetOf(address: string, prefix: number): Subnet | null {
  const parsed = parseAddress(address);
  if (!parsed || !Number.isInteger(prefix) || prefix < 0 || prefix > addressBits(parsed.family)) return null;
  const { family } = parsed;
  const size = 1n << BigInt(addressBits(family) - prefix);
  const start = (addressToNumber(parsed.address) / size) * size;
  const end = start + size - 1n;
  // The first address is the network's and the last the broadcast's, except where only one or two exist.
  const reserved = family === 'ipv4' && size > 2n ? 1n : 0n;
  const text = (value: bigint): string => numberToAddress(value, family);
  return {
    family,
    address: parsed.address,
    prefix,
    cidr: `${text(start)}/${prefix}`,
    network: text(start),
    mask: family === 'ipv4' ? formatPrefixMask(prefix) : null,
    wildcard: family === 'ipv4' ? text(size - 1n) : null,
    first: text(start + reserved),
    last: text(end - reserved),
    broadcast: reserved === 1n ? text(end) : null,
    hosts: String(size - reserved * 2n),
  };
}

/** True when `other` is in the subnet of `address`/`prefix`. Different families never are. */
export function isInSubnet(address: string, prefix: number, other: string): boolean {
  const subnet = subnetOf(address, prefix);
  return (
    subnet !== null &&
    parseAddress(other)?.family === subnet.family &&
    subnetOf(other, prefix)?.network === subnet.network
  );
}

export type SubnetReading =
  | { readonly kind: 'subnet'; readonly subnet: Subnet }
  /** A bare mask or prefix: it has a size but no place. */
  | { readonly kind: 'mask'; readonly prefix: number; readonly mask: string; readonly hosts: string }
  /** From one address to another, as the fewest subnets that cover exactly that. */
  | { readonly kind: 'range'; readonly first: string; readonly last: string; readonly cidrs: readonly string[] }
  | { readonly kind: 'error'; readonly message: string };

const error = (message: string): SubnetReading => ({ kind: 'error', message });

/**
 * Reads what a person types into the subnet helper: `192.168.1.7/24`, `192.168.1.7 255.255.255.0`, `/22`,
 * `255.255.252.0`, `0xfffffc00`, `192.168.1.10-192.168.1.20`, `2001:db8::1/64`. An error is a sentence for beside the field.
 */
export function readSubnetText(text: string): SubnetReading {
  const trimmed = text.trim().replace(/\s*\/\s*/, '/');
  if (trimmed === '') return error('Type an address with a prefix, such as 192.168.1.7/24, or a mask.');
  const range = /^(\S+?)\s*(?:-|–|\bto\b)\s*(\S+)$/.exec(trimmed);
  if (range && !trimmed.startsWith('-')) return readRange(range[1] ?? '', range[2] ?? '');
  const [host = '', mask] = trimmed.split(/\/|\s+/);
  if (mask === undefined || host === '') return readLoneMask(trimmed);
  const parsed = parseAddress(host);
  if (!parsed) return error(`“${host}” is not an address.`);
  const prefix = readPrefix(parsed.family, mask);
  if (typeof prefix === 'string') return error(prefix);
  const subnet = subnetOf(parsed.address, prefix);
  return subnet ? { kind: 'subnet', subnet } : error(`“${trimmed}” is not a subnet.`);
}

function readPrefix(family: AddressFamily, text: string): number | string {
  if (family === 'ipv6') {
    return /^\d{1,3}$/.test(text) && Number(text) <= 128
      ? Number(text)
      : `An IPv6 prefix is a number from 0 to 128, not “${text}”.`;
  }
  const mask = parseMask(text);
  if (mask.kind === 'mask') return mask.prefix;
  if (mask.kind === 'not-contiguous') return notContiguous(mask.mask);
  return `“${text}” is neither a prefix from 0 to 32 nor a mask such as 255.255.255.0.`;
}

const notContiguous = (mask: string): string =>
  `${mask} is not a mask: in binary it has a 1 after a 0, and a mask is ones first, then zeros.`;

function readLoneMask(text: string): SubnetReading {
  const mask = parseMask(text);
  if (mask.kind === 'mask') {
    return { kind: 'mask', prefix: mask.prefix, mask: mask.mask, hosts: subnetOf('0.0.0.0', mask.prefix)?.hosts ?? '' };
  }
  if (mask.kind === 'not-contiguous' && /^(255\.|0x)/i.test(text)) {
    return error(notContiguous(mask.mask));
  }
  const parsed = parseAddress(text);
  if (parsed) {
    const example = parsed.family === 'ipv4' ? `${parsed.address}/24` : `${parsed.address}/64`;
    return error(`An address alone has no subnet: add a prefix, such as ${example}.`);
  }
  return error(`“${text}” is neither an address with a prefix nor a mask.`);
}

function readRange(from: string, to: string): SubnetReading {
  const [first, last] = [parseAddress(from), parseAddress(to)];
  if (!first || !last) return error(`“${first ? to : from}” is not an address.`);
  if (first.family !== last.family) return error('Both ends of a range must be IPv4, or both IPv6.');
  if (addressToNumber(first.address) > addressToNumber(last.address)) {
    return error(`The range ends before it begins: ${last.address} is lower than ${first.address}.`);
  }
  return { kind: 'range', first: first.address, last: last.address, cidrs: rangeToCidrs(first.address, last.address) };
}

/** The fewest subnets that hold exactly the addresses from `first` to `last`, in order. */
export function rangeToCidrs(first: string, last: string): readonly string[] {
  const family = parseAddress(first)?.family ?? 'ipv4';
  const bits = addressBits(family);
  const end = addressToNumber(last);
  const cidrs: string[] = [];
  for (let at = addressToNumber(first); at <= end;) {
    let size = 1n;
    let prefix = bits;
    while (prefix > 0 && at % (size * 2n) === 0n && at + size * 2n - 1n <= end) {
      size *= 2n;
      prefix -= 1;
    }
    cidrs.push(`${numberToAddress(at, family)}/${prefix}`);
    at += size;
  }
  return cidrs;
}
