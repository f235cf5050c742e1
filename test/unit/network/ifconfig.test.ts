import { describe, expect, test } from 'vitest';
import { ifconfigBlocks, parseIfconfig } from '../../../src-main/network/parse/ifconfig.ts';
import { addresses, fixture, line } from './fixture.ts';

describe('one interface in every layout and language', () => {
  const expected = [
    {
      name: 'eth0',
      altNames: [],
      index: null,
      kind: 'ethernet',
      mac: 'b8:27:eb:12:34:56',
      mtu: 1500,
      flags: ['UP', 'BROADCAST', 'RUNNING', 'MULTICAST'],
      state: 'up',
      carrier: true,
      addresses: [
        {
          family: 'ipv4',
          address: '192.168.50.7',
          prefix: 24,
          mask: '255.255.255.0',
          invalidMask: null,
          broadcast: '192.168.50.255',
          peer: null,
          scope: null,
          label: null,
          marks: [],
          validSeconds: null,
        },
        {
          family: 'ipv6',
          address: 'fe80::ba27:ebff:fe12:3456',
          prefix: 64,
          mask: null,
          invalidMask: null,
          broadcast: null,
          peer: null,
          scope: 'link',
          label: null,
          marks: [],
          validSeconds: null,
        },
      ],
      counters: {
        rxBytes: '1234567',
        rxPackets: '8123',
        rxErrors: '0',
        rxDropped: '3',
        rxOverruns: '0',
        rxFrame: '0',
        txBytes: '7654321',
        txPackets: '6010',
        txErrors: '0',
        txDropped: '0',
        txOverruns: '0',
        txCarrier: '0',
        collisions: '0',
      },
      txQueueLength: 1000,
      speedMbps: null,
      duplex: null,
      master: null,
      parent: null,
      vlanId: null,
      wifi: null,
      problems: [],
    },
  ];

  test.each(['ifconfig-net-tools-2.10', 'ifconfig-net-tools-1.60'])(
    'the HWaddr layout and the ether layout give the same model: %s',
    (name) => {
      expect(parseIfconfig(fixture(`other/${name}.txt`))).toEqual(expected);
    },
  );

  test.each(['french', 'german'])('translated labels lose neither mask nor address: %s', (language) => {
    const read = parseIfconfig(fixture(`other/ifconfig-${language}.txt`));
    expect(read).toEqual(expected);
  });

  test('flags in a foreign language are said to be unreadable, and the state stays unknown', () => {
    const [eth0] = parseIfconfig(fixture('other/ifconfig-spanish.txt'));
    expect(eth0).toMatchObject({ state: 'unknown', carrier: null, addresses: expected[0]?.addresses });
    expect(eth0?.problems).toEqual([
      'The flags “ACTIVO DIFUSIÓN FUNCIONANDO MULTICAST” of eth0 are in a language this app does not read.',
    ]);
  });

  test('an address whose mask label is unknown is marked, never shown with an empty mask as fact', () => {
    const [eth0] = parseIfconfig(
      'eth0  Link encap:Ethernet  HWaddr b8:27:eb:12:34:56\n   inet adr:10.0.0.5  Xyz:255.0.0.0\n',
    );
    expect(eth0?.addresses).toMatchObject([{ address: '10.0.0.5', prefix: null, mask: null }]);
    expect(eth0?.problems).toEqual([
      'The label “Xyz” of eth0 is not known to this app, so 255.0.0.0 was left out.',
      'The mask of 10.0.0.5 on eth0 could not be read.',
    ]);
  });
});

