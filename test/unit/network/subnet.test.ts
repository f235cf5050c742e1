import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isInSubnet, parseAddress, readSubnetText, subnetOf } from '../../../src-main/network/index.ts';
import { addressToNumber, numberToAddress } from '../../../src-main/network/model/ip.ts';
import { formatPrefixMask, parseMask } from '../../../src-main/network/model/mask.ts';
import { rangeToCidrs } from '../../../src-main/network/model/subnet.ts';

describe('masks', () => {
  test.each(['/22', '22', '255.255.252.0', '0xfffffc00'])('%s is prefix 22 and 255.255.252.0', (text) => {
    expect(parseMask(text)).toEqual({ kind: 'mask', prefix: 22, mask: '255.255.252.0' });
  });

  test.each(['255.0.255.0', '0.0.0.255', '0xff00ff00', '255.255.255.1'])(
    '%s has a one after a zero: not a mask',
    (text) => {
      expect(parseMask(text)).toMatchObject({ kind: 'not-contiguous' });
    },
  );

  test.each(['', '33', '/33', '255.255.255', '256.0.0.0', '0x1ffffffff', 'mask', '-1', '24.5'])(
    '%j is no mask',
    (text) => {
      expect(parseMask(text)).toEqual({ kind: 'not-a-mask' });
    },
  );

  test('every prefix survives the way to a dotted mask and back', () => {
    for (let prefix = 0; prefix <= 32; prefix += 1) {
      expect(parseMask(formatPrefixMask(prefix))).toMatchObject({ prefix });
    }
  });
});

describe('subnets', () => {
  test('192.168.50.7/24 with everything that follows from it', () => {
    expect(subnetOf('192.168.50.7', 24)).toEqual({
      family: 'ipv4',
      address: '192.168.50.7',
      prefix: 24,
      cidr: '192.168.50.0/24',
      network: '192.168.50.0',
      mask: '255.255.255.0',
      wildcard: '0.0.0.255',
      first: '192.168.50.1',
      last: '192.168.50.254',
      broadcast: '192.168.50.255',
      hosts: '254',
    });
  });

  test.each([
    ['10.0.0.0', 31, '10.0.0.0', '10.0.0.1', null, '2'],
    ['10.0.0.7', 32, '10.0.0.7', '10.0.0.7', null, '1'],
    ['10.0.0.7', 0, '0.0.0.1', '255.255.255.254', '255.255.255.255', '4294967294'],
    ['2001:db8::5', 64, '2001:db8::', '2001:db8::ffff:ffff:ffff:ffff', null, '18446744073709551616'],
    ['::1', 128, '::1', '::1', null, '1'],
  ])('%s/%i goes from %s', (address, prefix, first, last, broadcast, hosts) => {
    const subnet = subnetOf(address, prefix);
    const lowest = subnet?.family === 'ipv6' && prefix === 64 ? subnet.network : subnet?.first;
    expect([lowest, subnet?.last, subnet?.broadcast, subnet?.hosts]).toEqual([first, last, broadcast, hosts]);
  });

  test.each([
    ['192.168.1.5', 24, '192.168.1.200', true],
    ['192.168.1.5', 24, '192.168.2.5', false],
    ['192.168.1.5', 16, '192.168.2.5', true],
    ['fe80::1', 64, 'fe80::abcd', true],
    ['192.168.1.5', 24, 'fe80::1', false],
    ['192.168.1.5', 24, 'nonsense', false],
  ])('%s/%i and %s: same subnet %s', (address, prefix, other, same) => {
    expect(isInSubnet(address, prefix, other)).toBe(same);
  });

  const ipv4 = fc.bigInt({ min: 0n, max: 0xffffffffn }).map((value) => numberToAddress(value, 'ipv4'));
  const ipv6 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((value) => numberToAddress(value, 'ipv6'));

  test('an address survives the way to a number and back, and is in its own subnet', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), fc.nat(128), (address, bits) => {
        const family = address.includes(':') ? 'ipv6' : 'ipv4';
        const prefix = family === 'ipv4' ? bits % 33 : bits;
        expect(parseAddress(address)?.address).toBe(address);
        expect(numberToAddress(addressToNumber(address), family)).toBe(address);
        expect(isInSubnet(address, prefix, subnetOf(address, prefix)?.network ?? '')).toBe(true);
        expect(isInSubnet(address, prefix, subnetOf(address, prefix)?.last ?? '')).toBe(true);
      }),
    );
  });

  test('the subnets of a range cover exactly that range, in order and without gaps', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(70_000), (start, length) => {
        const end = Math.min(start + length, 0xffffffff);
        const cidrs = rangeToCidrs(numberToAddress(BigInt(start), 'ipv4'), numberToAddress(BigInt(end), 'ipv4'));
        let next = BigInt(start);
        for (const cidr of cidrs) {
          const [network = '', prefix = ''] = cidr.split('/');
          expect(addressToNumber(network)).toBe(next);
          next += 1n << BigInt(32 - Number(prefix));
        }
        expect(next).toBe(BigInt(end) + 1n);
      }),
    );
  });
});

