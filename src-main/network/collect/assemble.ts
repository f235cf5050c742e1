import type {
  Counters,
  HostFacts,
  Neighbour,
  NetworkInterface,
  NetworkSnapshot,
  Route,
  SnapshotSubject,
} from '../model/model.ts';
import { parseBsdRoutes } from '../parse/bsd-routes.ts';
import { parseIfconfig } from '../parse/ifconfig.ts';
import { parseIpAddrJson } from '../parse/ip-addr-json.ts';
import { parseIpAddrText } from '../parse/ip-addr-text.ts';
import { parseIpRouteJson } from '../parse/ip-route-json.ts';
import { parseIpRouteText } from '../parse/ip-route-text.ts';
import { parseIpNeighJson, parseNeighbours } from '../parse/neighbours.ts';
import {
  parseFibTrie,
  parseIfInet6,
  parseProcNetDev,
  parseProcNetIpv6Route,
  parseProcNetRoute,
  type PlacedAddress,
} from '../parse/proc-net.ts';
import { parseRouteTable } from '../parse/route-table.ts';
import { parseSysClassNet } from '../parse/sys-class-net.ts';
import { assembleDns } from './assemble-dns.ts';
import { assembleWifi } from './assemble-wifi.ts';
import type { Sections } from './sections.ts';

/** A value with the tool or file it came from. */
export interface Sourced<T> {
  readonly value: T;
  readonly source: string;
}

/** The first reading that gives something, each tried only when the ones before gave nothing. */
export function firstOf<T>(...readings: readonly (() => Sourced<T> | null)[]): Sourced<T> | null {
  for (const read of readings) {
    const found = read();
    if (found) return found;
  }
  return null;
}

/** Builds the snapshot from the collector's sections, each part from the best tool that answered. */
export function assemble(sections: Sections, about: SnapshotSubject, takenAt: number): NetworkSnapshot {
  const routes = readRoutes(sections);
  const interfaces = readInterfaces(sections, routes?.value ?? []);
  const counters = readCounters(sections);
  const wifi = assembleWifi(sections);
  const dns = assembleDns(sections);
  const neighbours = readNeighbours(sections);
  const enriched = enrich(interfaces?.value ?? [], {
    sys: parseSysClassNet(sections.anyText('sys') ?? ''),
    counters: counters?.value ?? new Map<string, Counters>(),
    wifi: wifi?.value ?? new Map(),
  });
  return {
    about,
    takenAt,
    host: readHost(sections),
    interfaces: enriched,
    routes: routes?.value ?? null,
    dns: dns?.value ?? null,
    neighbours: neighbours?.value ?? null,
    ifconfigText: sections.text('ifconfig')?.trim() ?? null,
    sources: {
      interfaces: interfaces?.source ?? null,
      counters:
        counters?.source ?? (enriched.some((one) => one.counters !== null) ? (interfaces?.source ?? null) : null),
      routes: routes?.source ?? null,
      dns: dns?.source ?? null,
      neighbours: neighbours?.source ?? null,
      wifi: wifi?.source ?? null,
    },
    problems: enriched.flatMap(({ problems }) => problems),
  };
}

function readHost(sections: Sections): HostFacts {
  const facts = new Map(
    (sections.anyText('host') ?? '').split('\n').flatMap((line) => {
      const [key = '', value = ''] = line.split('\t');
      return value === '' ? [] : [[key, value] as const];
    }),
  );
  return { name: facts.get('name') ?? null, system: facts.get('system') ?? null, model: facts.get('model') ?? null };
}

/** A list with its source, or null when it is empty or missing. */
const some = <T>(value: readonly T[] | null, source: string): Sourced<readonly T[]> | null =>
  value === null || value.length === 0 ? null : { value, source };

function readInterfaces(sections: Sections, routes: readonly Route[]): Sourced<readonly NetworkInterface[]> | null {
  return firstOf(
    () => some(parseIpAddrJson(sections.text('ip-addr-json') ?? ''), 'ip'),
    () => some(withLinkStatistics(sections), 'ip'),
    () => some(parseIfconfig(sections.text('ifconfig') ?? ''), 'ifconfig'),
    () => some(fromKernelFiles(sections, routes), '/sys and /proc'),
  );
}

/** `ip addr` prints no counters of its own. */
function withLinkStatistics(sections: Sections): readonly NetworkInterface[] {
  const links = parseIpAddrText(sections.text('ip-link') ?? '');
  return parseIpAddrText(sections.text('ip-addr') ?? '').map((one) => ({
    ...one,
    counters: one.counters ?? links.find(({ name }) => name === one.name)?.counters ?? null,
  }));
}

