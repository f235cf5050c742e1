import type { LocalResolvers } from './local-resolvers.ts';
import { askMdns, type MdnsInterface } from './mdns.ts';

export interface MdnsQuestion {
  /** Milliseconds for an answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** The addresses that a `.local` name has by mDNS, asked on every adapter of this computer, the IPv4 ones first. */
export async function addressesByMdns(
  host: string,
  local: LocalResolvers,
  { timeoutMs, signal }: MdnsQuestion,
): Promise<readonly string[]> {
  const { interfaces } = local.mdnsInterfaces();
  const options = { timeoutMs, signal, port: local.mdnsPort };
  const answers = await Promise.all(interfaces.map((through) => askMdns(host, ['A', 'AAAA'], through, options)));
  const addresses = answers.flatMap(({ records }, at) =>
    records.flatMap((one) => (one.family ? usable(one.value, interfaces[at]) : [])),
  );
  return [...new Set(addresses)].toSorted((a, b) => Number(a.includes(':')) - Number(b.includes(':')));
}

/** A link-local address leads nowhere without its zone, which Windows writes as a number that is not known here. */
function usable(address: string, through: MdnsInterface | undefined): readonly string[] {
  if (!address.startsWith('fe80:')) return [address];
  return through === undefined || process.platform === 'win32' ? [] : [`${address}%${through.name}`];
}
