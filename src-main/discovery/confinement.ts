import ipaddr from 'ipaddr.js';
import { AppError } from '../errors/index.ts';

/**
 * Where packets of a search may go. With `--networks` only into those networks; every probe and every mDNS socket asks
 * here first, so that nothing can leave by another way.
 */
export class Confinement {
  /** The networks as given, or null when the choice is the person's. */
  readonly networks: readonly string[] | null;
  readonly #allowed: readonly [ipaddr.IPv4 | ipaddr.IPv6, number][] | null;

  constructor(networks: readonly string[] | null) {
    this.networks = networks;
    this.#allowed = networks?.map((network) => ipaddr.parseCIDR(network)) ?? null;
  }

  /** True when a packet may go to this address; a zone is ignored. */
  allows(address: string): boolean {
    const bare = address.split('%')[0] ?? '';
    if (!ipaddr.isValid(bare)) return false;
    if (this.#allowed === null) return true;
    const parsed = ipaddr.process(bare);
    return this.#allowed.some(([base, bits]) => base.kind() === parsed.kind() && parsed.match(base, bits));
  }

  /** True when a whole network may be asked. */
  allowsNetwork(cidr: string): boolean {
    if (this.#allowed === null) return true;
    const [address, bits] = ipaddr.parseCIDR(cidr);
    return this.#allowed.some(
      ([base, width]) => base.kind() === address.kind() && bits >= width && address.match(base, width),
    );
  }

  /** Raises `OUTSIDE_NETWORKS`. */
  require(address: string): void {
    if (this.allows(address)) return;
    throw new AppError('OUTSIDE_NETWORKS', `${address} is outside the networks this app was started for.`, {
      hint: `Start Pi Workbench with --networks that include it. Now it may reach ${this.networks?.join(', ') || 'none'}.`,
    });
  }
}