describe('a machine with everything', () => {
  test('net-tools: aliases join their interface, names are kept whole, down and unlinked ones are told apart', () => {
    const read = parseIfconfig(fixture('bench/ifconfig-net-tools-2.10.txt'));
    expect(read.map(line)).toEqual([
      'br0 bridge up linked 9a:3a:d2:d9:99:d2 1500',
      'docker0 docker up no link 02:42:ac:11:00:01 1500',
      'enxb827eb112233 ethernet up no link b8:27:eb:11:22:33 1500',
      'eth0 ethernet up linked b8:27:eb:12:34:56 1500',
      'eth1 ethernet down ? 3e:17:b9:40:12:fd 1500',
      'lo loopback up linked  65536',
      'tun0 tunnel up no link  1500',
      'veth1a2b3c veth up linked 9a:3a:d2:d9:99:d2 1500',
      'vxlan42 virtual down ? c2:5f:c9:0e:9d:83 1450',
    ]);
    expect(addresses(read.find(({ name }) => name === 'eth0'))).toEqual([
      '192.168.50.7/24',
      'fe80::ba27:ebff:fe12:3456/64',
      'fd00:50::7/64',
      'fd00:50::8/64',
      '2001:db8:50::7/64',
      '192.168.50.8/24 eth0:1',
      '10.9.8.7/22 eth0:lab',
    ]);
    expect(addresses(read.find(({ name }) => name === 'tun0'))).toEqual(['10.8.0.6/32 peer 10.8.0.5']);
  });

  test('busybox reads the same as net-tools', () => {
    const scopes = (text: string) =>
      parseIfconfig(text).map((one) => ({ ...one, counters: one.counters?.rxBytes, flags: one.flags.join() }));
    expect(scopes(fixture('bench/ifconfig-busybox.txt'))).toEqual(scopes(fixture('bench/ifconfig-net-tools-2.10.txt')));
  });

  test('macOS: hexadecimal masks, short MACs, zones, temporary addresses, status, VLAN', () => {
    const read = parseIfconfig(fixture('other/ifconfig-macos.txt'));
    expect(read.map(line)).toEqual([
      'lo0 loopback up linked  16384',
      'gif0 tunnel down ?  1280',
      'en0 ethernet up linked a4:83:e7:05:0c:09 1500',
      'en5 ethernet up no link 00:e0:4c:68:01:02 1500',
      'utun3 tunnel up linked  1380',
      'vlan0 vlan up linked a4:83:e7:05:0c:09 1500',
    ]);
    expect(addresses(read[2])).toEqual([
      'fe80::1c3a:9b2f:77aa:1/64',
      '2001:db8:50::abcd/64',
      '2001:db8:50::dead/64 deprecated temporary',
      '192.168.50.23/24',
    ]);
    expect(read[3]).toMatchObject({ speedMbps: 1000, duplex: 'full' });
    expect(addresses(read[4])).toEqual(['10.8.0.6/32 peer 10.8.0.5']);
    expect(read[5]).toMatchObject({ vlanId: 10, parent: 'en0' });
  });
});

test('an enx name, empty flags and a switched-off interface without addresses are all read', () => {
  const read = parseIfconfig(`enxb827eb112233: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500
        ether b8:27:eb:11:22:33  txqueuelen 1000  (Ethernet)

odd0: flags=0<>  mtu 1500

eth1: flags=4098<BROADCAST,MULTICAST>  mtu 1500
        ether 3e:17:b9:40:12:fd  txqueuelen 1000  (Ethernet)
`);
  expect(read.map(({ name, state, addresses: list }) => [name, state, list])).toEqual([
    ['enxb827eb112233', 'up', []],
    ['odd0', 'unknown', []],
    ['eth1', 'down', []],
  ]);
});

test('an alias without its interface in the text stays an interface of its own', () => {
  const read = parseIfconfig(
    'eth0:1: flags=4163<UP,BROADCAST>  mtu 1500\n        inet 10.0.0.5  netmask 255.0.255.0\n',
  );
  expect(read.map(({ name }) => name)).toEqual(['eth0:1']);
  expect(read[0]?.addresses).toMatchObject([{ prefix: null, mask: null, invalidMask: '255.0.255.0' }]);
});

test('the text of one interface can be taken out word for word', () => {
  const text = fixture('bench/ifconfig-net-tools-2.10.txt');
  const blocks = ifconfigBlocks(text);
  expect(blocks.map(({ name }) => name)).toContain('eth0:1');
  expect(`${blocks.map((block) => block.text).join('\n\n')}\n\n`).toBe(text);
});
