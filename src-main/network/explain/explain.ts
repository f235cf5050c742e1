import { AppError } from '../../errors/index.ts';
import type { Counters, NetworkInterface, NetworkSnapshot, Neighbour, Route, SnapshotSources } from '../model/model.ts';
import { assembleDns } from '../collect/assemble-dns.ts';
import { assembleWifi } from '../collect/assemble-wifi.ts';
import { Sections } from '../collect/sections.ts';
import { parseBsdRoutes } from '../parse/bsd-routes.ts';
import { JsonRecord, parseExactJson } from '../parse/exact-json.ts';
import { parseIfconfig } from '../parse/ifconfig.ts';
import { parseIpAddrJson } from '../parse/ip-addr-json.ts';
import { parseIpAddrText } from '../parse/ip-addr-text.ts';
import { parseIpRouteJson } from '../parse/ip-route-json.ts';
import { parseIpRouteText } from '../parse/ip-route-text.ts';
import { parseIpNeighJson, parseNeighbours } from '../parse/neighbours.ts';
import { parseProcNetDev } from '../parse/proc-net.ts';
import { parseRouteTable } from '../parse/route-table.ts';
import { splitBlocks, type Block, type BlockKind } from './blocks.ts';
import { cleanPaste } from './clean.ts';

export interface Explanation {
  readonly snapshot: NetworkSnapshot;
  /** Which tools' output was found, in the order of the text. */
  readonly recognised: readonly string[];
  /** Lines that were not understood. */
  readonly unread: readonly string[];
}

/**
 * Reads pasted output of `ifconfig`, `ip addr`, `ip route`, `route`, `arp`, `ip neigh`, `iwconfig`, `iw`, `resolvectl` or
 * the text of resolv.conf, mixed and with prompts, into the same model a device gives. What the text does not tell stays
 * unknown. Raises `NOTHING_TO_EXPLAIN` when none of it is recognised.
 */
export function explainText(text: string, now: number = Date.now()): Explanation {
  const { lines, hostName } = cleanPaste(text);
  const { blocks, unread } = splitBlocks(lines);
  const known = blocks.map(resolveJson);
  const snapshot = buildSnapshot(known, hostName, now);
  if (known.length === 0) {
    throw new AppError('NOTHING_TO_EXPLAIN', 'Nothing in this text looks like the network settings of a machine.', {
      hint: 'Paste what ifconfig, ip addr, ip route or arp printed, with or without the prompt.',
    });
  }
  const recognised = [...new Set(known.map(({ kind }) => kind))].filter((kind) => kind !== 'json');
  return { snapshot, recognised, unread };
}

/** Gives a JSON block the kind of what it holds. */
function resolveJson(block: Block): Block {
  if (block.kind !== 'json') return block;
  const records = JsonRecord.listFrom(parseExactJson(block.lines.join('\n')));
  const kind: BlockKind = records.some((one) => one.text('ifname') !== null)
    ? 'ip addr'
    : records.some((one) => one.text('dst') !== null && one.texts('state').length > 0)
      ? 'neighbours'
      : records.some((one) => one.text('dst') !== null)
        ? 'ip route'
        : 'json';
  return { ...block, kind };
}

function buildSnapshot(blocks: readonly Block[], hostName: string | null, now: number): NetworkSnapshot {
  const textOf = (kind: BlockKind): string =>
    blocks
      .filter((block) => block.kind === kind)
      .map(({ lines }) => lines.join('\n'))
      .join('\n');
  const sections = new Sections(
    new Map(
      SECTION_NAMES.map(([name, kind]) => [name, { text: textOf(kind), status: textOf(kind) === '' ? 1 : 0 }] as const),
    ),
  );
  const wifi = assembleWifi(sections);
  const counters = parseProcNetDev(textOf('/proc/net/dev'));
  const interfaces = mergeInterfaces(blocks, counters).map((one) => ({
    ...one,
    wifi: wifi?.value.get(one.name) ?? one.wifi,
  }));
  const dns = blocks.some(({ kind }) => DNS_KINDS.has(kind)) ? assembleDns(withResolvConf(sections)) : null;
  return {
    about: 'pasted-text',
    takenAt: now,
    host: { name: hostName, system: null, model: null },
    interfaces,
    routes: listOrNull<Route>(blocks, ROUTE_KINDS, readRoutes),
    dns: dns?.value ?? null,
    neighbours: listOrNull<Neighbour>(blocks, new Set(['neighbours']), readNeighbours),
    ifconfigText: textOf('ifconfig').trim() || null,
    sources: sourcesOf(blocks),
    problems: interfaces.flatMap(({ problems }) => problems),
  };
}

