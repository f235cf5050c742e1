import ipaddr from 'ipaddr.js';
import type { AddressFamily } from './model.ts';

export interface ParsedAddress {
  readonly family: AddressFamily;
  /** Canonical: dotted decimal, or RFC 5952 without zone. */
  readonly address: string;
  /** What follows `%` in `fe80::1%eth0` (RFC 4007), or null. */
  readonly zone: string | null;
}

/** Reads one address; null for anything else. IPv4 only as four decimal numbers: `010.1` and `0x7f.1` are refused. */
export function parseAddress(text: string): ParsedAddress | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return { family: 'ipv4', address: text, zone: null };
  const [host = '', zone] = splitZone(text);
  if (!host.includes(':') || zone === '' || !ipaddr.IPv6.isValid(host)) return null;
  return { family: 'ipv6', address: ipaddr.IPv6.parse(host).toRFC5952String(), zone: zone ?? null };
}

function splitZone(text: string): [string, string?] {
  const percent = text.indexOf('%');
  return percent < 0 ? [text] : [text.slice(0, percent), text.slice(percent + 1)];
}

export const addressBits = (family: AddressFamily): number => (family === 'ipv4' ? 32 : 128);

/** The address as one number; raises RangeError for what `parseAddress` refuses. */
export function addressToNumber(text: string): bigint {
  const parsed = parseAddress(text);
  if (!parsed) throw new RangeError(`not an address: ${text}`);
  let value = 0n;
  for (const byte of ipaddr.parse(parsed.address).toByteArray()) value = (value << 8n) | BigInt(byte);
  return value;
}

/** The canonical text of a number made by `addressToNumber`. */
export function numberToAddress(value: bigint, family: AddressFamily): string {
  const bytes: number[] = [];
  for (let shift = addressBits(family) - 8; shift >= 0; shift -= 8)
    bytes.push(Number((value >> BigInt(shift)) & 0xffn));
  if (family === 'ipv4') return bytes.join('.');
  return new ipaddr.IPv6(bytes).toRFC5952String();
}

export type AddressRange =
  | 'loopback'
  | 'private'
  | 'link-local'
  | 'unique-local'
  | 'shared'
  | 'global'
  | 'multicast'
  | 'unspecified'
  | 'reserved';

/** What an address is for, by the IANA special-purpose registries; `reserved` for what is no address at all. */
export function addressRange(text: string): AddressRange {
  const parsed = parseAddress(text);
  if (!parsed) return 'reserved';
  const range = ipaddr.parse(parsed.address).range();
  switch (range) {
    case 'loopback':
    case 'private':
    case 'multicast':
    case 'unspecified':
      return range;
    case 'linkLocal':
      return 'link-local';
    case 'uniqueLocal':
      return 'unique-local';
    case 'carrierGradeNat':
      return 'shared';
    case 'unicast':
      return 'global';
    default:
      return 'reserved';
  }
}
