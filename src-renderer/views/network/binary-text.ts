import type { Subnet } from '../../../src-main/api/network.ts';

/** Address, mask and network of an IPv4 subnet in binary, one under the other; null for IPv6, whose lines are too long. */
export function binaryText({ address, mask, network }: Subnet): string | null {
  if (mask === null) return null;
  const line = (name: string, dotted: string): string => `${name.padEnd(8)} ${bits(dotted)}  ${dotted}`;
  return [line('address', address), line('mask', mask), line('network', network)].join('\n');
}

const bits = (dotted: string): string =>
  dotted
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('.');
