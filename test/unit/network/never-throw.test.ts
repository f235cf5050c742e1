import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src-main/errors/index.ts';
import {
  explainText,
  findingsOf,
  fiveWords,
  renderIfconfig,
  type NetworkSnapshot,
} from '../../../src-main/network/index.ts';
import { parseBsdRoutes } from '../../../src-main/network/parse/bsd-routes.ts';
import { parseIfconfig } from '../../../src-main/network/parse/ifconfig.ts';
import { parseIpAddrJson } from '../../../src-main/network/parse/ip-addr-json.ts';
import { parseIpAddrText } from '../../../src-main/network/parse/ip-addr-text.ts';
import { parseIpRouteJson } from '../../../src-main/network/parse/ip-route-json.ts';
import { parseIpRouteText } from '../../../src-main/network/parse/ip-route-text.ts';
import { parseIpNeighJson, parseNeighbours } from '../../../src-main/network/parse/neighbours.ts';
import { parseNetstatCounters } from '../../../src-main/network/parse/netstat-counters.ts';
import {
  parseFibTrie,
  parseIfInet6,
  parseProcNetDev,
  parseProcNetIpv6Route,
  parseProcNetRoute,
} from '../../../src-main/network/parse/proc-net.ts';
import { parseResolvConf } from '../../../src-main/network/parse/resolv-conf.ts';
import { parseNmcli, parseResolvectl, parseScutilDns } from '../../../src-main/network/parse/resolvers.ts';
import { parseRouteTable } from '../../../src-main/network/parse/route-table.ts';
import { parseSysClassNet } from '../../../src-main/network/parse/sys-class-net.ts';
import { parseIw, parseIwconfig, parseProcNetWireless } from '../../../src-main/network/parse/wifi.ts';
import { parseWindowsFacts } from '../../../src-main/network/parse/windows.ts';
import { fixture } from './fixture.ts';

const PARSERS: readonly (readonly [string, (text: string) => unknown, readonly string[]])[] = [
  [
    'ifconfig',
    parseIfconfig,
    ['bench/ifconfig-net-tools-2.10.txt', 'bench/ifconfig-busybox.txt', 'other/ifconfig-macos.txt'],
  ],
  ['ip -json addr', parseIpAddrJson, ['bench/ip-addr.json', 'other/ip-addr-pi5.json']],
  ['ip addr', parseIpAddrText, ['bench/ip-addr-stats.txt', 'bench/ip-addr-oneline.txt', 'bench/ip-addr-brief.txt']],
  ['ip -json route', (text) => parseIpRouteJson(text, 'ipv4'), ['bench/ip-route.json']],
  ['ip route', (text) => parseIpRouteText(text, 'ipv4'), ['bench/ip-route.txt', 'bench/ip-6-route.txt']],
  ['route', parseRouteTable, ['bench/route-n.txt', 'bench/netstat-rn.txt', 'bench/route-6-n.txt']],
  ['netstat of BSD', parseBsdRoutes, ['other/netstat-rn-macos.txt']],
  ['ip -json neigh', parseIpNeighJson, ['bench/ip-neigh.json']],
  [
    'neighbours',
    parseNeighbours,
    ['bench/arp-n.txt', 'bench/ip-neigh.txt', 'bench/proc-net-arp.txt', 'other/arp-windows.txt'],
  ],
  ['/proc/net/dev', parseProcNetDev, ['bench/proc-net-dev.txt']],
  ['/proc/net/route', parseProcNetRoute, ['bench/proc-net-route.txt']],
  ['/proc/net/ipv6_route', parseProcNetIpv6Route, ['bench/proc-net-ipv6_route.txt']],
  ['/proc/net/if_inet6', parseIfInet6, ['bench/proc-net-if_inet6.txt']],
  [
    '/proc/net/fib_trie',
    (text) => parseFibTrie(text, parseProcNetRoute(fixture('bench/proc-net-route.txt'))),
    ['bench/proc-net-fib_trie.txt'],
  ],
  ['netstat counters', parseNetstatCounters, ['other/netstat-ibn-macos.txt']],
  ['resolv.conf', parseResolvConf, ['other/resolv-stub.txt']],
  ['resolvectl', parseResolvectl, ['other/resolvectl-dns.txt', 'other/resolvectl-status.txt']],
  ['nmcli', parseNmcli, ['other/nmcli-terse.txt']],
  ['scutil', parseScutilDns, ['other/scutil-dns.txt']],
  ['/sys/class/net', parseSysClassNet, ['bench/sys-class-net.txt']],
  ['iw', parseIw, ['other/iw.txt']],
  ['iwconfig', parseIwconfig, ['other/iwconfig.txt']],
  ['/proc/net/wireless', parseProcNetWireless, ['other/proc-net-wireless.txt']],
  ['Windows', parseWindowsFacts, ['other/windows.json']],
];

/** Real output, damaged: pieces cut out, doubled, swapped, and foreign text put in. */
function damaged(texts: readonly string[]): fc.Arbitrary<string> {
  const words = texts.flatMap((text) => text.split(/(\s+|[:,/<>])/)).filter(Boolean);
  const word = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...words) }, { weight: 1, arbitrary: fc.string() });
  const cut = fc.tuple(fc.constantFrom(...texts), fc.nat(), fc.nat(), fc.array(word, { maxLength: 8 }));
  return fc.oneof(
    fc.string(),
    fc.array(word, { maxLength: 80 }).map((list) => list.join('')),
    cut.map(([text, a, b, put]) => {
      const [from = 0, to = 0] = [a % (text.length + 1), b % (text.length + 1)].toSorted((x, y) => x - y);
      return text.slice(0, from) + put.join('') + text.slice(to);
    }),
  );
}

describe('no text makes a parser throw', () => {
  test.each(PARSERS)('%s', (_, parse, names) => {
    fc.assert(
      fc.property(damaged(names.map(fixture)), (text) => {
        parse(text);
      }),
      { numRuns: 300 },
    );
  });

  test('explain and everything drawn from it', () => {
    const names = PARSERS.flatMap(([, , list]) => list).filter((name) => !name.includes('windows.json'));
    fc.assert(
      fc.property(damaged(names.map(fixture)), (text) => {
        const snapshot = explainOrNull(text);
        if (!snapshot) return;
        renderIfconfig(snapshot.interfaces);
        expect(fiveWords(snapshot)).toHaveLength(5);
        findingsOf(snapshot);
      }),
      { numRuns: 500 },
    );
  });
});

function explainOrNull(text: string): NetworkSnapshot | null {
  try {
    return explainText(text, 0).snapshot;
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'NOTHING_TO_EXPLAIN') return null;
    throw thrown;
  }
}

test('a line a hundred thousand characters long is read in linear time', { timeout: 10_000 }, () => {
  for (const piece of ['a', '1.', ':a', 'aa:', ' 1', '(', '<', '\\', '\t', 'inet 1.1.1.1 ', 'x@']) {
    const long = piece.repeat(100_000 / piece.length);
    for (const text of [long, `eth0 UP ${long}`, `2: eth0: <${long}`, `    inet ${long}`]) {
      for (const [, parse] of PARSERS) parse(text);
      explainOrNull(text);
    }
  }
});
