import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import { addressesByMdns, isLocalName, serversOfThisComputer, type LocalResolvers } from '../dns/index.ts';

/**
 * This computer's means of looking up. mDNS may use every adapter that reaches other machines, or, when `networks`
 * (CIDR) were given at the start, only those with an address inside one of them.
 */
export function resolversOfThisComputer(networks: readonly string[] | null): LocalResolvers {
  const allowed = networks?.map((network) => ipaddr.parseCIDR(network)) ?? null;
  const mayUse = (address: string): boolean => {
    if (!allowed) return true;
    const parsed = ipaddr.process(address.split('%')[0] ?? address);
    return allowed.some(([base, bits]) => base.kind() === parsed.kind() && parsed.match(base, bits));
  };
  return {
    servers: () => serversOfThisComputer(),
    mdnsInterfaces: () => {
      const interfaces = Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
        (addresses ?? [])
          .filter(({ internal, address }) => (allowed !== null || !internal) && mayUse(address))
          .map(({ address, family }) => ({ name, address, family: family === 'IPv6' ? (6 as const) : (4 as const) })),
      );
      return { interfaces, reason: interfaces.length > 0 ? '' : reasonForNone(networks) };
    },
  };
}

const NAME_TIMEOUT_MS = 3000;

/** Asks mDNS for `.local` names, which many a Windows does not know by itself; other names have no address there. */
export function askLocalNames(
  local: LocalResolvers,
): (host: string, signal: AbortSignal) => Promise<readonly string[]> {
  return async (host, signal) =>
    isLocalName(host) ? addressesByMdns(host, local, { timeoutMs: NAME_TIMEOUT_MS, signal }) : [];
}

function reasonForNone(networks: readonly string[] | null): string {
  if (networks === null) return 'No network adapter of this computer is connected.';
  if (networks.length === 0) return 'The app was started with no network to search.';
  return `No adapter of this computer is in ${networks.join(', ')}.`;
}
