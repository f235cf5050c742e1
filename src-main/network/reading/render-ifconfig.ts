import { INTERFACE_FLAGS } from '../model/interface-flags.ts';
import type { AddressScope, CounterText, Counters, InterfaceAddress, NetworkInterface } from '../model/model.ts';

/**
 * Interfaces as `ifconfig` of net-tools 2 prints them, for a machine that has no ifconfig. What is not known is left out
 * rather than shown as 0. An alias is a block of its own after its interface, named by its label.
 */
export function renderIfconfig(interfaces: readonly NetworkInterface[]): string {
  return interfaces.map((one) => `${blocksOf(one).join('\n\n')}\n`).join('\n');
}

function blocksOf(one: NetworkInterface): readonly string[] {
  const aliases = new Set(one.addresses.flatMap(({ label }) => label ?? []));
  const own = one.addresses.filter(({ label }) => label === null);
  const main = [headLine(one.name, one), ...addressLines(own), ...linkLine(one), ...counterLines(one.counters)];
  const others = [...aliases].map((label) => [
    headLine(label, one),
    ...addressLines(one.addresses.filter((address) => address.label === label)),
    ...linkLine(one),
  ]);
  return [main, ...others].map((lines) => lines.join('\n        '));
}

function headLine(name: string, one: NetworkInterface): string {
  const set = new Set(one.flags);
  if (one.state === 'up' && one.carrier !== false) set.add('RUNNING');
  const known = INTERFACE_FLAGS.filter(([flag]) => set.has(flag));
  const value = known.reduce((sum, [, bit]) => sum | bit, 0);
  const flags =
    one.flags.length === 0 && one.state === 'unknown'
      ? ''
      : ` flags=${value}<${known.map(([flag]) => flag).join(',')}>`;
  return `${name}:${flags}${one.mtu === null ? '' : `  mtu ${one.mtu}`}`;
}

/** ifconfig lists IPv4 before IPv6. */
function addressLines(addresses: readonly InterfaceAddress[]): readonly string[] {
  const ipv4 = addresses.filter(({ family }) => family === 'ipv4').map(ipv4Line);
  return [...ipv4, ...addresses.filter(({ family }) => family === 'ipv6').map(ipv6Line)];
}

function ipv4Line({ address, mask, invalidMask, broadcast, peer }: InterfaceAddress): string {
  const netmask = mask ?? invalidMask;
  return [
    `inet ${address}`,
    ...(netmask === null ? [] : [`netmask ${netmask}`]),
    ...(broadcast === null ? [] : [`broadcast ${broadcast}`]),
    ...(peer === null ? [] : [`destination ${peer}`]),
  ].join('  ');
}

const SCOPE_IDS: Readonly<Record<AddressScope, string>> = { global: '0x0', host: '0x10', link: '0x20', site: '0x40' };

function ipv6Line({ address, prefix, scope }: InterfaceAddress): string {
  return [
    `inet6 ${address}`,
    ...(prefix === null ? [] : [`prefixlen ${prefix}`]),
    ...(scope === null ? [] : [`scopeid ${SCOPE_IDS[scope]}<${scope}>`]),
  ].join('  ');
}

function linkLine(one: NetworkInterface): readonly string[] {
  const queue = one.txQueueLength === null ? '' : `  txqueuelen ${one.txQueueLength}`;
  if (one.mac !== null) return [`ether ${one.mac}${queue}  (Ethernet)`];
  if (one.kind === 'loopback') return [`loop${queue}  (Local Loopback)`];
  if (one.kind === 'ppp') return [`ppp${queue}  (Point-to-Point Protocol)`];
  if (one.kind === 'tunnel') return [`unspec ${Array<string>(16).fill('00').join('-')}${queue}  (UNSPEC)`];
  return [];
}

function counterLines(counters: Counters | null): readonly string[] {
  if (!counters) return [];
  const c = counters;
  return [
    countLine('RX', c.rxPackets, c.rxBytes),
    // The spaces are net-tools' own: two between, one before overruns of TX.
    joinParts('RX ', [
      ['errors', c.rxErrors, '  '],
      ['dropped', c.rxDropped, '  '],
      ['overruns', c.rxOverruns, '  '],
      ['frame', c.rxFrame, ''],
    ]),
    countLine('TX', c.txPackets, c.txBytes),
    joinParts('TX ', [
      ['errors', c.txErrors, '  '],
      ['dropped', c.txDropped, ' '],
      ['overruns', c.txOverruns, '  '],
      ['carrier', c.txCarrier, '  '],
      ['collisions', c.collisions, ''],
    ]),
  ].flatMap((line) => line ?? []);
}

function countLine(way: 'RX' | 'TX', packets: CounterText | null, bytes: CounterText | null): string | null {
  const parts = [
    ...(packets === null ? [] : [`packets ${packets}`]),
    ...(bytes === null ? [] : [`bytes ${bytes} (${ifconfigSize(bytes)})`]),
  ];
  return parts.length === 0 ? null : `${way} ${parts.join('  ')}`;
}

function joinParts(start: string, parts: readonly (readonly [string, CounterText | null, string])[]): string | null {
  const text = parts.map(([name, digits, gap]) => (digits === null ? '' : `${name} ${digits}${gap}`)).join('');
  return text === '' ? null : `${start}${text.trimEnd()}`;
}

const UNITS: readonly (readonly [string, bigint])[] = [
  ['PiB', 1n << 50n],
  ['TiB', 1n << 40n],
  ['GiB', 1n << 30n],
  ['MiB', 1n << 20n],
  ['KiB', 1n << 10n],
];

/** One digit after the point, cut off and not rounded, as ifconfig does: `1220` is `1.1 KiB`. */
export function ifconfigSize(digits: CounterText): string {
  const bytes = BigInt(digits);
  const [unit, size] = UNITS.find(([, each]) => bytes > each) ?? ['B', 1n];
  const tenths = (bytes * 10n) / size;
  return `${tenths / 10n}.${tenths % 10n} ${unit}`;
}
