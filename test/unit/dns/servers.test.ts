import { describe, expect, test } from 'vitest';
import { configuredServers, formatServer, parseResolvConf, parseServer } from '../../../src-main/dns/servers.ts';

describe('resolv.conf', () => {
  test('gives its name servers in order, without comments and nonsense', () => {
    const text = `# nameserver 9.9.9.9
nameserver 192.168.50.1
  nameserver\tfd00::1   # the router
nameserver fe80::1%eth0
nameserver nonsense
search example.org
nameserver192.168.1.1
; nameserver 8.8.8.8`;
    expect(parseResolvConf(text)).toEqual(['192.168.50.1', 'fd00::1', 'fe80::1%eth0']);
  });

  test('with a local stub is seen through to the real servers', () => {
    const servers = configuredServers({
      main: 'nameserver 127.0.0.53\noptions edns0 trust-ad',
      uplinks: 'nameserver 192.168.50.1\nnameserver fd00::1\nnameserver 192.168.50.1',
    });
    expect(servers.map(({ address, behindStub }) => [address, behindStub])).toEqual([
      ['192.168.50.1', '127.0.0.53'],
      ['fd00::1', '127.0.0.53'],
    ]);
  });

  test('with a stub whose servers are unknown leaves the stub', () => {
    expect(configuredServers({ main: 'nameserver 127.0.0.1', uplinks: '' })).toMatchObject([
      { address: '127.0.0.1', port: 53, behindStub: null },
    ]);
  });

  test('without name servers gives none', () => {
    expect(configuredServers({ main: '', uplinks: 'nameserver 1.1.1.1' })).toEqual([]);
  });
});

describe('the address of a server', () => {
  test.each([
    ['1.1.1.1', '1.1.1.1', 53],
    [' 192.168.1.1:5353 ', '192.168.1.1', 5353],
    ['2606:4700::1111', '2606:4700::1111', 53],
    ['[::1]:5300', '::1', 5300],
    ['[::1]', '::1', 53],
    ['fe80::1%eth0', 'fe80::1%eth0', 53],
  ])('%j is understood', (text, address, port) => {
    expect(parseServer(text)).toEqual({ address, port });
  });

  test.each(['', 'router', '1.1.1', '1.1.1.1:0', '1.1.1.1:70000', '[::1', '::zz', '1.1.1.1:', '999.1.1.1'])(
    '%j is refused',
    (text) => {
      expect(parseServer(text)).toBeNull();
    },
  );

  test('is written the way it is read, without the usual port', () => {
    const forms = ['1.1.1.1', '1.1.1.1:5353', '::1', '[::1]:5353'];
    expect(forms.map((text) => formatServer(parseServer(text) ?? { address: '', port: 0 }))).toEqual(forms);
  });
});
