import { draftCounters, draftInterface, makeAddress, type InterfaceDraft } from '../model/draft.ts';
import { interfaceKind } from '../model/kind.ts';
import { normaliseMac } from '../model/mac.ts';
import type { AddressMark, Counters, InterfaceAddress, NetworkInterface } from '../model/model.ts';
import { JsonRecord, parseExactJson } from './exact-json.ts';
import { linkState, readScope } from './ip-words.ts';

/**
 * Reads `ip -s -d -json addr` of iproute2 4.10 and later (`-s` and `-d` may be missing). Null when the text is no such
 * JSON, as from busybox and older releases: the caller then reads the plain text.
 */
export function parseIpAddrJson(text: string): readonly NetworkInterface[] | null {
  const json = parseExactJson(text);
  if (!Array.isArray(json)) return null;
  return JsonRecord.listFrom(json).flatMap((link) => {
    const name = link.text('ifname');
    return name === null ? [] : [readLink(draftInterface(name), link)];
  });
}

function readLink(draft: InterfaceDraft, link: JsonRecord): InterfaceDraft {
  const info = link.record('linkinfo');
  draft.altNames = [...link.texts('altnames')];
  draft.index = link.number('ifindex');
  draft.flags = [...link.texts('flags')];
  Object.assign(draft, linkState(draft.flags, link.text('operstate')));
  draft.mtu = link.number('mtu');
  draft.txQueueLength = link.number('txqlen');
  draft.master = link.text('master');
  draft.parent = link.text('link');
  draft.vlanId = info?.text('info_kind') === 'vlan' ? (info.record('info_data')?.number('id') ?? null) : null;
  const linkType = link.text('link_type');
  draft.mac = linkType === 'ether' ? normaliseMac(link.text('address') ?? '') : null;
  draft.kind = interfaceKind(draft.name, { flags: draft.flags, linkKind: info?.text('info_kind'), linkType });
  for (const address of link.records('addr_info')) addAddress(draft, address);
  draft.counters = readStats(link.record('stats64') ?? link.record('stats'));
  return draft;
}

function addAddress(draft: InterfaceDraft, record: JsonRecord): void {
  const local = record.text('local');
  if (local === null) return;
  const label = record.text('label');
  const address = makeAddress({
    text: local,
    prefix: record.number('prefixlen'),
    broadcast: record.text('broadcast'),
    peer: record.text('address'),
    scope: readScope(record.text('scope')),
    label: label === draft.name ? null : label,
    marks: readMarks(record),
    validSeconds: readLifetime(record.number('valid_life_time')),
  });
  if (address) draft.addresses.push(address);
  else draft.problems.push(`“${local}” of ${draft.name} could not be read as an address.`);
}

const MARKS: readonly (readonly [string, AddressMark])[] = [
  ['temporary', 'temporary'],
  ['deprecated', 'deprecated'],
  ['tentative', 'tentative'],
  ['dadfailed', 'duplicate'],
  ['dynamic', 'dynamic'],
  ['secondary', 'secondary'],
  ['mngtmpaddr', 'managed-temporary'],
];

const readMarks = (record: JsonRecord): readonly AddressMark[] =>
  MARKS.flatMap(([key, mark]) => (record.flag(key) ? [mark] : []));

/** The kernel's "for ever" is 2^32 - 1. */
function readLifetime(seconds: number | null): InterfaceAddress['validSeconds'] {
  return seconds === 0xffffffff ? 'forever' : seconds;
}

function readStats(stats: JsonRecord | null): Counters | null {
  const [rx, tx] = [stats?.record('rx'), stats?.record('tx')];
  if (!rx && !tx) return null;
  return {
    ...draftCounters(),
    rxBytes: rx?.digits('bytes') ?? null,
    rxPackets: rx?.digits('packets') ?? null,
    rxErrors: rx?.digits('errors') ?? null,
    rxDropped: rx?.digits('dropped') ?? null,
    txBytes: tx?.digits('bytes') ?? null,
    txPackets: tx?.digits('packets') ?? null,
    txErrors: tx?.digits('errors') ?? null,
    txDropped: tx?.digits('dropped') ?? null,
    txCarrier: tx?.digits('carrier_errors') ?? null,
    collisions: tx?.digits('collisions') ?? null,
  };
}
