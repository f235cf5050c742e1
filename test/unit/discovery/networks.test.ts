import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { Confinement } from '../../../src-main/discovery/confinement.ts';
import { adapterOf, mdnsAdapters } from '../../../src-main/discovery/mdns/adapters.ts';
import { addressesToAsk, searchNetworks } from '../../../src-main/discovery/networks.ts';

const free = new Confinement(null);

function ipv4(cidr: string, internal = false): NetworkInterfaceInfo {
  const [address = ''] = cidr.split('/');
  return { address, cidr, netmask: '', mac: '00:11:22:33:44:55', family: 'IPv4', internal };
}

function ipv6(cidr: string, scopeid: number): NetworkInterfaceInfo {
  const [address = ''] = cidr.split('/');
  return { address, cidr, netmask: '', mac: '00:11:22:33:44:55', family: 'IPv6', internal: false, scopeid };
}

const laptop = {
  lo: [ipv4('127.0.0.1/8', true)],
  eth0: [ipv4('192.168.1.5/24'), ipv6('fe80::5/64', 2)],
  eth1: [ipv4('192.168.2.1/24')],
  docker0: [ipv4('172.17.0.1/16')],
  tun0: [ipv4('10.8.0.2/32')],
};

describe('the networks to search', () => {
  test('are every real one of this computer; Docker and VPN are offered unticked, loopback not at all', () => {
    expect(searchNetworks(laptop, free).map(({ cidr, ticked }) => [cidr, ticked])).toEqual([
      ['192.168.1.0/24', true],
      ['192.168.2.0/24', true],
      ['10.8.0.2/32', false],
      ['172.17.0.0/16', false],
    ]);
  });

  test('a large one around this computer is told from the large one of Docker: neither is searched unasked', () => {
    const school = { eth0: [ipv4('10.20.3.4/16')], docker0: laptop.docker0 };
    expect(searchNetworks(school, free)).toMatchObject([
      { cidr: '10.20.0.0/16', nearby: true, ticked: false, large: true, note: expect.stringContaining('65,534') },
      { cidr: '172.17.0.0/16', nearby: false, ticked: false, large: true },
    ]);
  });

  test.each([
    ['docker0', '172.17.0.1/16', 'Docker'],
    ['br-0123456789ab', '172.18.0.1/16', 'Docker'],
    ['tun0', '10.8.0.2/24', 'VPN'],
    ['utun4', '10.8.0.2/24', 'VPN'],
    ['wg0', '10.9.0.2/24', 'VPN'],
    ['Tailscale', '100.101.1.2/32', 'VPN'],
    ['vEthernet (WSL)', '172.29.0.1/20', 'Virtual'],
    ['VMware Network Adapter VMnet8', '192.168.80.1/24', 'Virtual'],
    ['vboxnet0', '192.168.56.1/24', 'Virtual'],
    ['virbr0', '192.168.122.1/24', 'Virtual'],
    ['eth0', '169.254.7.7/16', 'Direct cable'],
    ['eth0', '8.8.4.5/24', 'Public'],
  ])('%s with %s is unticked, as %s, and says why', (name, cidr, kind) => {
    const [network] = searchNetworks({ [name]: [ipv4(cidr)] }, free);
    expect(network).toMatchObject({ kind, ticked: false, note: expect.stringMatching(/\.$/) });
  });

  test.each([
    ['eth0', 'Cable'],
    ['enxb827eb112233', 'Cable'],
    ['Ethernet 2', 'Cable'],
    ['wlan0', 'Wi-Fi'],
    ['Wi-Fi', 'Wi-Fi'],
    ['usb0', 'USB'],
    ['bridge100', 'Bridge'],
  ])('%s is ticked, as %s', (name, kind) => {
    expect(searchNetworks({ [name]: [ipv4('192.168.1.5/24')] }, free)).toMatchObject([
      { kind, ticked: true, note: '' },
    ]);
  });

  test('with --networks are exactly those, whatever adapters there are', () => {
    const only = new Confinement(['127.0.0.0/24', 'fd00::/64']);
    expect(searchNetworks(laptop, only)).toMatchObject([
      { cidr: '127.0.0.0/24', adapter: 'lo', size: 254, ticked: true },
    ]);
  });
});

