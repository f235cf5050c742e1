import { describe, expect, test } from 'vitest';
import { parseIpNeighJson, parseNeighbours } from '../../../src-main/network/parse/neighbours.ts';
import {
  parseIw,
  parseIwconfig,
  parseProcNetWireless,
  wifiBand,
  wifiChannel,
} from '../../../src-main/network/parse/wifi.ts';
import { fixture } from './fixture.ts';

describe('neighbours', () => {
  const answered = {
    family: 'ipv4',
    address: '192.168.50.44',
    mac: 'dc:a6:32:aa:bb:cc',
    interface: 'eth0',
    state: 'permanent',
  };
  const silent = { family: 'ipv4', address: '192.168.50.45', mac: null, interface: 'eth0' };

  test('ip neigh: JSON, text and busybox', () => {
    const expected = [{ ...silent, state: 'failed' }, answered];
    expect(parseIpNeighJson(fixture('bench/ip-neigh.json'))).toEqual(expected);
    expect(parseNeighbours(fixture('bench/ip-neigh.txt'))).toEqual(expected);
    expect(parseNeighbours(fixture('bench/ip-neigh-busybox.txt'))).toEqual(expected);
  });

  test.each(['arp-n', 'arp-an', 'arp-an-busybox', 'proc-net-arp'])('%s', (name) => {
    expect(parseNeighbours(fixture(`bench/${name}.txt`))).toEqual([{ ...silent, state: 'incomplete' }, answered]);
  });

  test('macOS: MACs without leading zeros', () => {
    expect(
      parseNeighbours(fixture('other/arp-macos.txt')).map(({ address, mac, state }) => [address, mac, state]),
    ).toEqual([
      ['192.168.50.1', 'b8:27:eb:aa:0b:0c', 'unknown'],
      ['192.168.50.7', 'b8:27:eb:12:34:56', 'unknown'],
      ['192.168.50.99', null, 'incomplete'],
      ['224.0.0.251', '01:00:5e:00:00:fb', 'permanent'],
    ]);
  });

  test('Windows', () => {
    expect(
      parseNeighbours(fixture('other/arp-windows.txt')).map(({ address, mac, state }) => [address, mac, state]),
    ).toEqual([
      ['192.168.50.1', 'b8:27:eb:aa:bb:cc', 'unknown'],
      ['192.168.50.255', 'ff:ff:ff:ff:ff:ff', 'permanent'],
    ]);
  });

  test('IPv6 neighbours', () => {
    expect(parseNeighbours('fe80::1 dev eth0 lladdr 02:00:00:00:00:01 router REACHABLE\n')).toEqual([
      { family: 'ipv6', address: 'fe80::1', mac: '02:00:00:00:00:01', interface: 'eth0', state: 'reachable' },
    ]);
  });
});

describe('Wi-Fi', () => {
  test('iw: network name with its escapes, band, channel, signal, rates; one not joined', () => {
    const read = parseIw(fixture('other/iw.txt'));
    expect([...read.keys()]).toEqual(['wlan0', 'wlan1']);
    expect(read.get('wlan0')).toEqual({
      connected: true,
      ssid: 'Café \\ 5G',
      bssid: 'aa:bb:cc:dd:ee:ff',
      frequencyMhz: 5180,
      channel: 36,
      band: '5 GHz',
      widthMhz: 80,
      signalDbm: -52,
      rxRateMbps: 390,
      txRateMbps: 433.3,
      txPowerDbm: 31,
      mode: 'managed',
    });
    expect(read.get('wlan1')).toMatchObject({ connected: false, ssid: null, signalDbm: null, txPowerDbm: 20 });
  });

  test('iwconfig: wired interfaces are left out', () => {
    const read = parseIwconfig(fixture('other/iwconfig.txt'));
    expect([...read.keys()]).toEqual(['wlan0', 'wlan1']);
    expect(read.get('wlan0')).toMatchObject({
      connected: true,
      ssid: 'Course room 2',
      bssid: 'aa:bb:cc:dd:ee:ff',
      frequencyMhz: 2437,
      channel: 6,
      band: '2.4 GHz',
      signalDbm: -52,
      txRateMbps: 72.2,
    });
    expect(read.get('wlan1')).toMatchObject({ connected: false, ssid: null, bssid: null });
  });

  test('/proc/net/wireless tells the signal', () => {
    expect(parseProcNetWireless(fixture('other/proc-net-wireless.txt')).get('wlan0')?.signalDbm).toBe(-52);
  });

  test.each([
    [2412, '2.4 GHz', 1],
    [2484, '2.4 GHz', 14],
    [5180, '5 GHz', 36],
    [5825, '5 GHz', 165],
    [5955, '6 GHz', 1],
    [7115, '6 GHz', 233],
    [58320, '60 GHz', null],
    [900, null, null],
  ])('%i MHz is in band %s, channel %s', (frequency, band, channel) => {
    expect([wifiBand(frequency), wifiChannel(frequency)]).toEqual([band, channel]);
  });
});
