import { describe, expect, test } from 'vitest';
import { localNetworkHint, searchWarnings, silentMdnsHint } from '../../../src-main/discovery/sweep/warnings.ts';

const where = { platform: 'linux', sameSubnet: true, loopback: false, lost: [] } as const;
const outcome = { open: 0, refused: 0, silent: 0, unreachable: 0, failed: new Map<string, number>() };

describe('the warnings of a search', () => {
  test('an ordinary one has none', () => {
    expect(searchWarnings({ ...outcome, open: 3, refused: 2, silent: 249 }, where)).toEqual([]);
  });

  test('one in which nearly every address answers is not to be trusted', () => {
    const [warning] = searchWarnings({ ...outcome, open: 254 }, where);
    expect(warning).toMatch(/^254 of 254 addresses answered.*not to be trusted\.$/);
    expect(searchWarnings({ ...outcome, refused: 250, silent: 4 }, where)).toHaveLength(1);
  });

  test('on loopback every address answers, and that is no surprise', () => {
    expect(searchWarnings({ ...outcome, open: 2, refused: 252 }, { ...where, loopback: true })).toEqual([]);
  });

  test('addresses that could not be asked are counted, with the reason', () => {
    const failed = new Map([['ENETUNREACH', 100]]);
    expect(searchWarnings({ ...outcome, silent: 154, failed }, where)).toEqual([
      '100 addresses could not be asked, because this computer has no way to that network. Is the adapter still connected?',
    ]);
  });

  test('an adapter that went away meanwhile is named, and explains the addresses that could not be asked', () => {
    const failed = new Map([
      ['ENETUNREACH', 100],
      ['EPERM', 1],
    ]);
    const lost = [{ adapter: 'eth0', cidr: '192.168.50.0/24' }];
    expect(searchWarnings({ ...outcome, silent: 153, failed }, { ...where, lost })).toEqual([
      'eth0 went away during the search, so not every address of 192.168.50.0/24 was asked. Connect it again, then search again.',
      '1 address could not be asked, because a firewall on this computer does not allow it.',
    ]);
  });

  test('macOS that blocks the local network is told from a network in which nobody answers', () => {
    const blocked = { ...outcome, silent: 254, unreachable: 254 };
    expect(searchWarnings(blocked, { ...where, platform: 'darwin' })[0]).toContain('Local Network');
    expect(searchWarnings(blocked, where)).toEqual([]);
  });
});

test.each([
  ['darwin', 'EHOSTUNREACH', true, /Local Network/],
  ['darwin', 'EHOSTUNREACH', false, null],
  ['darwin', 'ECONNREFUSED', true, null],
  ['linux', 'EHOSTUNREACH', true, null],
  ['win32', 'EHOSTUNREACH', true, null],
] as const)('the local network hint on %s for %s, same subnet %s', (platform, code, sameSubnet, hint) => {
  if (hint === null) expect(localNetworkHint(platform, code, sameSubnet)).toBeNull();
  else expect(localNetworkHint(platform, code, sameSubnet)).toMatch(hint);
});

test('silence on mDNS has a hint on Windows alone: the Public profile', () => {
  expect(silentMdnsHint('win32')).toContain('Public');
  expect(silentMdnsHint('linux')).toBeNull();
});
