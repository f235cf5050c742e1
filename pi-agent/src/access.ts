import type { NetworkInterfaceInfo } from 'node:os';
import { BlockList, isIPv6 } from 'node:net';

export const ACCESS_MODES = ['ssh-only', 'local', 'token', 'anyone'] as const;

/** Who may connect; what each means is in PROTOCOL.md. */
export type AccessMode = (typeof ACCESS_MODES)[number];

/** The address to listen on when none was given: in `ssh-only` nothing outside this computer reaches the port. */
export function defaultHost(access: AccessMode): string {
  return access === 'ssh-only' ? '127.0.0.1' : '::';
}

type Interfaces = Readonly<Record<string, readonly Pick<NetworkInterfaceInfo, 'cidr'>[] | undefined>>;

/** An address without the zone of a link-local one and without the IPv6 clothes of an IPv4 one. */
export function plainAddress(address: string): string {
  const zoneless = address.replace(/%.*$/, '');
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(zoneless)?.[1] ?? zoneless;
}

/**
 * Says whether a peer may connect. `interfaces` are this computer's own (`os.networkInterfaces`), asked each time because
 * addresses come and go.
 */
export function mayConnect(access: AccessMode, peer: string, interfaces: () => Interfaces): boolean {
  switch (access) {
    case 'ssh-only':
      return isOwn(peer, {});
    case 'local':
      return isOwn(peer, interfaces());
    case 'token':
    case 'anyone':
      return true;
  }
}

/** True for loopback and for every subnet that one of these interfaces is in. */
function isOwn(peer: string, interfaces: Interfaces): boolean {
  const own = new BlockList();
  own.addSubnet('127.0.0.0', 8, 'ipv4');
  own.addAddress('::1', 'ipv6');
  for (const { cidr } of Object.values(interfaces).flatMap((addresses) => addresses ?? [])) {
    const [address, prefix] = (cidr ?? '').split('/');
    if (address && prefix) own.addSubnet(address, Number(prefix), familyOf(address));
  }
  const plain = plainAddress(peer);
  return own.check(plain, familyOf(plain));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
