import { draftCounters, draftInterface, draftRoute, makeAddress, type Draft } from '../model/draft.ts';
import { interfaceKind } from '../model/kind.ts';
import { normaliseMac } from '../model/mac.ts';
import type {
  AddressFamily,
  AddressMark,
  Counters,
  DnsServer,
  Neighbour,
  NetworkInterface,
  NeighbourState,
  Route,
} from '../model/model.ts';
import { JsonRecord, parseExactJson } from './exact-json.ts';
import { withPrefix } from './route-words.ts';

/** What PowerShell told of a Windows computer. */
export interface WindowsFacts {
  readonly interfaces: readonly NetworkInterface[];
  readonly routes: readonly Route[];
  readonly dns: readonly DnsServer[];
  readonly neighbours: readonly Neighbour[];
}

/**
 * Prints the network as JSON with English names whatever Windows' language: enumerations as text, columns by name. Needs
 * no administrator rights.
 */
export const WINDOWS_SCRIPT = `$ErrorActionPreference='SilentlyContinue'
[Console]::OutputEncoding=[Text.Encoding]::UTF8
@{
adapters=@(Get-NetAdapter | Select-Object Name,ifIndex,MacAddress,MtuSize,@{n='Status';e={"$($_.Status)"}},@{n='Speed';e={$_.ReceiveLinkSpeed}},@{n='Medium';e={"$($_.PhysicalMediaType)"}},@{n='Virtual';e={$_.Virtual}},InterfaceDescription)
addresses=@(Get-NetIPAddress | Select-Object InterfaceIndex,InterfaceAlias,IPAddress,PrefixLength,@{n='State';e={"$($_.AddressState)"}},@{n='Suffix';e={"$($_.SuffixOrigin)"}})
statistics=@(Get-NetAdapterStatistics | Select-Object Name,ReceivedBytes,ReceivedUnicastPackets,ReceivedPacketErrors,ReceivedDiscardedPackets,SentBytes,SentUnicastPackets,OutboundPacketErrors,OutboundDiscardedPackets)
routes=@(Get-NetRoute | Select-Object InterfaceAlias,DestinationPrefix,NextHop,RouteMetric,InterfaceMetric)
dns=@(Get-DnsClientServerAddress | Select-Object InterfaceAlias,ServerAddresses)
neighbours=@(Get-NetNeighbor | Select-Object InterfaceAlias,IPAddress,LinkLayerAddress,@{n='State';e={"$($_.State)"}})
} | ConvertTo-Json -Depth 4 -Compress`;

/** Reads what `WINDOWS_SCRIPT` prints; null when it is no such JSON. */
export function parseWindowsFacts(text: string): WindowsFacts | null {
  const json = JsonRecord.from(parseExactJson(text.replace(/^\ufeff/, '')));
  if (!json) return null;
  const connected = new Set<string>();
  const interfaces = readAdapters(json, connected);
  return {
    interfaces,
    routes: json.records('routes').flatMap((record) => readRoute(record) ?? []),
    // Windows keeps the servers of adapters that are not connected, and site-local placeholders.
    dns: json.records('dns').flatMap((record) =>
      connected.has(record.text('InterfaceAlias') ?? '')
        ? record
            .texts('ServerAddresses')
            .filter((address) => !address.startsWith('fec0:0:0:ffff::'))
            .map((address) => ({ address, interface: record.text('InterfaceAlias') }))
        : [],
    ),
    neighbours: json.records('neighbours').flatMap((record) => readNeighbour(record) ?? []),
  };
}

function readAdapters(json: JsonRecord, connected: Set<string>): readonly NetworkInterface[] {
  const statistics = new Map(json.records('statistics').map((record) => [record.text('Name') ?? '', record]));
  const addresses = json.records('addresses');
  const adapters = json.records('adapters').map((record) => {
    const draft = draftInterface(record.text('Name') ?? '');
    const status = record.text('Status');
    draft.index = record.number('ifIndex');
    draft.mac = normaliseMac(record.text('MacAddress') ?? '');
    draft.mtu = record.number('MtuSize');
    draft.state = status === 'Disabled' || status === 'NotPresent' ? 'down' : status === null ? 'unknown' : 'up';
    draft.carrier = draft.state === 'up' ? status === 'Up' : null;
    if (status === 'Up') connected.add(draft.name);
    const speed = Number(record.digits('Speed') ?? Number.NaN);
    draft.speedMbps = speed > 0 ? Math.round(speed / 1e6) : null;
    draft.kind = adapterKind(record, draft.name);
    draft.counters = readCounters(statistics.get(draft.name));
    draft.addresses = addressesOf(addresses, (one) => one.number('InterfaceIndex') === draft.index);
    return draft;
  });
  const loopback = draftInterface('Loopback Pseudo-Interface 1');
  loopback.kind = 'loopback';
  loopback.state = 'up';
  loopback.addresses = addressesOf(addresses, (one) => one.text('InterfaceAlias') === loopback.name);
  return loopback.addresses.length === 0 ? adapters : [...adapters, loopback];
}

