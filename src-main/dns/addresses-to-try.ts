import { addressRange, rankAddresses, type Candidate, type OwnAddress } from '../network/index.ts';

/**
 * The addresses of a name in the order to try them: near ones first, a container's bridge after all others. This computer's
 * own loopback, IPv4 before IPv6, comes last. What cannot be connected to, such as a link-local address without its zone, is
 * left out.
 */
export function addressesToTry(candidates: readonly Candidate[], own: readonly OwnAddress[]): readonly string[] {
  const ranked = rankAddresses(candidates, own, process.platform === 'win32' ? 'index' : 'name');
  const loopback = candidates.filter(({ address }) => addressRange(address) === 'loopback');
  return [
    ...ranked.map(({ address }) => address),
    ...loopback.map(({ address }) => address).toSorted((a, b) => Number(a.includes(':')) - Number(b.includes(':'))),
  ];
}
