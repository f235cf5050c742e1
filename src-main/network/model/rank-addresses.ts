import { addressRange, parseAddress } from './ip.ts';
import { isInSubnet } from './subnet.ts';

/** An address of this computer, with what is needed to compare and to zone. */
export interface OwnAddress {
  readonly address: string;
  readonly prefix: number;
  readonly interface: string;
  /** The kernel's number of the interface, or null. */
  readonly index: number | null;
}

/** An address at which a device might answer. */
export interface Candidate {
  readonly address: string;
  /** Our interface it was heard on: the zone of a link-local address. */
  readonly heardOn?: { readonly name: string; readonly index: number | null };
  /** True for one that is about to be replaced: temporary or deprecated (RFC 8981). */
  readonly shortLived?: boolean;
}

export interface RankedAddress {
  /** Ready to connect to: a link-local IPv6 address carries its zone. */
  readonly address: string;
  /** Why it stands where it does, for a person. */
  readonly reason: string;
}

/** Subnets Docker gives its bridges unless told otherwise: every machine with Docker has them, so they lead nowhere. */
const DOCKER_SUBNETS: readonly (readonly [string, number])[] = Array.from({ length: 15 }, (_, at) => [
  `172.${17 + at}.0.0`,
  16,
]);

/**
 * Orders the addresses of a device as they should be tried: same subnet as ours, other private IPv4, global IPv6,
 * link-local with its zone, Docker's bridges last. Link-local addresses without a known zone are of no use and left out.
 */
export function rankAddresses(
  candidates: readonly Candidate[],
  own: readonly OwnAddress[],
  zoneForm: 'index' | 'name' = 'name',
): readonly RankedAddress[] {
  return candidates
    .flatMap((candidate) => place(candidate, own, zoneForm) ?? [])
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ address, reason }) => ({ address, reason }));
}

interface Placed extends RankedAddress {
  readonly rank: number;
}

function place(candidate: Candidate, own: readonly OwnAddress[], zoneForm: 'index' | 'name'): Placed | null {
  const parsed = parseAddress(candidate.address);
  if (!parsed) return null;
  const { address, family, zone } = parsed;
  const later = candidate.shortLived ? 0.5 : 0;
  const range = addressRange(address);
  if (range === 'loopback' || range === 'unspecified' || range === 'multicast') return null;
  if (range === 'link-local' && family === 'ipv6') return placeLinkLocal(address, zone, candidate, zoneForm, later);
  const neighbour = own.find((ours) => isInSubnet(ours.address, ours.prefix, address));
  if (neighbour && !isDockerBridge(neighbour.interface)) {
    return {
      address,
      rank: later + (family === 'ipv4' ? 0 : 1),
      reason: `in the same subnet as this computer (${neighbour.interface})`,
    };
  }
  if (family === 'ipv4' && DOCKER_SUBNETS.some(([network, prefix]) => isInSubnet(network, prefix, address))) {
    return { address, rank: 9, reason: 'probably a Docker bridge inside the device' };
  }
  if (range === 'link-local') return { address, rank: 8, reason: 'self-assigned, reached only from the same cable' };
  if (family === 'ipv4')
    return { address, rank: later + 2, reason: range === 'private' ? 'another private network' : 'a public address' };
  return {
    address,
    rank: later + (range === 'unique-local' ? 3 : 4),
    reason: range === 'unique-local' ? 'a private IPv6 network' : 'a global IPv6 address',
  };
}

const isDockerBridge = (name: string): boolean => /^(docker\d|br-[0-9a-f]{12}$|veth)/.test(name);

function placeLinkLocal(
  address: string,
  zone: string | null,
  candidate: Candidate,
  zoneForm: 'index' | 'name',
  later: number,
): Placed | null {
  const heard = candidate.heardOn;
  const known = heard ? (zoneForm === 'index' && heard.index !== null ? String(heard.index) : heard.name) : zone;
  if (known === null) return null;
  return {
    address: `${address}%${known}`,
    rank: later + 6,
    reason: `link-local, only through ${heard?.name ?? known}`,
  };
}