const SECTION_NAMES: readonly (readonly [string, BlockKind])[] = [
  ['resolv-conf', 'resolv.conf'],
  ['resolvectl', 'resolvectl'],
  ['nmcli', 'nmcli'],
  ['iw', 'iw'],
  ['iwconfig', 'iwconfig'],
];
const DNS_KINDS: ReadonlySet<BlockKind> = new Set(['resolv.conf', 'resolvectl', 'nmcli']);
const ROUTE_KINDS: ReadonlySet<BlockKind> = new Set(['ip route', 'route', 'netstat']);

/** resolvectl or nmcli alone say who is asked in the end, as if behind a stub that was not pasted. */
function withResolvConf(sections: Sections): Sections {
  if (sections.text('resolv-conf') !== null) return sections;
  const facts = ['resolvectl', 'nmcli'].map((name) => [name, { text: sections.text(name) ?? '', status: 0 }] as const);
  return new Sections(new Map([...facts, ['resolv-conf', { text: 'nameserver 127.0.0.53', status: 0 }]]));
}

/** Null, unknown, when the text holds no block of these kinds at all. */
function listOrNull<T>(
  blocks: readonly Block[],
  kinds: ReadonlySet<BlockKind>,
  read: (block: Block) => readonly T[],
): readonly T[] | null {
  const fitting = blocks.filter(({ kind }) => kinds.has(kind));
  return fitting.length === 0 ? null : fitting.flatMap(read);
}

function readRoutes({ kind, lines, command }: Block): readonly Route[] {
  const text = lines.join('\n');
  const family = /\s-6\b|-f inet6/.test(command ?? '') ? 'ipv6' : 'ipv4';
  if (kind === 'route') return parseRouteTable(text);
  if (kind === 'netstat') return parseBsdRoutes(text);
  return parseIpRouteJson(text, family) ?? parseIpRouteText(text, family);
}

const readNeighbours = ({ lines }: Block): readonly Neighbour[] =>
  parseIpNeighJson(lines.join('\n')) ?? parseNeighbours(lines.join('\n'));

/** One interface for each name; where several tools tell of it, `ip` counts and the others fill what it left open. */
function mergeInterfaces(
  blocks: readonly Block[],
  counters: ReadonlyMap<string, Counters>,
): readonly NetworkInterface[] {
  const readings = [
    ...blocks
      .filter(({ kind }) => kind === 'ip addr')
      .flatMap(({ lines }) => {
        const text = lines.join('\n');
        return parseIpAddrJson(text) ?? parseIpAddrText(text);
      }),
    ...blocks.filter(({ kind }) => kind === 'ifconfig').flatMap(({ lines }) => parseIfconfig(lines.join('\n'))),
  ];
  const merged = new Map<string, NetworkInterface>();
  for (const one of readings) {
    const known = merged.get(one.name);
    merged.set(one.name, known ? fillFrom(known, one) : one);
  }
  return [...merged.values()].map((one) => ({ ...one, counters: one.counters ?? counters.get(one.name) ?? null }));
}

function fillFrom(known: NetworkInterface, more: NetworkInterface): NetworkInterface {
  return {
    ...known,
    mac: known.mac ?? more.mac,
    mtu: known.mtu ?? more.mtu,
    flags: known.flags.length > 0 ? known.flags : more.flags,
    state: known.state === 'unknown' ? more.state : known.state,
    carrier: known.carrier ?? more.carrier,
    kind: known.kind === 'unknown' ? more.kind : known.kind,
    addresses: known.addresses.length > 0 ? known.addresses : more.addresses,
    counters: known.counters ?? more.counters,
    txQueueLength: known.txQueueLength ?? more.txQueueLength,
    problems: [...new Set([...known.problems, ...more.problems])],
  };
}

function sourcesOf(blocks: readonly Block[]): SnapshotSources {
  const first = (...kinds: readonly BlockKind[]): string | null =>
    kinds.find((kind) => blocks.some((block) => block.kind === kind)) ?? null;
  return {
    interfaces: first('ip addr', 'ifconfig'),
    counters: first('/proc/net/dev', 'ifconfig', 'ip addr'),
    routes: first('ip route', 'route', 'netstat'),
    dns: first('resolv.conf', 'resolvectl', 'nmcli'),
    neighbours: first('neighbours') === null ? null : 'arp or ip neigh',
    wifi: first('iw', 'iwconfig'),
  };
}