describe('what a person types into the helper', () => {
  test.each([
    ['192.168.1.7/24', '192.168.1.0/24'],
    [' 192.168.1.7 / 24 ', '192.168.1.0/24'],
    ['192.168.1.7 255.255.252.0', '192.168.0.0/22'],
    ['192.168.1.7/255.255.252.0', '192.168.0.0/22'],
    ['192.168.1.7 0xfffffc00', '192.168.0.0/22'],
    ['2001:DB8::1/48', '2001:db8::/48'],
  ])('%j is the subnet %s', (text, cidr) => {
    const reading = readSubnetText(text);
    expect(reading.kind === 'subnet' && reading.subnet.cidr).toBe(cidr);
  });

  test.each(['/22', '22', '255.255.252.0', '0xfffffc00'])('%s alone is a mask for 1022 machines', (text) => {
    expect(readSubnetText(text)).toEqual({ kind: 'mask', prefix: 22, mask: '255.255.252.0', hosts: '1022' });
  });

  test.each(['192.168.1.10-192.168.1.20', '192.168.1.10 - 192.168.1.20', '192.168.1.10 to 192.168.1.20'])(
    '%s is a range',
    (text) => {
      expect(readSubnetText(text)).toEqual({
        kind: 'range',
        first: '192.168.1.10',
        last: '192.168.1.20',
        cidrs: ['192.168.1.10/31', '192.168.1.12/30', '192.168.1.16/30', '192.168.1.20/32'],
      });
    },
  );

  test.each([
    ['', 'Type an address with a prefix, such as 192.168.1.7/24, or a mask.'],
    ['192.168.1.7', 'An address alone has no subnet: add a prefix, such as 192.168.1.7/24.'],
    ['2001:db8::1', 'An address alone has no subnet: add a prefix, such as 2001:db8::1/64.'],
    ['255.0.255.0', '255.0.255.0 is not a mask: in binary it has a 1 after a 0, and a mask is ones first, then zeros.'],
    ['10.0.0.1/33', '“33” is neither a prefix from 0 to 32 nor a mask such as 255.255.255.0.'],
    ['10.0.0.256/24', '“10.0.0.256” is not an address.'],
    ['2001:db8::1/129', 'An IPv6 prefix is a number from 0 to 128, not “129”.'],
    ['10.0.0.9-10.0.0.1', 'The range ends before it begins: 10.0.0.1 is lower than 10.0.0.9.'],
    ['10.0.0.1-fe80::1', 'Both ends of a range must be IPv4, or both IPv6.'],
    ['hello', '“hello” is neither an address with a prefix nor a mask.'],
  ])('%j is refused in words', (text, message) => {
    expect(readSubnetText(text)).toEqual({ kind: 'error', message });
  });

  test('anything at all is read or refused, never thrown', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(readSubnetText(text).kind).toMatch(/subnet|mask|range|error/);
      }),
    );
  });
});
