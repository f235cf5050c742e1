import { isInSubnet, subnetOf, addressRange, type Neighbour, type NetworkSnapshot } from '../../network/index.ts';
import { isRaspberryPiMac } from '../../network/index.ts';
import { bad, good, OPEN_NETWORK, unknown, warning, type Finding } from '../finding.ts';

/** How a host name was turned into addresses. */
export interface NameFacts {
  readonly host: string;
  /** `address`: the host is an address already. `unusable`: it has addresses, but none that can be connected to. */
  readonly outcome: 'address' | 'found' | 'unusable' | 'not-found' | 'silent' | 'failed';
  readonly via: 'system' | 'mdns' | null;
  readonly addresses: readonly string[];
  /** The address it had when it was used last, or null. */
  readonly lastAddress: string | null;
  readonly evidence: readonly string[];
}

export function judgeName(facts: NameFacts): Finding {
  const { host, outcome, via, addresses, lastAddress, evidence } = facts;
  const more = { evidence };
  if (outcome === 'address') return good(`${host} is an address, so no name has to be looked up.`);
  if (outcome === 'found') {
    const how = via === 'mdns' ? 'the device itself answered (mDNS)' : 'the system’s resolver answered';
    return good(`${host} is ${addresses.join(', ')}: ${how}.`, more);
  }
  const action = { kind: 'dns', label: 'Look it up on the DNS page' } as const;
  const elsewhere = lastAddress === null ? '' : ` Last time it was at ${lastAddress}: add a device with that address.`;
  if (outcome === 'not-found') {
    const local = host.toLowerCase().endsWith('.local');
    return bad(
      `The name ${host} is not known${local ? ': no device on this network answers to it' : ''}.`,
      `${local ? 'Check that the Pi is switched on and on the same network, and the spelling.' : 'Check the spelling, or use the IP address, which the router lists.'}${elsewhere}`,
      { action, evidence },
    );
  }
  if (outcome === 'unusable') {
    return bad(
      `The name ${host} is known, but by no address that can be connected to.`,
      `Use the IP address of the device, a link-local one with its adapter: fe80::1%eth0.${elsewhere}`,
      { action, evidence },
    );
  }
  if (outcome === 'silent') {
    return bad(
      `The name ${host} was not answered in time.`,
      `The DNS server of this computer keeps silent: check this computer’s own network, or use the IP address.${elsewhere}`,
      { action, evidence },
    );
  }
  return bad(
    `The name ${host} could not be looked up.`,
    `Check this computer’s network connection, or use the IP address.${elsewhere}`,
    { action, evidence },
  );
}

/** The way from this computer to an address. */
export type PathFacts =
  | { readonly kind: 'own' }
  | { readonly kind: 'same-subnet'; readonly interface: string; readonly own: string; readonly cidr: string }
  | {
      readonly kind: 'routed';
      readonly interface: string | null;
      readonly gateway: string | null;
      readonly destination: string;
      readonly own: string | null;
    }
  | { readonly kind: 'none'; readonly own: readonly string[] }
  | { readonly kind: 'unknown' };

/** Works out how this computer reaches an address: by its own subnets, then by the longest route that holds it. */
export function pathTo(address: string, here: NetworkSnapshot): PathFacts {
  const plain = address.split('%')[0] ?? address;
  const own = here.interfaces.flatMap((one) =>
    one.state === 'down' ? [] : one.addresses.map((each) => ({ ...each, interface: one.name })),
  );
  if (addressRange(plain) === 'loopback' || own.some((one) => one.address === plain)) return { kind: 'own' };
  const near = own
    .filter(({ prefix, address: mine }) => prefix !== null && isInSubnet(mine, prefix, plain))
    .toSorted((a, b) => (b.prefix ?? 0) - (a.prefix ?? 0))[0];
  if (near) {
    const cidr = subnetOf(near.address, near.prefix ?? 0)?.cidr ?? '';
    return { kind: 'same-subnet', interface: near.interface, own: near.address, cidr };
  }
  if (here.routes === null) return { kind: 'unknown' };
  const family = plain.includes(':') ? 'ipv6' : 'ipv4';
  const route = here.routes
    .filter((one) => one.family === family && one.type === 'unicast' && !one.linkDown)
    .filter(({ destination }) => holds(destination, plain))
    .toSorted((a, b) => bits(b.destination) - bits(a.destination) || (a.metric ?? 0) - (b.metric ?? 0))[0];
  if (!route) {
    return { kind: 'none', own: own.filter((one) => one.family === family).map((one) => one.address) };
  }
  const from = own.find((one) => one.interface === route.interface && one.family === family)?.address ?? null;
  return {
    kind: 'routed',
    interface: route.interface,
    gateway: route.gateway,
    destination: route.destination,
    own: route.from ?? from,
  };
}