function fromKernelFiles(sections: Sections, routes: readonly Route[]): readonly NetworkInterface[] {
  const placed: readonly PlacedAddress[] = [
    ...parseFibTrie(sections.anyText('fib-trie') ?? '', routes),
    ...parseIfInet6(sections.anyText('if-inet6') ?? ''),
  ];
  return parseSysClassNet(sections.anyText('sys') ?? '').map((one) => ({
    ...one,
    addresses: placed.filter((each) => each.interface === one.name).map(({ address }) => address),
  }));
}

function readRoutes(sections: Sections): Sourced<readonly Route[]> | null {
  const ipv6 = (): readonly Route[] =>
    parseIpRouteJson(sections.text('ip-6-route-json') ?? '', 'ipv6') ??
    parseIpRouteText(sections.text('ip-6-route') ?? '', 'ipv6');
  const kernelIpv6 = (): readonly Route[] => parseProcNetIpv6Route(sections.text('proc-ipv6-route') ?? '');
  return firstOf<readonly Route[]>(
    () => {
      const ipv4 = parseIpRouteJson(sections.text('ip-route-json') ?? '', 'ipv4');
      return ipv4 === null ? null : { value: [...ipv4, ...ipv6()], source: 'ip' };
    },
    () => some([...parseIpRouteText(sections.text('ip-route') ?? '', 'ipv4'), ...ipv6()], 'ip'),
    () => some(parseBsdRoutes(sections.text('netstat') ?? ''), 'netstat'),
    () => {
      // IPv6 routes alone must not hide that there is no `route`: the kernel's file then knows the IPv4 ones.
      const ipv4 = parseRouteTable(sections.text('route') ?? '');
      return ipv4.length === 0 ? null : { value: [...ipv4, ...kernelIpv6()], source: 'route' };
    },
    () => some([...parseProcNetRoute(sections.text('proc-route') ?? ''), ...kernelIpv6()], '/proc/net/route'),
    // A tool that ran and listed nothing knows that there is nothing.
    () => (sections.ran('ip-route') || sections.ran('proc-route') ? { value: [], source: 'ip' } : null),
  );
}

function readCounters(sections: Sections): Sourced<ReadonlyMap<string, Counters>> | null {
  const counters = parseProcNetDev(sections.text('proc-dev') ?? '');
  return counters.size === 0 ? null : { value: counters, source: '/proc/net/dev' };
}

function readNeighbours(sections: Sections): Sourced<readonly Neighbour[]> | null {
  const json = sections.text('ip-neigh-json');
  const fromIp = json === null ? null : parseIpNeighJson(json);
  return firstOf<readonly Neighbour[]>(
    () => (fromIp === null ? null : { value: fromIp, source: 'ip' }),
    () => some(parseNeighbours(sections.text('ip-neigh') ?? ''), 'ip'),
    () => some(parseNeighbours(sections.text('proc-arp') ?? ''), '/proc/net/arp'),
    () => some(parseNeighbours(sections.text('arp') ?? ''), 'arp'),
    () => (sections.ran('ip-neigh') || sections.ran('proc-arp') ? { value: [], source: 'ip' } : null),
  );
}

interface Enrichment {
  readonly sys: readonly NetworkInterface[];
  readonly counters: ReadonlyMap<string, Counters>;
  readonly wifi: ReadonlyMap<string, NetworkInterface['wifi']>;
}

/** Adds what only the kernel's files tell: speed, link, Wi-Fi, and the counters ifconfig shows. */
function enrich(interfaces: readonly NetworkInterface[], from: Enrichment): readonly NetworkInterface[] {
  return interfaces.map((one) => {
    const sys = from.sys.find(({ name }) => name === one.name);
    const wifi = from.wifi.get(one.name) ?? one.wifi;
    return {
      ...one,
      index: one.index ?? sys?.index ?? null,
      kind: wifi ? 'wifi' : preciseKind(one, sys),
      mac: one.mac ?? sys?.mac ?? null,
      mtu: one.mtu ?? sys?.mtu ?? null,
      carrier: one.carrier ?? sys?.carrier ?? null,
      speedMbps: one.speedMbps ?? sys?.speedMbps ?? null,
      duplex: one.duplex ?? sys?.duplex ?? null,
      master: one.master ?? sys?.master ?? null,
      txQueueLength: one.txQueueLength ?? sys?.txQueueLength ?? null,
      counters: from.counters.get(one.name) ?? one.counters,
      wifi,
    };
  });
}

/** /sys knows Wi-Fi, USB gadgets and bridges; ip knows veth, VLAN and tunnels. */
function preciseKind(one: NetworkInterface, sys: NetworkInterface | undefined): NetworkInterface['kind'] {
  if (!sys || sys.kind === 'unknown') return one.kind;
  return one.kind === 'unknown' || one.kind === 'ethernet' ? sys.kind : one.kind;
}
