import { addressRange } from './ip.ts';
import type { AddressFamily, InterfaceAddress } from './model.ts';

/**
 * The address of an interface worth copying and connecting to: stable before temporary, current before deprecated or
 * tentative, the primary before aliases, global before link-local. Null when there is none of the family.
 */
export function preferredAddress(
  addresses: readonly InterfaceAddress[],
  family?: AddressFamily,
): InterfaceAddress | null {
  const usable = addresses.filter((one) => family === undefined || one.family === family);
  return usable.toSorted((a, b) => cost(a) - cost(b))[0] ?? null;
}

function cost({ address, family, marks, label }: InterfaceAddress): number {
  const range = addressRange(address);
  return (
    (marks.includes('duplicate') || marks.includes('tentative') ? 64 : 0) +
    (marks.includes('deprecated') ? 32 : 0) +
    (range === 'link-local' ? 16 : 0) +
    (marks.includes('temporary') ? 8 : 0) +
    (family === 'ipv6' ? 4 : 0) +
    (range === 'unique-local' ? 2 : 0) +
    (label !== null || marks.includes('secondary') ? 1 : 0)
  );
}
