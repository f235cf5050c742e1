import { addressToNumber, numberToAddress, parseAddress } from './ip.ts';

export type MaskReading =
  | { readonly kind: 'mask'; readonly prefix: number; readonly mask: string }
  /** Ones after a zero, as in `255.0.255.0`: no subnet has such a mask (RFC 4632). */
  | { readonly kind: 'not-contiguous'; readonly mask: string }
  | { readonly kind: 'not-a-mask' };

/** Reads an IPv4 mask written as `/22`, `22`, `255.255.252.0` or, as BSD does, `0xfffffc00`. */
export function parseMask(text: string): MaskReading {
  const trimmed = text.trim();
  const prefix = /^\/?(\d{1,2})$/.exec(trimmed)?.[1];
  if (prefix !== undefined) {
    const value = Number(prefix);
    return value <= 32 ? { kind: 'mask', prefix: value, mask: formatPrefixMask(value) } : { kind: 'not-a-mask' };
  }
  const bits = maskBits(trimmed);
  if (bits === null) return { kind: 'not-a-mask' };
  const mask = numberToAddress(bits, 'ipv4');
  const ones = bits.toString(2).padStart(32, '0');
  const zero = ones.indexOf('0');
  if (zero >= 0 && ones.includes('1', zero)) return { kind: 'not-contiguous', mask };
  return { kind: 'mask', prefix: zero < 0 ? 32 : zero, mask };
}

function maskBits(text: string): bigint | null {
  if (/^0x[0-9a-f]{1,8}$/i.test(text)) return BigInt(text);
  return parseAddress(text)?.family === 'ipv4' ? addressToNumber(text) : null;
}

/** `22` as `255.255.252.0`. */
export function formatPrefixMask(prefix: number): string {
  return numberToAddress((0xffffffffn << BigInt(32 - prefix)) & 0xffffffffn, 'ipv4');
}
