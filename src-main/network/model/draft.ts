import { formatPrefixMask, parseMask } from './mask.ts';
import { parseAddress } from './ip.ts';
import type { AddressFamily, Counters, InterfaceAddress, NetworkInterface, Route, WifiInfo } from './model.ts';

/** A value while a parser fills it in. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };

export interface InterfaceDraft extends Draft<Omit<NetworkInterface, 'addresses' | 'problems' | 'altNames'>> {
  addresses: InterfaceAddress[];
  problems: string[];
  altNames: string[];
}

/** An interface of which nothing but the name is known. */
export function draftInterface(name: string): InterfaceDraft {
  return {
    name,
    altNames: [],
    index: null,
    kind: 'unknown',
    mac: null,
    mtu: null,
    flags: [],
    state: 'unknown',
    carrier: null,
    addresses: [],
    counters: null,
    txQueueLength: null,
    speedMbps: null,
    duplex: null,
    master: null,
    parent: null,
    vlanId: null,
    wifi: null,
    problems: [],
  };
}

/** Counters of which none is known. */
export function draftCounters(): Draft<Counters> {
  return {
    rxBytes: null,
    rxPackets: null,
    rxErrors: null,
    rxDropped: null,
    rxOverruns: null,
    rxFrame: null,
    txBytes: null,
    txPackets: null,
    txErrors: null,
    txDropped: null,
    txOverruns: null,
    txCarrier: null,
    collisions: null,
  };
}

/** Wi-Fi facts of which none is known. */
export function draftWifi(): Draft<WifiInfo> {
  return {
    connected: null,
    ssid: null,
    bssid: null,
    frequencyMhz: null,
    channel: null,
    band: null,
    widthMhz: null,
    signalDbm: null,
    rxRateMbps: null,
    txRateMbps: null,
    txPowerDbm: null,
    mode: null,
  };
}

export interface AddressParts {
  /** `192.168.1.5`, `192.168.1.5/24`, `fe80::1%eth0/64`. */
  readonly text: string;
  readonly prefix?: number | null;
  /** Dotted, hexadecimal or `/24`; used when there is no prefix. */
  readonly mask?: string | null;
  readonly broadcast?: string | null;
  readonly peer?: string | null;
  readonly scope?: InterfaceAddress['scope'];
  readonly label?: string | null;
  readonly marks?: InterfaceAddress['marks'];
  readonly validSeconds?: InterfaceAddress['validSeconds'];
}

/** An address of an interface from what a tool prints, or null when the text is no address. */
export function makeAddress(parts: AddressParts): InterfaceAddress | null {
  const [host = '', slash] = parts.text.split('/');
  const parsed = parseAddress(host);
  if (!parsed) return null;
  const netmask = readNetmask(parsed.family, parts, slash);
  return {
    family: parsed.family,
    address: parsed.address,
    ...netmask,
    broadcast: otherAddress(parts.broadcast),
    peer: otherAddress(parts.peer),
    scope: parts.scope ?? null,
    label: parts.label ?? null,
    marks: parts.marks ?? [],
    validSeconds: parts.validSeconds ?? null,
  };
}

function readNetmask(
  family: AddressFamily,
  parts: AddressParts,
  slash: string | undefined,
): Pick<InterfaceAddress, 'prefix' | 'mask' | 'invalidMask'> {
  const given = parts.prefix ?? (slash === undefined || !/^\d{1,3}$/.test(slash) ? null : Number(slash));
  if (given !== null) {
    if (!Number.isInteger(given) || given < 0 || given > (family === 'ipv4' ? 32 : 128)) {
      return { prefix: null, mask: null, invalidMask: `/${given}` };
    }
    return { prefix: given, mask: family === 'ipv4' ? formatPrefixMask(given) : null, invalidMask: null };
  }
  if (family === 'ipv6' || parts.mask === undefined || parts.mask === null) {
    return { prefix: null, mask: null, invalidMask: null };
  }
  const mask = parseMask(parts.mask);
  if (mask.kind === 'mask') return { prefix: mask.prefix, mask: mask.mask, invalidMask: null };
  return { prefix: null, mask: null, invalidMask: mask.kind === 'not-contiguous' ? mask.mask : parts.mask };
}

/** ifconfig prints a broadcast or peer that was never set as 0.0.0.0. */
function otherAddress(text: string | null | undefined): string | null {
  if (!text) return null;
  const parsed = parseAddress(text.split('/')[0] ?? '');
  return parsed && parsed.address !== '0.0.0.0' && parsed.address !== '::' ? parsed.address : null;
}

/** A route that says only where it leads. */
export function draftRoute(family: AddressFamily, destination: string): Draft<Route> {
  return {
    family,
    destination,
    gateway: null,
    interface: null,
    metric: null,
    from: null,
    protocol: null,
    type: 'unicast',
    linkDown: false,
  };
}
