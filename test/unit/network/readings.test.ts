import { describe, expect, test } from 'vitest';
import {
  compareSubnets,
  explainText,
  findingsOf,
  fiveWords,
  orderInterfaces,
  rankAddresses,
  type NetworkSnapshot,
} from '../../../src-main/network/index.ts';

const snapshot = (text: string, about: NetworkSnapshot['about'] = 'device'): NetworkSnapshot => ({
  ...explainText(text, 0).snapshot,
  about,
});
const eth0 = (cidr: string, more = ''): string =>
  `2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP\n    link/ether b8:27:eb:12:34:56\n    inet ${cidr} scope global eth0\n${more}`;
const wlan0 = (cidr: string): string =>
  `3: wlan0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP\n    link/ether b8:27:eb:65:43:21\n    inet ${cidr} scope global wlan0\n`;
const docker0 =
  '4: docker0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP\n    link/ether 02:42:ac:11:00:01\n    inet 172.17.0.1/16 scope global docker0\n';

describe('findings', () => {
  test.each([
    ['self-assigned', eth0('169.254.7.9/16')],
    [
      'no-carrier',
      '2: eth0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 state DOWN\n    link/ether b8:27:eb:12:34:56\n',
    ],
    [
      'wifi-not-joined',
      '3: wlan0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 state DOWN\n    link/ether b8:27:eb:65:43:21\n',
    ],
    ['no-address', '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP\n    link/ether b8:27:eb:12:34:56\n'],
    ['no-gateway', `${eth0('10.0.0.5/24')}10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.5\n`],
    ['gateway-outside', `${eth0('10.0.0.5/24')}default via 10.0.1.1 dev eth0\n`],
    ['same-subnet-twice', `${eth0('10.0.0.5/24')}${wlan0('10.0.0.6/24')}`],
    [
      'invalid-mask',
      'eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500\n        inet 10.0.0.5  netmask 255.0.255.0\n',
    ],
    ['duplicate-address', eth0('10.0.0.5/24', '    inet6 2001:db8::5/64 scope global tentative dadfailed \n')],
    ['network-address', eth0('10.0.0.0/24')],
    ['network-address', eth0('10.0.0.255/24')],
    ['no-dns', `${eth0('10.0.0.5/24')}\noptions edns0\n`],
    [
      'many-errors',
      'eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500\n        inet 10.0.0.5  netmask 255.255.255.0\n        RX packets 900  bytes 1\n        RX errors 40  dropped 0\n        TX packets 900  bytes 1\n        TX errors 0  dropped 0\n',
    ],
    ['weak-wifi', `${wlan0('10.0.0.6/24')}wlan0     IEEE 802.11  ESSID:"x"\n          Signal level=-81 dBm\n`],
    [
      'slow-link',
      'en5: flags=8863<UP,BROADCAST,RUNNING> mtu 1500\n\tinet 10.0.0.5 netmask 0xffffff00\n\tmedia: autoselect (10baseT/UTP <half-duplex>)\n\tstatus: active\n',
    ],
  ])('%s is found, and only that', (code, text) => {
    const findings = findingsOf(snapshot(text));
    expect(findings.map((one) => one.code)).toEqual([code]);
    expect(findings[0]?.text).toMatch(/\.$/);
    expect(findings[0]?.advice).toMatch(/\.$/);
  });

  test.each([
    ['a healthy machine', `${eth0('10.0.0.5/24')}default via 10.0.0.1 dev eth0\nnameserver 10.0.0.1\n`],
    ['a machine of which only the addresses are known', eth0('10.0.0.5/24')],
    ['two networks on two interfaces', `${eth0('10.0.0.5/24')}${wlan0('10.0.1.6/24')}`],
    ['a /31 link, where both addresses are usable', eth0('10.0.0.0/31')],
  ])('nothing is found at %s', (_, text) => {
    expect(findingsOf(snapshot(text))).toEqual([]);
  });
});

describe('same subnet?', () => {
  const here = snapshot(eth0('192.168.1.5/24'), 'this-computer');

  test('yes, with the working', () => {
    expect(compareSubnets(here, snapshot(`${docker0}${eth0('192.168.1.44/24')}`), '192.168.1.44')).toMatchObject({
      answer: 'same',
      text: 'Yes: 192.168.1.5 (eth0) and 192.168.1.44 (eth0) are in the same subnet and talk directly.',
      working: [
        'This computer: 192.168.1.5 AND 255.255.255.0 = 192.168.1.0',
        'The device: 192.168.1.44 AND 255.255.255.0 = 192.168.1.0',
      ],
    });
  });

  test('no', () => {
    const verdict = compareSubnets(here, snapshot(eth0('192.168.2.44/24')), '192.168.2.44');
    expect(verdict).toMatchObject({
      answer: 'different',
      here: { network: '192.168.1.0' },
      device: { network: '192.168.2.0' },
    });
  });

  test('different masks make only one side a neighbour', () => {
    expect(compareSubnets(here, snapshot(eth0('192.168.2.44/16')), null).answer).toBe('one-sided');
  });

  test('a device with two addresses is compared by the one that is shared', () => {
    const device = snapshot(`${eth0('10.9.9.9/24')}${wlan0('192.168.1.44/24')}`);
    expect(compareSubnets(here, device, '10.9.9.9')).toMatchObject({ answer: 'same', device: { interface: 'wlan0' } });
  });

  test('the same Docker bridge on both sides is no shared subnet', () => {
    const both = [snapshot(`${docker0}${eth0('10.0.0.1/24')}`), snapshot(`${docker0}${eth0('10.0.1.1/24')}`)] as const;
    expect(compareSubnets(...both, null).answer).toBe('different');
  });

  test('without a mask it is unknown, and the side is named', () => {
    const unknown = snapshot('eth0: flags=4163<UP>  mtu 1500\n        inet 192.168.1.44\n');
    expect(compareSubnets(here, unknown, null)).toMatchObject({
      answer: 'unknown',
      text: 'Not known: no IPv4 address with a mask was read on the device.',
      working: [],
    });
  });

  test('this computer with itself', () => {
    expect(compareSubnets(here, here, '127.0.0.1').answer).toBe('same-machine');
  });
});

