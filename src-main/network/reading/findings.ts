import { gatewaysOf } from '../model/gateways.ts';
import { addressRange } from '../model/ip.ts';
import type { InterfaceAddress, NetworkInterface, NetworkSnapshot } from '../model/model.ts';
import { isInSubnet, subnetOf } from '../model/subnet.ts';

/** Something a person should know about a network, in words. */
export interface Finding {
  readonly code:
    | 'self-assigned'
    | 'no-carrier'
    | 'wifi-not-joined'
    | 'no-address'
    | 'no-gateway'
    | 'gateway-outside'
    | 'no-dns'
    | 'same-subnet-twice'
    | 'invalid-mask'
    | 'duplicate-address'
    | 'network-address'
    | 'many-errors'
    | 'weak-wifi'
    | 'slow-link';
  readonly level: 'problem' | 'hint';
  /** The interface it is about, or null. */
  readonly interface: string | null;
  readonly text: string;
  /** What to do about it. */
  readonly advice: string;
}

/** Looks through a snapshot for what commonly goes wrong. Only what is known counts: unknown is never a fault. */
export function findingsOf(snapshot: NetworkSnapshot): readonly Finding[] {
  const physical = snapshot.interfaces.filter(({ kind }) => PHYSICAL.has(kind));
  return [
    ...snapshot.interfaces.flatMap(addressFindings),
    ...physical.flatMap(linkFindings),
    ...sharedSubnets(physical),
    ...gatewayFindings(snapshot),
    ...dnsFindings(snapshot),
  ];
}

const PHYSICAL: ReadonlySet<NetworkInterface['kind']> = new Set(['ethernet', 'wifi', 'usb-gadget', 'unknown']);

function addressFindings(one: NetworkInterface): readonly Finding[] {
  return one.addresses.flatMap((address) => [
    ...badMask(one, address),
    ...placeInSubnet(one, address),
    ...(address.marks.includes('duplicate') ? [duplicate(one, address)] : []),
    ...(address.family === 'ipv4' && addressRange(address.address) === 'link-local'
      ? [selfAssigned(one, address)]
      : []),
  ]);
}

function selfAssigned(one: NetworkInterface, { address }: InterfaceAddress): Finding {
  return {
    code: 'self-assigned',
    level: 'problem',
    interface: one.name,
    text: `${one.name} gave itself ${address}, because no router handed out an address (169.254.x.x is what a machine takes when DHCP does not answer).`,
    advice: 'Check the cable to the router, or that the router hands out addresses; then restart the interface.',
  };
}

function badMask(one: NetworkInterface, { address, invalidMask }: InterfaceAddress): readonly Finding[] {
  if (invalidMask === null) return [];
  return [
    {
      code: 'invalid-mask',
      level: 'problem',
      interface: one.name,
      text: `The mask ${invalidMask} of ${address} on ${one.name} is not a valid mask: a mask is ones first, then zeros.`,
      advice: 'Set the mask the other machines of this network use, usually 255.255.255.0.',
    },
  ];
}

function duplicate(one: NetworkInterface, { address }: InterfaceAddress): Finding {
  return {
    code: 'duplicate-address',
    level: 'problem',
    interface: one.name,
    text: `Another machine already uses ${address}, so ${one.name} may not.`,
    advice: 'Give one of the two another address.',
  };
}

function placeInSubnet(one: NetworkInterface, { address, family, prefix }: InterfaceAddress): readonly Finding[] {
  if (family !== 'ipv4' || prefix === null || prefix > 30) return [];
  const subnet = subnetOf(address, prefix);
  if (!subnet || (address !== subnet.network && address !== subnet.broadcast)) return [];
  return [
    {
      code: 'network-address',
      level: 'problem',
      interface: one.name,
      text: `${address}/${prefix} on ${one.name} is the ${address === subnet.network ? 'network' : 'broadcast'} address of its subnet, which no machine may have.`,
      advice: `Use an address from ${subnet.first} to ${subnet.last}.`,
    },
  ];
}

function linkFindings(one: NetworkInterface): readonly Finding[] {
  if (one.state !== 'up') return [];
  if (one.carrier === false) return [noLink(one)];
  return [...noAddress(one), ...wifiFindings(one), ...errorFindings(one), ...speedFindings(one)];
}

function noLink(one: NetworkInterface): Finding {
  if (one.kind === 'wifi') {
    return {
      code: 'wifi-not-joined',
      level: 'hint',
      interface: one.name,
      text: `${one.name} is switched on but has joined no Wi-Fi network.`,
      advice: 'Join one with raspi-config or nmtui, or ignore this when the cable is used.',
    };
  }
  return {
    code: 'no-carrier',
    level: 'hint',
    interface: one.name,
    text: `${one.name} is switched on but sees no link: no cable, or nothing at its other end.`,
    advice: 'Push the plug in until it clicks, and look for the light beside it.',
  };
}

