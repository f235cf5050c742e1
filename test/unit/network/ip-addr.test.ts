import { describe, expect, test } from 'vitest';
import { preferredAddress } from '../../../src-main/network/index.ts';
import { parseIpAddrJson } from '../../../src-main/network/parse/ip-addr-json.ts';
import { parseIpAddrText } from '../../../src-main/network/parse/ip-addr-text.ts';
import { addresses, fixture, line } from './fixture.ts';

const named = <T extends { readonly name: string }>(list: readonly T[] | null, name: string): T | undefined =>
  list?.find((one) => one.name === name);

describe('the real outputs of one machine', () => {
  const json = parseIpAddrJson(fixture('bench/ip-addr.json')) ?? [];

  test('ip -json: every interface with its kind, state and link', () => {
    expect(json.map(line)).toEqual([
      'lo loopback up linked  65536',
      'eth0 ethernet up linked b8:27:eb:12:34:56 1500',
      'enxb827eb112233 ethernet up no link b8:27:eb:11:22:33 1500',
      'docker0 docker up no link 02:42:ac:11:00:01 1500',
      'br0 bridge up linked 9a:3a:d2:d9:99:d2 1500',
      'veth1a2b3c veth up linked 9a:3a:d2:d9:99:d2 1500',
      'tun0 tunnel up no link  1500',
      'vxlan42 virtual down ? c2:5f:c9:0e:9d:83 1450',
      'eth1 ethernet down ? 3e:17:b9:40:12:fd 1500',
    ]);
    expect(named(json, 'veth1a2b3c')?.master).toBe('br0');
    expect(addresses(named(json, 'eth0'))).toEqual([
      '192.168.50.7/24',
      '10.9.8.7/22 eth0:lab',
      '192.168.50.8/24 eth0:1 secondary',
      'fd00:50::8/64 managed-temporary',
      'fd00:50::7/64 deprecated dynamic',
      '2001:db8:50::7/64',
      'fe80::ba27:ebff:fe12:3456/64',
    ]);
    expect(addresses(named(json, 'tun0'))).toEqual(['10.8.0.6/32 peer 10.8.0.5']);
  });

  test('the text of ip -s -d addr gives the same model as its JSON', () => {
    const lifetimes = (list: typeof json) =>
      list.map((one) => ({
        ...one,
        addresses: one.addresses.map((each) => ({
          ...each,
          validSeconds: each.validSeconds === 'forever' ? 'forever' : 'some',
        })),
      }));
    // The two were printed a moment apart, so the counters of the linked ones may differ.
    const still = (list: typeof json) => lifetimes(list).map((one) => (one.carrier ? { ...one, counters: null } : one));
    expect(still(parseIpAddrText(fixture('bench/ip-addr-stats.txt')))).toEqual(still(json));
  });

  test.each(['ip-addr.txt', 'ip-addr-busybox.txt', 'ip-addr-oneline.txt', 'ip-addr-brief.txt'])(
    '%s gives the same addresses as the JSON',
    (name) => {
      const plain = (list: typeof json) =>
        list
          .filter((one) => one.addresses.length > 0)
          .map((one) => [
            one.name,
            one.addresses.map(({ address, prefix, peer }) => `${address}/${prefix ?? ''} ${peer ?? ''}`),
          ]);
      expect(plain(parseIpAddrText(fixture(`bench/${name}`)))).toEqual(plain(json));
    },
  );

  test.each(['ip-addr-busybox.txt', 'ip-link-brief.txt', 'ip-link-stats.txt'])(
    '%s gives the same MACs and states as the JSON',
    (name) => {
      const plain = (list: typeof json) => list.map(({ name: id, mac, state, carrier }) => [id, mac, state, carrier]);
      expect(plain(parseIpAddrText(fixture(`bench/${name}`)))).toEqual(plain(json));
    },
  );
});

