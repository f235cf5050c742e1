import { isIP } from 'node:net';
import {
  addressesByMdns,
  addressesToTry,
  isLocalName,
  SystemResolver,
  type LocalResolvers,
  type Outcome,
} from '../../dns/index.ts';
import type { NameFacts } from '../interpret/reach.ts';

const SYSTEM_TIMEOUT_MS = 6000;
const MDNS_TIMEOUT_MS = 3000;

export interface ResolveOptions {
  readonly local: LocalResolvers;
  readonly lastAddress: string | null;
  readonly signal?: AbortSignal;
}

/**
 * Turns a host into addresses, the one to try first in front, as a program of this computer would, and by mDNS when that gives
 * none.
 */
export async function resolveHost(host: string, { local, lastAddress, signal }: ResolveOptions): Promise<NameFacts> {
  const bare = host.split('%')[0] ?? host;
  if (isIP(bare) !== 0) {
    return { host, outcome: 'address', via: null, addresses: [host], lastAddress, evidence: [] };
  }
  const system = await new SystemResolver().addresses(host, ['A', 'AAAA'], { timeoutMs: SYSTEM_TIMEOUT_MS, signal });
  const told = `system resolver: ${system.outcome}${system.code ? ` (${system.code})` : ''}, ${Math.round(system.durationMs)} ms`;
  const found = system.records.map(({ value }) => ({ address: value }));
  const addresses = addressesToTry(found, local.ownAddresses());
  if (addresses.length > 0) return { host, outcome: 'found', via: 'system', addresses, lastAddress, evidence: [told] };
  const mdns = isLocalName(host) ? await addressesByMdns(host, local, { timeoutMs: MDNS_TIMEOUT_MS, signal }) : [];
  const evidence = [
    [told, ...found.map(({ address }) => address)].join(', '),
    ...(isLocalName(host) ? [`mDNS: ${mdns.join(', ') || 'no answer'}`] : []),
  ];
  if (mdns.length > 0) return { host, outcome: 'found', via: 'mdns', addresses: mdns, lastAddress, evidence };
  return { host, outcome: withoutAddress(system.outcome), via: null, addresses: [], lastAddress, evidence };
}

function withoutAddress(outcome: Outcome): NameFacts['outcome'] {
  switch (outcome) {
    case 'found':
      return 'unusable';
    case 'not-found':
    case 'no-data':
      return 'not-found';
    case 'timed-out':
      return 'silent';
    default:
      return 'failed';
  }
}
