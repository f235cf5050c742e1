import { describe, expect, test } from 'vitest';
import type { AccessMode } from '../../../pi-agent/src/access.ts';
import { defaultHost, mayConnect, plainAddress } from '../../../pi-agent/src/access.ts';

/** A Pi with Ethernet, Wi-Fi and a VPN. */
const interfaces = () => ({
  lo: [{ cidr: '127.0.0.1/8' }, { cidr: '::1/128' }],
  eth0: [{ cidr: '192.168.50.7/24' }, { cidr: 'fe80::ba27:ebff:fe12:3456/64' }, { cidr: '2001:db8:1:2::7/64' }],
  wlan0: [{ cidr: '10.0.4.9/22' }],
  tun0: [{ cidr: '100.64.0.3/32' }, { cidr: null }],
});

describe('who may connect', () => {
  test.each([
    ['127.0.0.1', ['ssh-only', 'local', 'token', 'anyone']],
    ['127.9.9.9', ['ssh-only', 'local', 'token', 'anyone']],
    ['::1', ['ssh-only', 'local', 'token', 'anyone']],
    ['::ffff:127.0.0.1', ['ssh-only', 'local', 'token', 'anyone']],
    ['192.168.50.200', ['local', 'token', 'anyone']],
    ['::ffff:192.168.50.200', ['local', 'token', 'anyone']],
    ['10.0.7.255', ['local', 'token', 'anyone']],
    ['fe80::1%eth0', ['local', 'token', 'anyone']],
    ['2001:db8:1:2::99', ['local', 'token', 'anyone']],
    ['100.64.0.3', ['local', 'token', 'anyone']],
    ['192.168.51.1', ['token', 'anyone']],
    ['10.0.8.1', ['token', 'anyone']],
    ['100.64.0.4', ['token', 'anyone']],
    ['::ffff:8.8.8.8', ['token', 'anyone']],
    ['2001:db8:1:3::99', ['token', 'anyone']],
  ] as [string, AccessMode[]][])('%s: %j', (peer, right) => {
    const modes = ['ssh-only', 'local', 'token', 'anyone'] as const;
    expect(modes.filter((access) => mayConnect(access, peer, interfaces))).toEqual(right);
  });

  test('only ssh-only listens on loopback alone', () => {
    expect((['ssh-only', 'local', 'token', 'anyone'] as const).map(defaultHost)).toEqual([
      '127.0.0.1',
      '::',
      '::',
      '::',
    ]);
  });

  test.each([
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['fe80::1%wlan0', 'fe80::1'],
    ['10.0.0.1', '10.0.0.1'],
  ])('%s is written %s', (address, plain) => {
    expect(plainAddress(address)).toBe(plain);
  });
});
