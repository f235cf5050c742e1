import { AppError } from '../errors/index.ts';
import type { OwnAddress } from '../network/index.ts';
import { addressesToTry } from './addresses-to-try.ts';
import type { LocalResolvers } from './local-resolvers.ts';
import { askMdns, type MdnsAnswer, type MdnsInterface } from './mdns.ts';

export interface MdnsQuestion {
  /** Milliseconds for an answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * The addresses that a `.local` name has by mDNS, in the order to try them. Asked on every adapter of this computer at
 * once; the first that knows one ends the others. Raises `CANCELLED`.
 */
export async function addressesByMdns(
  host: string,
  local: LocalResolvers,
  { timeoutMs, signal }: MdnsQuestion,
): Promise<readonly string[]> {
  const { interfaces } = local.mdnsInterfaces();
  const own = local.ownAddresses();
  const enough = new AbortController();
  const options = {
    timeoutMs,
    signal: signal ? AbortSignal.any([signal, enough.signal]) : enough.signal,
    port: local.mdnsPort,
  };
  const asked = interfaces.map(async (through) => {
    const answer = await askMdns(host, ['A', 'AAAA'], through, options);
    const addresses = toTry(answer, through, own);
    if (addresses.length === 0) throw new AppError('NO_ADDRESS', `${host} has no address on ${through.name}.`);
    return addresses;
  });
  try {
    return await Promise.any(asked);
  } catch (thrown) {
    const unexpected = (thrown as AggregateError).errors.find(
      (one: unknown) => AppError.from(one).code !== 'NO_ADDRESS',
    );
    if (unexpected !== undefined) throw unexpected;
    return [];
  } finally {
    enough.abort();
  }
}

const toTry = ({ records }: MdnsAnswer, { name, index = null }: MdnsInterface, own: readonly OwnAddress[]) =>
  addressesToTry(
    records.filter(({ family }) => family !== null).map(({ value }) => ({ address: value, heardOn: { name, index } })),
    own,
  );