describe('the addresses a search asks', () => {
  const options = { confinement: free, large: false, own: ['192.168.1.5'] };

  test('are all of a network but its ends and this computer', () => {
    const asked = addressesToAsk(['192.168.1.0/24'], options);
    expect([asked.length, asked[0], asked.at(-1), asked.includes('192.168.1.5')]).toEqual([
      253,
      '192.168.1.1',
      '192.168.1.254',
      false,
    ]);
  });

  test.each([
    ['10.0.0.8/30', ['10.0.0.9', '10.0.0.10']],
    ['10.0.0.8/31', ['10.0.0.8', '10.0.0.9']],
    ['10.0.0.8/32', ['10.0.0.8']],
    ['10.0.0.255/23', undefined],
  ])('of %s', (cidr, addresses) => {
    const asked = addressesToAsk([cidr], options);
    if (addresses) expect(asked).toEqual(addresses);
    else expect([asked.length, asked[0], asked.at(-1)]).toEqual([510, '10.0.0.1', '10.0.1.254']);
  });

  test('are each asked once where networks overlap', () => {
    expect(addressesToAsk(['10.0.0.0/29', '10.0.0.0/30'], options)).toHaveLength(6);
  });

  test('more than a /20 must be agreed to first, and says how many they are', () => {
    expect(() => addressesToAsk(['10.0.0.0/16'], options)).toThrow(
      expect.objectContaining({ code: 'LARGE_SEARCH', details: { addresses: 65_534 } }),
    );
    expect(addressesToAsk(['10.0.0.0/16'], { ...options, large: true })).toHaveLength(65_534);
    expect(addressesToAsk(['10.0.0.0/20'], options)).toHaveLength(4094);
  });

  test.each([
    ['10.0.0.0/8', 'TOO_LARGE_SEARCH'],
    ['8.8.8.0/24', 'PUBLIC_NETWORK'],
    ['fd00::/120', 'BAD_NETWORK'],
    ['192.168.1.0', 'BAD_NETWORK'],
    ['192.168.1.0/33', 'BAD_NETWORK'],
    ['; rm -rf /', 'BAD_NETWORK'],
  ])('%s is refused', (cidr, code) => {
    expect(() => addressesToAsk([cidr], { ...options, large: true })).toThrow(expect.objectContaining({ code }));
  });

  test.each(['192.168.1.0/24', '127.0.0.0/8', '127.0.1.0/24'])(
    '%s is refused outside --networks 127.0.0.0/24',
    (cidr) => {
      const confinement = new Confinement(['127.0.0.0/24']);
      expect(() => addressesToAsk([cidr], { ...options, confinement, large: true })).toThrow(
        expect.objectContaining({ code: 'OUTSIDE_NETWORKS' }),
      );
    },
  );
});

describe('--networks', () => {
  test.each([
    ['127.0.0.7', true],
    ['127.0.1.7', false],
    ['192.168.1.5', false],
    ['::1', false],
    ['fe80::1%eth0', false],
    ['::ffff:127.0.0.7', true],
    ['not an address', false],
  ])('127.0.0.0/24 lets a packet to %s: %s', (address, allowed) => {
    expect(new Confinement(['127.0.0.0/24']).allows(address)).toBe(allowed);
  });

  test('with nothing in it lets nothing out', () => {
    const none = new Confinement([]);
    expect([none.allows('127.0.0.1'), searchNetworks(laptop, none), mdnsAdapters(laptop, none)]).toEqual([
      false,
      [],
      [],
    ]);
  });
});

describe('the adapters mDNS uses', () => {
  const names = (confinement: Confinement) =>
    mdnsAdapters(laptop, confinement).map(({ name, address }) => `${name} ${address}`);

  test('are the real ones, never Docker, VPN or loopback; IPv6 leaves by the link-local address', () => {
    expect(names(free)).toEqual(['eth0 192.168.1.5', 'eth0 fe80::5', 'eth1 192.168.2.1']);
  });

  test('with --networks are only those with an address inside', () => {
    expect(names(new Confinement(['127.0.0.0/24']))).toEqual(['lo 127.0.0.1']);
    expect(names(new Confinement(['192.168.2.0/24']))).toEqual(['eth1 192.168.2.1']);
  });

  test('include a cable straight to a Pi, with nothing but self-assigned addresses', () => {
    const cable = { eth0: [ipv4('169.254.7.7/16')], enx0: [ipv6('fe80::9/64', 4)] };
    expect(mdnsAdapters(cable, free).map(({ address }) => address)).toEqual(['169.254.7.7', 'fe80::9']);
  });

  test.each([
    ['192.168.1.77', 'eth0'],
    ['192.168.2.77', 'eth1'],
    ['fe80::77%eth0', 'eth0'],
    ['fe80::77%eth1', undefined],
    ['10.1.1.1', undefined],
    ['127.0.0.1', undefined],
  ])('an answer from %s belongs to %s', (from, name) => {
    expect(adapterOf(from, mdnsAdapters(laptop, free))?.name).toBe(name);
  });
});
