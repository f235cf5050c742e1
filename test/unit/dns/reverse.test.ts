import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import { addressOfReverseName, reverseName } from '../../../src-main/dns/reverse.ts';

describe('reverse names', () => {
  test.each([
    ['192.168.1.20', '20.1.168.192.in-addr.arpa'],
    ['::ffff:192.168.1.20', '20.1.168.192.in-addr.arpa'],
    [
      '2001:db8::567:89ab',
      'b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa', // RFC 3596, section 2.5
    ],
    ['fe80::1%eth0', '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.e.f.ip6.arpa'],
  ])('%s is asked for as %s', (address, name) => {
    expect(reverseName(address)).toBe(name);
  });

  test('lead back to their address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        const back = addressOfReverseName(reverseName(address));
        expect(ipaddr.process(back ?? '').toNormalizedString()).toBe(ipaddr.process(address).toNormalizedString());
      }),
    );
  });

  test.each(['example.com', '1.2.3.in-addr.arpa', '300.1.1.1.in-addr.arpa', '0.0.ip6.arpa'])(
    '%s stands for no address',
    (name) => {
      expect(addressOfReverseName(name)).toBeNull();
    },
  );
});
