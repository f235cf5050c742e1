import type { NetworkInterfaceInfo } from 'node:os';
import { addressRange, interfaceKind, isInSubnet } from '../../network/index.ts';
import type { Confinement } from '../confinement.ts';
import { isNearby, type ListedInterfaces } from '../networks.ts';

/** One of our addresses that mDNS uses. */
export interface MdnsAdapter {
  readonly name: string;
  readonly index: number | null;
  readonly address: string;
  readonly prefix: number;
  readonly family: 4 | 6;
}

/**
 * Where mDNS asks and listens: every real network of this computer, or exactly the addresses inside `--networks`. Joining
 * without naming an adapter would leave the choice to the system, which often takes a VPN or a virtual one
 * (mafintosh/multicast-dns#32).
 */
export function mdnsAdapters(listed: ListedInterfaces, confinement: Confinement): readonly MdnsAdapter[] {
  return Object.entries(listed).flatMap(([name, infos = []]) =>
    infos.flatMap((info): MdnsAdapter[] => {
      const family = info.family === 'IPv4' ? 4 : 6;
      const prefix = Number(info.cidr?.split('/')[1]);
      const index = infos.find(({ scopeid }) => scopeid)?.scopeid ?? null;
      const adapter = { name, index, address: info.address, prefix, family } as const;
      if (confinement.networks !== null) return confinement.allows(info.address) ? [adapter] : [];
      if (info.internal) return [];
      if (family === 4) return isNearby(name, info) ? [adapter] : [];
      // IPv6 multicast leaves by the link-local address (RFC 6762, section 11).
      return addressRange(info.address) === 'link-local' && isNearbyWithoutIpv4(name, infos) ? [adapter] : [];
    }),
  );
}

/** A cable straight to a Pi may have only IPv6: then the adapter is known by its name alone. */
function isNearbyWithoutIpv4(name: string, infos: readonly NetworkInterfaceInfo[]): boolean {
  const ipv4 = infos.filter(({ family }) => family === 'IPv4');
  if (ipv4.length > 0) return ipv4.some((info) => isNearby(name, info));
  return ['ethernet', 'wifi', 'usb-gadget'].includes(interfaceKind(name));
}

/** The adapter whose network an answer came from; undefined for one from elsewhere, which is not to be believed (RFC 6762, section 11). */
export function adapterOf(from: string, adapters: readonly MdnsAdapter[]): MdnsAdapter | undefined {
  const [address = '', zone] = from.split('%');
  return adapters.find(
    (one) =>
      isInSubnet(one.address, one.prefix, address) &&
      (zone === undefined || zone === one.name || zone === String(one.index)),
  );
}
