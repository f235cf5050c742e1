import { networkInterfaces } from 'node:os';
import { Confinement, mdnsAdapters, ownAddresses, type ListedInterfaces } from '../discovery/index.ts';
import { addressesByMdns, isLocalName, serversOfThisComputer, type LocalResolvers } from '../dns/index.ts';

/**
 * This computer's means of looking up. mDNS may use every adapter that leads to a network around it, or, when `networks`
 * (CIDR) were given at the start, only those with an address inside one of them.
 */
export function resolversOfThisComputer(
  networks: readonly string[] | null,
  listed: () => ListedInterfaces = networkInterfaces,
): LocalResolvers {
  const confinement = new Confinement(networks);
  return {
    servers: () => serversOfThisComputer(),
    mdnsInterfaces: () => {
      const interfaces = mdnsAdapters(listed(), confinement);
      return { interfaces, reason: interfaces.length > 0 ? '' : reasonForNone(networks) };
    },
    ownAddresses: () => ownAddresses(listed()),
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
  if (networks === null) return 'No adapter of this computer leads to a network around it.';
  if (networks.length === 0) return 'The app was started with no network to search.';
  return `No adapter of this computer is in ${networks.join(', ')}.`;
}
