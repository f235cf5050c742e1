import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FoundList } from '../../../src-main/discovery/index.ts';
import { canMakeNamespaces } from '../network/namespace.ts';
import { TwoCables } from './two-cables.ts';

describe.skipIf(!canMakeNamespaces())('a computer with two adapters', () => {
  let cables: TwoCables;
  beforeEach(async () => {
    cables = await TwoCables.lay();
  });
  afterEach(() => cables.remove());

  const read = ({ stdout }: { readonly stdout: string }): Pick<FoundList, 'devices' | 'search' | 'sources'> =>
    JSON.parse(stdout);
  const rowsOf = ({ devices }: Pick<FoundList, 'devices'>) =>
    devices.map(({ title, mac, addresses: [best], sources }) => [title, mac, best?.address, sources.toSorted().join()]);

  test('finds what is on either, by mDNS, by the search and by MAC, in one row each', async () => {
    await cables.start(0, 'one');
    await cables.start(1, 'two');
    const found = read(await cables.discover(['--json', '--wait', '2', '--name', 'one']));
    expect(found.search).toMatchObject({ phase: 'done', asked: 506, warnings: [] });
    expect(rowsOf(found).toSorted()).toEqual([
      ['one.local', 'b8:27:eb:00:00:40', '192.168.50.44', 'mdns,neighbours,sweep'],
      ['two.local', 'b8:27:eb:00:00:41', '192.168.60.44', 'mdns,neighbours,sweep'],
    ]);
  });

  test('finds all addresses of a machine in the order to try them, be it a link-local one alone', async () => {
    await cables.linkLocal(0);
    await cables.linkLocal(1);
    await cables.start(0, 'one', ['192.168.50.44', '172.17.0.1', 'fe80::44', '10.9.8.7']);
    await cables.start(1, 'two', ['fe80::44']);
    const { devices } = read(await cables.discover(['--json', '--no-search', '--wait', '1', '--name', 'one']));
    expect(Object.fromEntries(devices.map(({ title, addresses }) => [title, addresses]))).toEqual({
      'one.local': [
        { address: '192.168.50.44', reason: 'in the same subnet as this computer (eth0)' },
        { address: '10.9.8.7', reason: 'another private network' },
        { address: 'fe80::44%eth0', reason: 'link-local, only through eth0' },
        { address: '172.17.0.1', reason: 'probably a Docker bridge inside the device' },
      ],
      'two.local': [{ address: 'fe80::44%eth1', reason: 'link-local, only through eth1' }],
    });
  });

  test('where another program holds port 5353 for itself finds the same, and says what it misses', async () => {
    await cables.start(0, 'one');
    await cables.holdMdnsPort();
    const found = read(await cables.discover(['--json', '--wait', '2']));
    expect(rowsOf(found)[0]).toEqual(['one.local', 'b8:27:eb:00:00:40', '192.168.50.44', 'mdns,neighbours,sweep']);
    expect(found.sources.find(({ source }) => source === 'mdns')).toEqual({
      source: 'mdns',
      state: 'partly',
      reason:
        'Another program holds UDP port 5353 for itself. Devices are still asked, but one that has just started is noticed up to 20 s later.',
    });
  });

  test.each([
    ['is taken out', 'here', ['link', 'del', 'eth0']],
    ['loses its cable', 0, ['link', 'set', 'eth0', 'down']],
  ] as const)(
    'of which one %s during the search still finds what is on the other, and says so',
    async (_, where, argv) => {
      await cables.start(1, 'two');
      const { stdout, stderr } = await cables.discover(['--wait', '7'], () => cables.ip(where, ...argv));
      expect(stdout).toContain('192.168.60.44');
      expect(stderr).toContain(
        'eth0 went away during the search, so not every address of 192.168.50.0/24 was asked. Connect it again, then search again.',
      );
      expect(stderr).toContain('eth0 went away: what is behind it is neither heard nor reached.');
      expect(stderr).not.toContain('could not be asked');
    },
  );
});
