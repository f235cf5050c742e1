import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkName, isLocalName } from '../../../src-main/dns/name.ts';

describe('checkName', () => {
  test.each([
    ['raspberrypi.local', 'name', 'raspberrypi.local', null],
    ['  localhost ', 'name', 'localhost', null],
    ['example.com.', 'name', 'example.com', null],
    ['_ssh._tcp.local', 'name', '_ssh._tcp.local', null],
    ['bücher.example', 'name', 'xn--bcher-kva.example', null],
    ['例え.テスト', 'name', 'xn--r8jz45g.xn--zckzah', null],
    ['xn--bcher-kva.example', 'name', 'xn--bcher-kva.example', null],
    ['4.3.2.1.in-addr.arpa', 'name', '4.3.2.1.in-addr.arpa', null],
    ['3com.com', 'name', '3com.com', null],
    ['192.168.1.20', 'address', '192.168.1.20', 4],
    ['2001:DB8:0:0::1', 'address', '2001:db8::1', 6],
    ['[::1]', 'address', '::1', 6],
    ['fe80::1%eth0', 'address', 'fe80::1', 6],
  ])('takes %j as a %s', (typed, kind, wire, family) => {
    expect(checkName(typed)).toMatchObject({ ok: true, kind, wire, family });
  });

  test('keeps an international name readable beside its wire form', () => {
    expect(checkName('bücher.example')).toMatchObject({ wire: 'xn--bcher-kva.example', shown: 'bücher.example' });
  });

  test.each([
    ['', /Type a name/],
    ['   ', /Type a name/],
    ['http://example.com/', /without the address of a page/],
    ['pi@raspberrypi', /without the user/],
    ['my pi', /no spaces/],
    ['example.com:80', /without a port/],
    ['fe80::zz', /not a complete IPv6/],
    ['a/b', /no slash/],
    ['192.168.1', /four numbers/],
    ['192.168.1.300', /four numbers/],
    ['10', /four numbers/],
    ['a..b', /Two dots/],
    ['.local', /Two dots|starts with a dot/],
    ['-pi.local', /hyphen/],
    ['pi-.local', /hyphen/],
    ['pi!.local', /“!” cannot be used/],
    ['ü%41.example', /no name can have/],
    [`${'a'.repeat(64)}.example`, /at most 63/],
    [`${'abcdefg.'.repeat(32)}example`, /at most 253/],
  ])('refuses %j and says why', (typed, reason) => {
    expect(checkName(typed)).toMatchObject({ ok: false, message: expect.stringMatching(reason) });
  });

  test('never throws, and what it takes can be put on the wire', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.domain(), fc.ipV4(), fc.ipV6()), (typed) => {
        const checked = checkName(typed);
        if (!checked.ok) return checked.message.length > 0;
        if (checked.kind === 'address') return checked.family !== null;
        return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(checked.wire) && checked.wire.length <= 253;
      }),
    );
  });

  test('takes every ordinary domain', () => {
    fc.assert(fc.property(fc.domain(), (name) => checkName(name).ok));
  });
});

test('only names that end in .local belong to mDNS', () => {
  expect(['pi.local', 'local', 'PI.LOCAL', 'pi.localnet', 'notlocal', 'local.example'].map(isLocalName)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