describe('which address of a device to use', () => {
  const own = [
    { address: '192.168.1.5', prefix: 24, interface: 'eth0', index: 7 },
    { address: '172.17.0.1', prefix: 16, interface: 'docker0', index: 9 },
  ];
  const ranked = (list: readonly string[]) =>
    rankAddresses(
      list.map((address) => ({ address })),
      own,
    ).map(({ address }) => address);

  test('the shared subnet comes first, Docker’s bridge last, and link-local without a zone is left out', () => {
    expect(ranked(['172.17.0.1', 'fe80::1', '192.168.1.44'])).toEqual(['192.168.1.44', '172.17.0.1']);
  });

  test('then other private IPv4, private and global IPv6, self-assigned', () => {
    expect(
      ranked(['169.254.3.4', '2001:db8::5', 'fd00::5', '10.3.4.5', '192.168.1.44', '127.0.0.1', 'nonsense']),
    ).toEqual(['192.168.1.44', '10.3.4.5', 'fd00::5', '2001:db8::5', '169.254.3.4']);
  });

  test('a link-local address carries the zone of the interface it was heard on, never bare', () => {
    const heard = { address: 'fe80::1', heardOn: { name: 'eth0', index: 7 } };
    expect(rankAddresses([heard], own, 'index')[0]?.address).toBe('fe80::1%7');
    expect(rankAddresses([heard], own, 'name')[0]?.address).toBe('fe80::1%eth0');
    expect(rankAddresses([{ address: 'fe80::1%wlan0' }], own)[0]?.address).toBe('fe80::1%wlan0');
  });

  test('temporary and deprecated addresses come after stable ones of the same sort', () => {
    const list = rankAddresses([{ address: '2001:db8::a', shortLived: true }, { address: '2001:db8::b' }], own);
    expect(list.map(({ address }) => address)).toEqual(['2001:db8::b', '2001:db8::a']);
  });
});

describe('the five words', () => {
  const values = (text: string) => fiveWords(snapshot(text)).map(({ value, absent }) => value ?? absent);

  test('are those of the interface behind the gateway', () => {
    const text = `${eth0('10.0.0.5/24')}${wlan0('192.168.7.6/22')}default via 10.0.0.1 dev eth0 metric 600\ndefault via 192.168.4.1 dev wlan0 metric 100\n`;
    expect(values(text)).toEqual(['b8:27:eb:65:43:21', '192.168.7.6', '255.255.252.0 (/22)', '192.168.4.1', 'unknown']);
    expect(fiveWords(snapshot(text))[3]?.others).toEqual(['10.0.0.1']);
  });

  test.each([
    ['b8:27:eb:12:34:56', 'burnt into the network adapter'],
    ['02:42:ac:11:00:02', 'made up by software'],
    ['da:a1:19:00:00:01', 'made up by software'],
  ])('tell whether the MAC %s is its maker’s', (mac, words) => {
    const [first] = fiveWords(snapshot(eth0('10.0.0.5/24').replace('b8:27:eb:12:34:56', mac)));
    expect([first?.value, first?.explanation]).toEqual([mac, expect.stringContaining(words)]);
  });

  test('say “none” only for what was looked for, and “unknown” otherwise', () => {
    const linked = '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP\n    link/ether b8:27:eb:12:34:56\n';
    expect(values(linked)).toEqual(['b8:27:eb:12:34:56', 'none', 'unknown', 'unknown', 'unknown']);
    expect(values(`${eth0('10.0.0.5/24')}10.0.0.0/24 dev eth0 scope link\noptions edns0\n`)).toEqual([
      'b8:27:eb:12:34:56',
      '10.0.0.5',
      '255.255.255.0 (/24)',
      'none',
      'none',
    ]);
    expect(values('default dev ppp0 scope link\n')).toEqual([
      'unknown',
      'unknown',
      'unknown',
      'directly over ppp0',
      'unknown',
    ]);
  });
});

test('interfaces that are up come first, loopback and containers after, switched-off ones last', () => {
  const text = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 state UNKNOWN
5: eth1: <BROADCAST,MULTICAST> mtu 1500 state DOWN
${docker0}6: usb0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 state DOWN
${eth0('10.0.0.5/24')}`;
  expect(orderInterfaces(snapshot(text).interfaces).map(({ name }) => name)).toEqual([
    'eth0',
    'usb0',
    'lo',
    'docker0',
    'eth1',
  ]);
});
