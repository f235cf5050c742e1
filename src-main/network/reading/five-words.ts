import { gatewaysOf } from '../model/gateways.ts';
import { isLocallyAdministered } from '../model/mac.ts';
import type { DnsSettings, NetworkInterface, NetworkSnapshot } from '../model/model.ts';
import { orderInterfaces } from '../model/order.ts';
import { preferredAddress } from '../model/preferred-address.ts';

/** One of the five words of the course with its value on this machine. */
export interface CourseWord {
  readonly word: 'MAC address' | 'IP address' | 'DNS server' | 'Gateway' | 'Subnet mask';
  /** Null when it is not known or there is none; `absent` says which. */
  readonly value: string | null;
  readonly absent: 'unknown' | 'none' | null;
  /** More of the same kind, such as a second gateway. */
  readonly others: readonly string[];
  /** What a beginner needs to know of it, in one or two sentences. */
  readonly explanation: string;
}

/**
 * The interface that matters most: the one the gateway is behind, else the first that is linked and has an address other
 * than loopback's. Null when there is none.
 */
export function mainInterface({ interfaces, routes }: NetworkSnapshot): NetworkInterface | null {
  const behindGateway = gatewaysOf(routes ?? []).find(({ inUse }) => inUse)?.interface;
  const candidates = orderInterfaces(interfaces).filter(({ kind }) => kind !== 'loopback');
  return (
    candidates.find(({ name }) => name === behindGateway) ??
    candidates.find(({ addresses, state }) => state !== 'down' && preferredAddress(addresses, 'ipv4') !== null) ??
    candidates.find(({ state }) => state === 'up') ??
    null
  );
}

/** The five words of the course, in the order it teaches them, with what this machine has for each. */
export function fiveWords(snapshot: NetworkSnapshot): readonly CourseWord[] {
  const main = mainInterface(snapshot);
  const address = preferredAddress(main?.addresses ?? [], 'ipv4') ?? preferredAddress(main?.addresses ?? []);
  const gateways = snapshot.routes === null ? null : gatewaysOf(snapshot.routes);
  const ipv4Gateways = (gateways ?? []).filter(({ family }) => family === 'ipv4');
  return [
    word('MAC address', main?.mac ?? null, 'unknown', [], macExplanation(main?.mac ?? null)),
    word('IP address', address?.address ?? null, main ? 'none' : 'unknown', otherAddresses(main, address?.address), IP),
    word('Subnet mask', maskText(address?.mask ?? null, address?.prefix ?? null), 'unknown', [], MASK),
    word(
      'Gateway',
      gatewayText(ipv4Gateways[0] ?? gateways?.[0]),
      gateways === null ? 'unknown' : 'none',
      (ipv4Gateways.length > 0 ? ipv4Gateways : (gateways ?? [])).slice(1).flatMap((one) => gatewayText(one) ?? []),
      GATEWAY,
    ),
    word(
      'DNS server',
      snapshot.dns?.servers[0]?.address ?? null,
      absentDns(snapshot.dns),
      dnsOthers(snapshot.dns),
      DNS,
    ),
  ];
}

const MAC_USE =
  'It never leaves the local network: switches and access points use it to hand a frame to the right machine.';
const BURNT_IN = 'The number burnt into the network adapter, six bytes in hexadecimal.';
const MADE_UP =
  'The number of the network adapter, six bytes in hexadecimal. This one was made up by software: bit 1 of its first byte is set, which no maker does.';
const IP =
  'Where the machine is reached. Routers read it to send a packet on; it is given by the network and may change.';
const MASK =
  'Says which part of the IP address names the network and which the machine. Two machines whose network parts are equal talk directly.';
const GATEWAY = 'The router that takes every packet for an address outside the subnet.';
const DNS = 'Turns a name such as example.org into an IP address.';

const macExplanation = (mac: string | null): string =>
  `${mac !== null && isLocallyAdministered(mac) ? MADE_UP : BURNT_IN} ${MAC_USE}`;

function word(
  name: CourseWord['word'],
  value: string | null,
  whenAbsent: 'unknown' | 'none',
  others: readonly string[],
  explanation: string,
): CourseWord {
  return { word: name, value, absent: value === null ? whenAbsent : null, others, explanation };
}

function otherAddresses(main: NetworkInterface | null, shown: string | undefined): readonly string[] {
  return (main?.addresses ?? []).map(({ address }) => address).filter((address) => address !== shown);
}

function maskText(mask: string | null, prefix: number | null): string | null {
  return prefix === null ? null : mask === null ? `/${prefix}` : `${mask} (/${prefix})`;
}

function gatewayText(gateway: { address: string | null; interface: string | null } | undefined): string | null {
  if (!gateway) return null;
  return gateway.address ?? (gateway.interface === null ? null : `directly over ${gateway.interface}`);
}

function absentDns(dns: DnsSettings | null): 'unknown' | 'none' {
  return dns === null || !dns.behindStubKnown ? 'unknown' : 'none';
}

function dnsOthers(dns: DnsSettings | null): readonly string[] {
  if (!dns) return [];
  return [
    ...dns.servers.slice(1).map(({ address }) => address),
    ...(dns.stub === null ? [] : [`via local stub ${dns.stub}`]),
  ];
}

/** `192.168.50.1, fd00::1 (via local stub 127.0.0.53)`. */
export function dnsText({ servers, stub, behindStubKnown }: DnsSettings): string {
  const list = servers.map(({ address }) => address).join(', ');
  if (stub === null) return list;
  return behindStubKnown ? `${list} (via local stub ${stub})` : `unknown (behind local stub ${stub})`;
}
