import type { NetworkInterface } from './model.ts';

/** Interfaces as a person wants them: linked and addressed ones first, loopback and container plumbing after, down ones last. */
export function orderInterfaces(interfaces: readonly NetworkInterface[]): readonly NetworkInterface[] {
  return interfaces.toSorted((a, b) => rank(a) - rank(b));
}

const PLUMBING: ReadonlySet<NetworkInterface['kind']> = new Set(['loopback', 'docker', 'veth', 'virtual']);

function rank(one: NetworkInterface): number {
  const linked = one.state === 'up' && one.carrier !== false;
  if (linked) return PLUMBING.has(one.kind) ? 3 : one.addresses.length > 0 ? 0 : 1;
  if (one.state === 'up') return PLUMBING.has(one.kind) ? 4 : 2;
  return one.state === 'unknown' ? 2 : 5;
}