describe('ip -json of a Pi 5', () => {
  const read = parseIpAddrJson(fixture('other/ip-addr-pi5.json'));

  test('counters beyond 2^53 keep every digit', () => {
    expect(named(read, 'lo')?.counters).toMatchObject({ rxBytes: '9007199254740993', txBytes: '18446744073709551615' });
  });

  test('empty objects of old releases are skipped', () => {
    expect(read?.map(({ name }) => name)).toEqual(['lo', 'eth0', 'wlan0', 'eth0.20', 'wg0']);
    expect(named(read, 'eth0')?.addresses).toHaveLength(5);
  });

  test('temporary, deprecated and stable IPv6 addresses are told apart, and the stable one is preferred', () => {
    const eth0 = named(read, 'eth0');
    expect(addresses(eth0)).toEqual([
      '192.168.50.16/24 dynamic',
      '2001:db8:50::10aa/64 temporary dynamic',
      '2001:db8:50::10bb/64 deprecated dynamic',
      '2001:db8:50::10cc/64 dynamic managed-temporary',
      'fe80::2ecf:67ff:fe12:3456/64',
    ]);
    expect(preferredAddress(eth0?.addresses ?? [], 'ipv6')?.address).toBe('2001:db8:50::10cc');
    expect(preferredAddress(eth0?.addresses ?? [])?.address).toBe('192.168.50.16');
  });

  test('a VLAN knows its number and what it sits on; WireGuard its peer', () => {
    expect(named(read, 'eth0.20')).toMatchObject({ kind: 'vlan', vlanId: 20, parent: 'eth0' });
    expect(named(read, 'wg0')).toMatchObject({ kind: 'tunnel', mac: null });
    expect(addresses(named(read, 'wg0'))).toEqual(['10.6.0.2/32 peer 10.6.0.1']);
    expect(named(read, 'wlan0')?.altNames).toEqual(['wlx2ccf67123457']);
  });
});

describe('ip addr of iproute2 4.9', () => {
  const read = parseIpAddrText(fixture('other/ip-addr-iproute2-4.9.txt'));

  test('two IPv4 and three IPv6 addresses stay on one interface, with labels and marks', () => {
    expect(addresses(named(read, 'eth0'))).toEqual([
      '192.168.50.7/24',
      '192.168.50.8/24 eth0:1 secondary',
      '2001:db8:50:0:a1b2:c3d4:e5f6:1/64 temporary dynamic',
      '2001:db8:50::7/64 managed-temporary dynamic',
      'fe80::ba27:ebff:fe12:3456/64',
    ]);
    expect(named(read, 'eth0')?.addresses.map(({ broadcast, validSeconds }) => [broadcast, validSeconds])).toEqual([
      ['192.168.50.255', 'forever'],
      ['192.168.50.255', 'forever'],
      [null, 86312],
      [null, 86312],
      [null, 'forever'],
    ]);
  });

  test('counters are read by their headings and keep every digit; what the headings do not name is unknown', () => {
    expect(named(read, 'lo')?.counters?.rxBytes).toBe('9007199254740993');
    expect(named(read, 'eth0')?.counters).toMatchObject({
      rxBytes: '1234567',
      rxDropped: '3',
      rxFrame: null,
      txBytes: '7654321',
      txCarrier: '0',
      collisions: '0',
    });
  });

  test('VLAN, PPP and a Wi-Fi without a network are known for what they are', () => {
    expect(read.map(line)).toEqual([
      'lo loopback up linked  65536',
      'eth0 ethernet up linked b8:27:eb:12:34:56 1500',
      'eth0.10 vlan up linked b8:27:eb:12:34:56 1500',
      'wlan0 wifi up no link b8:27:eb:65:43:21 1500',
      'ppp0 ppp up linked  1492',
    ]);
    expect(named(read, 'eth0.10')).toMatchObject({ vlanId: 10, parent: 'eth0' });
    expect(addresses(named(read, 'ppp0'))).toEqual(['100.64.3.9/32 peer 100.64.0.1']);
  });
});

test.each([
  ['usage text of busybox', fixture('bench/ip-json-busybox-usage.txt')],
  ['nothing', ''],
  ['an error', 'Option "-json" is unknown, try "ip -help".'],
  ['a cut-off answer', '[{"ifname":"eth0","addr_info":[{'],
])('%s instead of JSON is no answer rather than an empty one', (_, text) => {
  expect(parseIpAddrJson(text)).toBeNull();
});