function noAddress(one: NetworkInterface): readonly Finding[] {
  if (one.carrier !== true || one.master !== null || one.addresses.some(({ family }) => family === 'ipv4')) return [];
  return [
    {
      code: 'no-address',
      level: 'hint',
      interface: one.name,
      text: `${one.name} has a link but no IPv4 address yet.`,
      advice: 'Wait some seconds for DHCP; if none comes, check that the router hands out addresses.',
    },
  ];
}

/** Below this a Pi's Wi-Fi loses packets often. */
const WEAK_SIGNAL_DBM = -75;

function wifiFindings({ name, wifi }: NetworkInterface): readonly Finding[] {
  if (wifi?.signalDbm === null || wifi?.signalDbm === undefined || wifi.signalDbm > WEAK_SIGNAL_DBM) return [];
  return [
    {
      code: 'weak-wifi',
      level: 'hint',
      interface: name,
      text: `The Wi-Fi signal of ${name} is weak: ${wifi.signalDbm} dBm.`,
      advice: 'Move the Pi nearer to the access point, or use a cable.',
    },
  ];
}

/** Errors matter from one in a thousand packets on. */
function errorFindings({ name, counters }: NetworkInterface): readonly Finding[] {
  const { rxErrors, rxPackets, txErrors, txPackets } = counters ?? {};
  if (!rxErrors || !rxPackets || !txErrors || !txPackets) return [];
  const [errors, packets] = [BigInt(rxErrors) + BigInt(txErrors), BigInt(rxPackets) + BigInt(txPackets)];
  if (errors < 10n || errors * 1000n < packets) return [];
  return [
    {
      code: 'many-errors',
      level: 'hint',
      interface: name,
      text: `${name} counts ${errors} errors in ${packets} packets.`,
      advice: 'Try another cable or another port of the switch.',
    },
  ];
}

function speedFindings({ name, kind, speedMbps, duplex }: NetworkInterface): readonly Finding[] {
  if (kind !== 'ethernet' || (duplex !== 'half' && speedMbps !== 10)) return [];
  return [
    {
      code: 'slow-link',
      level: 'hint',
      interface: name,
      text: `${name} runs at ${speedMbps ?? 'unknown'} Mbit/s${duplex === 'half' ? ', half duplex' : ''}.`,
      advice: 'A damaged cable is the usual cause: try another one.',
    },
  ];
}

function sharedSubnets(physical: readonly NetworkInterface[]): readonly Finding[] {
  const placed = physical
    .filter(({ state, carrier }) => state === 'up' && carrier !== false)
    .flatMap(({ name, addresses }) =>
      addresses.flatMap(({ family, address, prefix }) => {
        const cidr = family === 'ipv4' && prefix !== null ? subnetOf(address, prefix)?.cidr : undefined;
        return cidr === undefined ? [] : [{ name, cidr }];
      }),
    );
  const twice = placed.find(({ name, cidr }) => placed.some((other) => other.cidr === cidr && other.name !== name));
  if (!twice) return [];
  const names = [...new Set(placed.filter(({ cidr }) => cidr === twice.cidr).map(({ name }) => name))];
  return [
    {
      code: 'same-subnet-twice',
      level: 'hint',
      interface: null,
      text: `${names.join(' and ')} are both in ${twice.cidr}: this machine has two addresses there, and answers may leave through the other one.`,
      advice: 'That usually works; switch one off when connections stall.',
    },
  ];
}

function gatewayFindings({ routes, interfaces }: NetworkSnapshot): readonly Finding[] {
  if (routes === null) return [];
  const gateways = gatewaysOf(routes, 'ipv4');
  const addressed = interfaces.some(
    ({ kind, addresses }) => kind !== 'loopback' && addresses.some(({ family }) => family === 'ipv4'),
  );
  if (gateways.length === 0 && addressed) return [NO_GATEWAY];
  return gateways.flatMap(({ address, interface: name }) => {
    const own = interfaces.find((one) => one.name === name);
    const known = own?.addresses.filter(({ family, prefix }) => family === 'ipv4' && prefix !== null) ?? [];
    if (address === null || known.length === 0) return [];
    if (known.some((one) => one.peer === address || isInSubnet(one.address, one.prefix ?? 0, address))) return [];
    return [
      {
        code: 'gateway-outside' as const,
        level: 'problem' as const,
        interface: name,
        text: `The gateway ${address} is outside the subnet of ${name ?? 'its interface'}, so it cannot be reached.`,
        advice: 'Check address, mask and gateway: the gateway must be in the same subnet as the machine.',
      },
    ];
  });
}

const NO_GATEWAY: Finding = {
  code: 'no-gateway',
  level: 'problem',
  interface: null,
  text: 'There is no gateway: only machines of the same subnet can be reached, not the Internet.',
  advice: 'Let the router hand out the settings (DHCP), or set the router’s address as gateway.',
};

function dnsFindings({ dns }: NetworkSnapshot): readonly Finding[] {
  if (dns === null || dns.servers.length > 0 || !dns.behindStubKnown) return [];
  return [
    {
      code: 'no-dns',
      level: 'problem',
      interface: null,
      text: 'No DNS server is set, so names cannot be turned into addresses.',
      advice: 'Let the router hand out the settings (DHCP), or set one, such as the router’s address.',
    },
  ];
}
