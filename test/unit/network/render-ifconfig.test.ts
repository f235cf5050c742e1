import { expect, test } from 'vitest';
import { parseIfconfig } from '../../../src-main/network/parse/ifconfig.ts';
import { parseIpAddrJson } from '../../../src-main/network/parse/ip-addr-json.ts';
import { ifconfigSize, renderIfconfig } from '../../../src-main/network/reading/render-ifconfig.ts';
import { fixture } from './fixture.ts';

test('what real ifconfig printed is rendered word for word', () => {
  const text = fixture('bench/ifconfig-net-tools-2.10.txt');
  const blocks = (from: string): readonly string[] =>
    from
      .split('\n\n')
      .map((block) => block.trimEnd())
      .filter(Boolean)
      .toSorted();
  // ifconfig prints a broadcast that was never set as 0.0.0.0; here it is left out, for there is none.
  expect(blocks(renderIfconfig(parseIfconfig(text)))).toEqual(blocks(text.replace('  broadcast 0.0.0.0', '')));
});

test('an interface known from ip alone looks as ifconfig would show it', () => {
  const [, eth0] = parseIpAddrJson(fixture('other/ip-addr-pi5.json')) ?? [];
  expect(renderIfconfig(eth0 ? [eth0] : [])).toBe(`eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500
        inet 192.168.50.16  netmask 255.255.255.0  broadcast 192.168.50.255
        inet6 2001:db8:50::10aa  prefixlen 64  scopeid 0x0<global>
        inet6 2001:db8:50::10bb  prefixlen 64  scopeid 0x0<global>
        inet6 2001:db8:50::10cc  prefixlen 64  scopeid 0x0<global>
        inet6 fe80::2ecf:67ff:fe12:3456  prefixlen 64  scopeid 0x20<link>
        ether 2c:cf:67:12:34:56  txqueuelen 1000  (Ethernet)
`);
});

test('counters that are not known are left out and never 0', () => {
  const [lo] = parseIpAddrJson(fixture('other/ip-addr-pi5.json')) ?? [];
  expect(renderIfconfig(lo ? [lo] : [])).toContain(`RX packets 840  bytes 9007199254740993 (8.0 PiB)
        RX errors 0  dropped 0
        TX packets 840  bytes 18446744073709551615 (16383.9 PiB)
        TX errors 0  dropped 0 carrier 0  collisions 0`);
});

test.each([
  ['0', '0.0 B'],
  ['1024', '1024.0 B'],
  ['1025', '1.0 KiB'],
  ['1220', '1.1 KiB'],
  ['1234567', '1.1 MiB'],
  ['7654321', '7.2 MiB'],
])('%s bytes are cut off, not rounded: %s', (digits, text) => {
  expect(ifconfigSize(digits)).toBe(text);
});
