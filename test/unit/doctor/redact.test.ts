import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redact } from '../../../src-main/doctor/redact.ts';

const anna = { user: 'anna' };

describe('what a stranger need not know is replaced', () => {
  test.each([
    ['the user’s name', 'Signed in as anna@raspberrypi.local', 'Signed in as <user>@raspberrypi.local'],
    ['…in the path of the home folder', '/home/anna/.ssh and /Users/anna', '/home/<user>/.ssh and /Users/<user>'],
    ['…of another user too', '/home/bert/led', '/home/<user>/led'],
    ['a fingerprint', 'ED25519 SHA256:uNiVztksCsDhcc0u9e8BrO2eXfzv5m0UvQ7sBvZ1xYk', 'ED25519 <key-1>'],
    [
      'a public key',
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJx4h1TqkS7Yk0T1x2v3w4y5z6A7B8C9D0E1F2G3H4I5 pi',
      'ssh-ed25519 <key-1> pi',
    ],
    ['half of a MAC address', 'lladdr dc:a6:32:12:34:56 REACHABLE', 'lladdr dc:a6:32:xx:xx:xx REACHABLE'],
    ['…in an address that was made from it', 'fe80::dea6:32ff:fe12:3456%eth0', 'fe80::dea6:32ff:fexx:xxxx%eth0'],
    ['a public IPv4 address', 'via 84.112.7.9 and 9.9.9.9', 'via <public-address-1> and <public-address-2>'],
    ['a public IPv6 address', 'inet6 2a02:8388:1:2::7/64', 'inet6 <public-address-1>/64'],
    [
      'the same address by the same number',
      '9.9.9.9 8.8.8.8 9.9.9.9',
      '<public-address-1> <public-address-2> <public-address-1>',
    ],
  ])('%s', (_, text, expected) => {
    expect(redact(text, anna)).toBe(expected);
  });
});

describe('what the report is about stays', () => {
  test.each([
    '192.168.50.7/24 via 192.168.50.1',
    '10.0.0.1 172.16.5.5 169.254.1.2 127.0.0.53 100.64.0.1',
    'fd00::1 fe80::1%eth0 ::1',
    'OpenSSH_9.2p1 Debian-2+deb12u3 version 1.2.3.4567',
    'throttled=0x50005, 2026-11-25T10:07:21Z',
    'the banana is no user, nor is anna-lena or joanna',
  ])('%s', (text) => {
    expect(redact(text, anna)).toBe(text);
  });
});

test('no public address is left, wherever it stands', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(
      fc.string(),
      octet,
      octet,
      octet,
      fc.constantFrom(' ', ':', ',', ']', '/24', ''),
      (before, b, c, d, after) => {
        const address = `84.${b}.${c}.${d}`;
        expect(redact(`${before} ${address}${after}`, anna)).not.toContain(address);
      },
    ),
  );
});

test('any text and any name are taken without a fault', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (text, user) => {
      expect(typeof redact(text, { user })).toBe('string');
    }),
  );
});
