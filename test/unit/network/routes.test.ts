import { describe, expect, test } from 'vitest';
import { gatewaysOf, type Route } from '../../../src-main/network/index.ts';
import { parseBsdRoutes } from '../../../src-main/network/parse/bsd-routes.ts';
import { parseIpRouteJson } from '../../../src-main/network/parse/ip-route-json.ts';
import { parseIpRouteText } from '../../../src-main/network/parse/ip-route-text.ts';
import { parseProcNetIpv6Route, parseProcNetRoute } from '../../../src-main/network/parse/proc-net.ts';
import { parseRouteTable } from '../../../src-main/network/parse/route-table.ts';
import { fixture } from './fixture.ts';

const short = (route: Route): string =>
  [
    route.destination,
    route.gateway && `via ${route.gateway}`,
    route.interface,
    route.type === 'unicast' ? null : route.type,
    route.metric === null || route.metric === 0 ? null : route.metric,
  ]
    .filter(Boolean)
    .join(' ');

describe('the real outputs of one machine', () => {
  const ipv4 = [
    'default via 192.168.50.1 eth0 202',
    'default via 192.168.77.254 br0 600',
    '10.8.0.5/32 tun0',
    '10.9.8.0/22 eth0',
    '10.20.0.0/16 via 192.168.50.1 eth0',
    '10.66.0.0/16 unreachable',
    '10.67.0.0/16 blackhole',
    '10.99.0.0/16 via 192.168.50.1 eth0',
    '10.99.0.0/16 via 192.168.77.254 br0',
    '172.17.0.0/16 docker0',
    '192.168.50.0/24 eth0',
    '192.168.77.0/24 br0',
  ];
  const ipv6 = [
    '2001:db8:50::/64 eth0 256',
    '2001:db8:99::/48 via 2001:db8:50::1 eth0 1024',
    'fd00:50::/64 eth0 256',
    'fe80::/64 eth0 256',
    'fe80::/64 veth1a2b3c 256',
    'fe80::/64 br0 256',
    'default via fe80::1 eth0 1024',
  ];
  // busybox, net-tools and the kernel's file tell one next hop only.
  const oneHop = ipv4.filter((each) => each !== '10.99.0.0/16 via 192.168.77.254 br0');

  test('ip route, JSON and text, several defaults and several next hops', () => {
    expect(parseIpRouteJson(fixture('bench/ip-route.json'), 'ipv4')?.map(short)).toEqual(ipv4);
    expect(parseIpRouteText(fixture('bench/ip-route.txt'), 'ipv4')).toEqual(
      parseIpRouteJson(fixture('bench/ip-route.json'), 'ipv4'),
    );
  });

  test('ip -6 route, JSON and text', () => {
    expect(parseIpRouteJson(fixture('bench/ip-6-route.json'), 'ipv6')?.map(short)).toEqual(ipv6);
    expect(parseIpRouteText(fixture('bench/ip-6-route.txt'), 'ipv6').map(short)).toEqual(ipv6);
  });

  test.each([
    ['route -n', parseRouteTable(fixture('bench/route-n.txt'))],
    ['busybox route -n', parseRouteTable(fixture('bench/route-n-busybox.txt'))],
    ['/proc/net/route', parseProcNetRoute(fixture('bench/proc-net-route.txt'))],
  ])('%s', (_, routes) => {
    expect(routes.map(short)).toEqual(oneHop);
  });

  test('netstat -rn has other columns where route has the metric, so the metric is unknown', () => {
    const routes = parseRouteTable(fixture('bench/netstat-rn.txt'));
    expect(routes.map(short)).toEqual(oneHop.map((each) => each.replace(/ (202|600)$/, '')));
    expect(routes[0]?.metric).toBeNull();
  });

  test.each([
    ['route -6 -n', parseRouteTable(fixture('bench/route-6-n.txt'))],
    ['/proc/net/ipv6_route', parseProcNetIpv6Route(fixture('bench/proc-net-ipv6_route.txt'))],
  ])('%s without the kernel’s own entries', (_, routes) => {
    expect(routes.map(short)).toEqual(ipv6);
  });

  test('a route over a link that is down says so', () => {
    const down = parseIpRouteText(fixture('bench/ip-route.txt'), 'ipv4').filter(({ linkDown }) => linkDown);
    expect(down.map(({ destination }) => destination)).toEqual(['10.8.0.5/32', '172.17.0.0/16']);
  });
});

test('macOS: abbreviated destinations, neighbours left out, a scoped default second', () => {
  const routes = parseBsdRoutes(fixture('other/netstat-rn-macos.txt'));
  expect(routes.map(short)).toEqual([
    'default via 192.168.50.1 en0',
    'default via 10.0.0.1 en5 1',
    '127.0.0.0/8 lo0',
    '192.168.50.0/24 en0',
    '192.168.50.1/32 en0',
    '224.0.0.0/4 en0',
    'default via fe80::1 en0',
    '2001:db8:50::/64 en0',
    'fe80::/64 en0',
  ]);
  expect(gatewaysOf(routes, 'ipv4').map(({ address, inUse }) => [address, inUse])).toEqual([
    ['192.168.50.1', true],
    ['10.0.0.1', false],
  ]);
});

describe('which gateway is used', () => {
  const gateways = (text: string) =>
    gatewaysOf(parseIpRouteText(text, 'ipv4')).map(({ address, interface: name, inUse }) => [address, name, inUse]);

  test('the lowest metric is the gateway, whatever comes first, and the other is listed second', () => {
    expect(
      gateways('default via 10.0.0.1 dev wlan0 metric 600\ndefault via 192.168.50.1 dev eth0 metric 100\n'),
    ).toEqual([
      ['192.168.50.1', 'eth0', true],
      ['10.0.0.1', 'wlan0', false],
    ]);
  });

  test('a default without metric comes first, one over a dead link last', () => {
    expect(
      gateways(
        'default via 10.0.0.1 dev eth0 linkdown\ndefault via 10.0.1.1 dev wlan0 metric 600\ndefault dev ppp0 scope link\n',
      ),
    ).toEqual([
      [null, 'ppp0', true],
      ['10.0.1.1', 'wlan0', false],
      ['10.0.0.1', 'eth0', false],
    ]);
  });

  test('IPv4 and IPv6 each have one in use', () => {
    expect(
      gateways(
        'default via fe80::1 dev eth0 proto ra metric 1024\ndefault via 10.0.0.1 dev eth0\ndefault via fe80::2 dev wlan0 metric 600\n',
      ),
    ).toEqual([
      ['10.0.0.1', 'eth0', true],
      ['fe80::2', 'wlan0', true],
      ['fe80::1', 'eth0', false],
    ]);
  });

  test('an IPv4 route through an IPv6 router keeps it', () => {
    expect(gateways('default via inet6 fe80::1 dev eth0\n')).toEqual([['fe80::1', 'eth0', true]]);
  });

  test('an unreachable default is no gateway', () => {
    expect(gateways('unreachable default metric 4294967295\n')).toEqual([]);
  });
});