const bits = (destination: string): number => (destination === 'default' ? 0 : Number(destination.split('/')[1] ?? 0));

function holds(destination: string, address: string): boolean {
  if (destination === 'default') return true;
  const [network = '', prefix = ''] = destination.split('/');
  return isInSubnet(network, Number(prefix), address);
}

export function judgePath(address: string, facts: PathFacts): Finding {
  switch (facts.kind) {
    case 'own':
      return good(`${address} is this computer itself.`);
    case 'same-subnet':
      return good(`Same subnet: ${facts.own} (${facts.interface}) and ${address} are both in ${facts.cidr}.`);
    case 'unknown':
      return unknown('The routes of this computer could not be read, so the way there is not known.');
    case 'none':
      return noWay(address, facts.own);
    case 'routed':
      return routed(address, facts);
  }
}

function noWay(address: string, own: readonly string[]): Finding {
  const mine = own.filter((one) => addressRange(one) !== 'loopback');
  const text = `This computer has no way to ${address}.`;
  if (addressRange(address) === 'link-local' && !address.includes(':')) {
    return bad(
      `${text} An address that begins with 169.254 is what a machine gives itself when no router hands one out.`,
      'Connect the Pi to the router by cable, or set this computer’s adapter to get its address by itself, then start the Pi anew.',
      { action: OPEN_NETWORK },
    );
  }
  return bad(
    text,
    mine.length === 0
      ? 'Connect this computer to the network the Pi is in: by cable or by Wi-Fi.'
      : `This computer is at ${mine.join(', ')}: connect it to the network the Pi is in.`,
    { action: OPEN_NETWORK },
  );
}

function routed(address: string, facts: PathFacts & { readonly kind: 'routed' }): Finding {
  const through =
    facts.gateway === null ? `over ${facts.interface ?? 'a link'}` : `through the gateway ${facts.gateway}`;
  const text = `Not the same subnet: packets for ${address} go ${through}.`;
  const evidence = [
    `route ${facts.destination} ${facts.gateway === null ? '' : `via ${facts.gateway} `}dev ${facts.interface ?? 'unknown'}`,
  ];
  if (addressRange(address) === 'global' || facts.destination !== 'default') return good(text, { evidence });
  return warning(
    text,
    `${address} is a private address of another network: that works only when a router joins the two. On a home network both usually share one: check that this computer is not in a guest Wi-Fi or a VPN.`,
    { evidence, action: OPEN_NETWORK },
  );
}

/** What the neighbour table says about an address after something was sent there. */
export interface NeighbourFacts {
  readonly neighbour: Neighbour | null;
  /** False when this computer's neighbour table cannot be read. */
  readonly readable: boolean;
}

export function judgeNeighbour(address: string, { neighbour, readable }: NeighbourFacts): Finding {
  if (!readable) return unknown('The neighbour table of this computer could not be read.');
  if (neighbour?.mac && neighbour.state !== 'failed') {
    const pi = isRaspberryPiMac(neighbour.mac) ? ', a Raspberry Pi’s' : '';
    return good(`${address} answers on the local network with the MAC ${neighbour.mac}${pi}.`, {
      evidence: [`${address} dev ${neighbour.interface ?? 'unknown'} lladdr ${neighbour.mac} ${neighbour.state}`],
    });
  }
  if (neighbour?.state === 'failed' || neighbour?.state === 'incomplete') {
    return bad(
      `No machine on the local network answers for ${address}.`,
      'The Pi is switched off, still starting, not connected, or has another address now. Check its power and its cable or Wi-Fi; the router lists who is connected.',
      { evidence: [`${address} ${neighbour.state}`] },
    );
  }
  return unknown(`The local network has not told yet who has ${address}.`);
}
