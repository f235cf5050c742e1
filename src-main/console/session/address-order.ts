import type { LookupAddress } from 'node:dns';

/** Addresses with the families taking turns, as RFC 8305 section 4 asks; the resolver's first one stays first. */
export function interleaveFamilies(addresses: readonly LookupAddress[]): LookupAddress[] {
  const first = addresses[0]?.family;
  const same = addresses.filter((one) => one.family === first);
  const other = addresses.filter((one) => one.family !== first);
  const ordered: LookupAddress[] = [];
  for (let i = 0; i < Math.max(same.length, other.length); i += 1) {
    const [a, b] = [same[i], other[i]];
    if (a) ordered.push(a);
    if (b) ordered.push(b);
  }
  return ordered;
}