function adapterKind(record: JsonRecord, name: string): NetworkInterface['kind'] {
  const medium = record.text('Medium') ?? '';
  if (/802\.11/.test(medium)) return 'wifi';
  if (/WWAN|Wireless WAN/i.test(medium)) return 'cellular';
  if (
    record.flag('Virtual') ||
    /Hyper-V|vEthernet|VMware|VirtualBox|TAP-|Wintun|WireGuard/i.test(
      `${record.text('InterfaceDescription') ?? ''} ${name}`,
    )
  ) {
    return 'virtual';
  }
  return /802\.3/.test(medium) ? 'ethernet' : interfaceKind(name, { linkType: 'ether' });
}

const STATES: Readonly<Record<string, AddressMark>> = {
  Tentative: 'tentative',
  Duplicate: 'duplicate',
  Deprecated: 'deprecated',
};

function addressesOf(
  records: readonly JsonRecord[],
  belongs: (record: JsonRecord) => boolean,
): NetworkInterface['addresses'][number][] {
  return records.filter(belongs).flatMap((record) => {
    const mark = STATES[record.text('State') ?? ''];
    const temporary = record.text('Suffix') === 'Random' && (record.text('IPAddress') ?? '').includes(':');
    const address = makeAddress({
      text: record.text('IPAddress') ?? '',
      prefix: record.number('PrefixLength'),
      marks: [...(mark ? [mark] : []), ...(temporary ? (['temporary'] as const) : [])],
    });
    return address ? [address] : [];
  });
}

function readCounters(record: JsonRecord | undefined): Counters | null {
  if (!record) return null;
  const counters: Draft<Counters> = draftCounters();
  counters.rxBytes = record.digits('ReceivedBytes');
  counters.rxPackets = record.digits('ReceivedUnicastPackets');
  counters.rxErrors = record.digits('ReceivedPacketErrors');
  counters.rxDropped = record.digits('ReceivedDiscardedPackets');
  counters.txBytes = record.digits('SentBytes');
  counters.txPackets = record.digits('SentUnicastPackets');
  counters.txErrors = record.digits('OutboundPacketErrors');
  counters.txDropped = record.digits('OutboundDiscardedPackets');
  return counters;
}

function readRoute(record: JsonRecord): Route | null {
  const destination = record.text('DestinationPrefix');
  if (destination === null || /^(ff00::\/8|224\.0\.0\.0\/4|255\.255\.255\.255\/32)$/.test(destination)) return null;
  const family: AddressFamily = destination.includes(':') ? 'ipv6' : 'ipv4';
  const route: Draft<Route> = draftRoute(family, withPrefix(destination));
  const hop = record.text('NextHop');
  route.gateway = hop === null || hop === '0.0.0.0' || hop === '::' ? null : hop;
  route.interface = record.text('InterfaceAlias');
  // Windows prefers the lowest sum of both.
  route.metric = (record.number('RouteMetric') ?? 0) + (record.number('InterfaceMetric') ?? 0);
  return route;
}

const NEIGHBOUR_STATES: Readonly<Record<string, NeighbourState>> = {
  Reachable: 'reachable',
  Stale: 'stale',
  Delay: 'delay',
  Probe: 'probe',
  Permanent: 'permanent',
  Incomplete: 'incomplete',
  Unreachable: 'failed',
};

function readNeighbour(record: JsonRecord): Neighbour | null {
  const address = record.text('IPAddress') ?? '';
  if (address === '' || /^(ff|22[4-9]|23\d|255)/.test(address)) return null;
  const mac = normaliseMac(record.text('LinkLayerAddress') ?? '');
  return {
    family: address.includes(':') ? 'ipv6' : 'ipv4',
    address: address.split('%')[0] ?? address,
    mac: mac === '00:00:00:00:00:00' ? null : mac,
    interface: record.text('InterfaceAlias'),
    state: NEIGHBOUR_STATES[record.text('State') ?? ''] ?? 'unknown',
  };
}
