import type { NetworkInterfaceInfo } from 'node:os';
import { AppError } from '../errors/index.ts';
import { addressRange, interfaceKind, isInSubnet, subnetOf, type OwnAddress } from '../network/index.ts';
import type { Confinement } from './confinement.ts';
import type { SearchNetwork } from './model.ts';

/** What `os.networkInterfaces()` gives. */
export type ListedInterfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** A search of more addresses than this (a /20) asks first. */
export const LARGE_SEARCH = 4096;
/** No search is larger than this (a /16): at 64 probes a time it takes several minutes already. */
export const LARGEST_SEARCH = 65_536;

/** The networks this computer can search, the likely ones ticked. With `--networks`, exactly those. */
export function searchNetworks(listed: ListedInterfaces, confinement: Confinement): readonly SearchNetwork[] {
  if (confinement.networks !== null) {
    return confinement.networks.flatMap((cidr) => confinedNetwork(cidr, listed) ?? []);
  }
  const found = new Map<string, SearchNetwork>();
  for (const { name, info } of ipv4Of(listed)) {
    const prefix = Number(info.cidr?.split('/')[1]);
    const subnet = subnetOf(info.address, prefix);
    if (info.internal || subnet === null || prefix < 8) continue;
    const network = describe(name, info, subnet.cidr, sizeOf(prefix));
    const known = found.get(network.cidr);
    if (!known || (!known.ticked && network.ticked)) found.set(network.cidr, network);
  }
  return [...found.values()].toSorted((a, b) => Number(b.ticked) - Number(a.ticked) || a.size - b.size);
}

function ipv4Of(listed: ListedInterfaces): { readonly name: string; readonly info: NetworkInterfaceInfo }[] {
  return Object.entries(listed).flatMap(([name, infos = []]) =>
    infos.filter((info) => info.family === 'IPv4').map((info) => ({ name, info })),
  );
}

function confinedNetwork(cidr: string, listed: ListedInterfaces): SearchNetwork | null {
  const [base = '', bits = ''] = cidr.split('/');
  const subnet = subnetOf(base, Number(bits));
  // IPv6 networks are far too large to ask every address; mDNS finds what is in them.
  if (subnet?.family !== 'ipv4') return null;
  const here = ipv4Of(listed).find(({ info }) => isInSubnet(base, Number(bits), info.address));
  const size = sizeOf(Number(bits));
  return {
    cidr: subnet.cidr,
    adapter: here?.name ?? '',
    address: here?.info.address ?? '',
    kind: here ? kindOf(here.name, here.info).kind : 'Network',
    size,
    nearby: true,
    ticked: true,
    note: 'Given at the start with --networks.',
    large: size > LARGE_SEARCH,
  };
}

function describe(name: string, info: NetworkInterfaceInfo, cidr: string, size: number): SearchNetwork {
  const { kind, note } = kindOf(name, info);
  const large = size > LARGE_SEARCH;
  return {
    cidr,
    adapter: name,
    address: info.address,
    kind,
    size,
    nearby: note === '',
    ticked: note === '' && !large,
    note: note || (large ? `It has ${size.toLocaleString('en')} addresses: that takes minutes.` : ''),
    large,
  };
}

/** Adapters that only lead into this computer or away from its own network, by the names systems give them. */
const MISLEADING: readonly (readonly [RegExp, string, string])[] = [
  [/^vEthernet|hyper-?v/i, 'Virtual', 'It leads to virtual machines on this computer.'],
  [/^(vmnet|vboxnet)|vmware|virtualbox|vbox/i, 'Virtual', 'It leads to virtual machines on this computer.'],
  [/wireguard|openvpn|\btap-|tailscale|zerotier|nordlynx|vpn|utun|warp/i, 'VPN', 'It leads to a distant network.'],
  [/^(bridge\d|feth\d)/, 'Virtual', 'It leads to virtual machines on this computer.'],
  [/^(podman|cni|flannel|cali|lxc|lxd|kube)/i, 'Containers', 'It leads to containers on this computer.'],
];

/** Why an adapter is not searched unless asked for; an empty note for a real network. */
function kindOf(name: string, info: NetworkInterfaceInfo): { readonly kind: string; readonly note: string } {
  const told = MISLEADING.find(([pattern]) => pattern.test(name));
  // macOS shares its connection, with a Pi on a cable for one, through bridge100.
  if (told && name !== 'bridge100') return { kind: told[1], note: told[2] };
  const kind = interfaceKind(name, { flags: info.internal ? ['LOOPBACK'] : [] });
  switch (kind) {
    case 'loopback':
      return { kind: 'Loopback', note: 'It never leaves this computer.' };
    case 'docker':
    case 'veth':
      return { kind: 'Docker', note: 'It leads to containers on this computer.' };
    case 'tunnel':
    case 'ppp':
      return { kind: 'VPN', note: 'It leads to a distant network.' };
    case 'cellular':
      return { kind: 'Mobile', note: 'It leads to the mobile network.' };
    case 'virtual':
    case 'can':
      return { kind: 'Virtual', note: 'It leads nowhere outside this computer.' };
    default:
  }
  if (/^virbr/.test(name)) return { kind: 'Virtual', note: 'It leads to virtual machines on this computer.' };
  if (Number(info.cidr?.split('/')[1]) >= 31) return { kind: 'Point to point', note: 'There is no network behind it.' };
  if (addressRange(info.address) === 'link-local') {
    return {
      kind: 'Direct cable',
      note: 'Self-assigned addresses: 65,534 of them. mDNS finds a Pi here without a search.',
    };
  }
  if (addressRange(info.address) === 'global') {
    return { kind: 'Public', note: 'Its addresses belong to others on the internet.' };
  }
  if (kind === 'wifi' || /wi-?fi|wlan|wireless/i.test(name)) return { kind: 'Wi-Fi', note: '' };
  if (kind === 'usb-gadget') return { kind: 'USB', note: '' };
  if (kind === 'bridge' || kind === 'bond') return { kind: 'Bridge', note: '' };
  return { kind: 'Cable', note: '' };
}

/** True for an adapter that leads to a network around this computer, where a Pi may be. */
export function isNearby(name: string, info: NetworkInterfaceInfo): boolean {
  const { kind, note } = kindOf(name, info);
  return note === '' || kind === 'Direct cable';
}

const sizeOf = (prefix: number): number => (prefix >= 31 ? 2 ** (32 - prefix) : 2 ** (32 - prefix) - 2);

/** This computer’s adapters in these networks, one for each network that has any. */
export function adaptersIn(
  cidrs: readonly string[],
  listed: ListedInterfaces,
): readonly { readonly adapter: string; readonly cidr: string }[] {
  return cidrs.flatMap((cidr) => {
    const [base = '', bits = ''] = cidr.split('/');
    const here = ipv4Of(listed).find(({ info }) => isInSubnet(base, Number(bits), info.address));
    return here === undefined ? [] : [{ adapter: here.name, cidr }];
  });
}

/** This computer's own addresses, to compare with. */
export function ownAddresses(listed: ListedInterfaces): readonly OwnAddress[] {
  return Object.entries(listed).flatMap(([name, infos = []]) =>
    infos.flatMap(({ address, cidr, family, scopeid }) => {
      const prefix = Number(cidr?.split('/')[1]);
      if (!Number.isInteger(prefix)) return [];
      return { address, prefix, interface: name, index: family === 'IPv6' && scopeid ? scopeid : null };
    }),
  );
}

/**
 * Every address of the chosen networks once, without this computer’s own. Raises `BAD_NETWORK`, `OUTSIDE_NETWORKS`,
 * `LARGE_SEARCH` (with the number of addresses in its details) and `TOO_LARGE_SEARCH`.
 */
export function addressesToAsk(
  networks: readonly string[],
  options: { readonly confinement: Confinement; readonly large: boolean; readonly own: readonly string[] },
): readonly string[] {
  const subnets = networks.map((cidr) => readNetwork(cidr, options.confinement));
  const total = subnets.reduce((sum, { prefix }) => sum + sizeOf(prefix), 0);
  if (total > LARGEST_SEARCH) {
    throw new AppError(
      'TOO_LARGE_SEARCH',
      `These networks have ${total.toLocaleString('en')} addresses, too many to ask.`,
      {
        hint: 'Search a part, such as the /24 the Pi should be in. Your router’s list of devices helps too.',
        details: { addresses: total },
      },
    );
  }
  if (total > LARGE_SEARCH && !options.large) {
    throw new AppError('LARGE_SEARCH', `This search asks ${total.toLocaleString('en')} addresses and takes minutes.`, {
      hint: 'Search a smaller part, or confirm that you want all of it.',
      details: { addresses: total },
    });
  }
  const own = new Set(options.own.filter((address) => addressRange(address) !== 'loopback'));
  return [...new Set(subnets.flatMap(hostsOf))].filter((address) => !own.has(address));
}

interface Ipv4Subnet {
  readonly network: number;
  readonly prefix: number;
}

function readNetwork(cidr: string, confinement: Confinement): Ipv4Subnet {
  const [base = '', bits = ''] = cidr.split('/');
  const subnet = /^\d{1,2}$/.test(bits) ? subnetOf(base, Number(bits)) : null;
  if (subnet?.family !== 'ipv4') {
    throw new AppError('BAD_NETWORK', `“${cidr}” is not an IPv4 network such as 192.168.1.0/24.`);
  }
  if (!confinement.allowsNetwork(subnet.cidr)) confinement.require(subnet.cidr.split('/')[0] ?? '');
  if (!confinement.allowsNetwork(subnet.cidr)) {
    throw new AppError('OUTSIDE_NETWORKS', `${subnet.cidr} is larger than the networks this app was started for.`, {
      hint: `Choose ${confinement.networks?.join(', ') ?? ''}.`,
    });
  }
  if (confinement.networks === null && addressRange(subnet.network) === 'global') {
    throw new AppError('PUBLIC_NETWORK', `${subnet.cidr} belongs to others on the internet.`, {
      hint: 'Only private networks are searched. Add the device by its address instead.',
    });
  }
  return { network: toNumber(subnet.network), prefix: subnet.prefix };
}

function hostsOf({ network, prefix }: Ipv4Subnet): string[] {
  const size = 2 ** (32 - prefix);
  const edge = prefix >= 31 ? 0 : 1;
  return Array.from({ length: size - 2 * edge }, (_, at) => toText(network + edge + at));
}

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const toText = (value: number): string => [24, 16, 8, 0].map((shift) => (value / 2 ** shift) & 255).join('.');
