import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  collectNetwork,
  dnsText,
  fiveWords,
  gatewaysOf,
  ratesBetween,
  renderIfconfig,
  type NetworkSnapshot,
} from '../../../src-main/network/index.ts';
import { sampleCounters, type ScriptPlaces } from '../../../src-main/network/collect/collector.ts';
import { Bench, canMakeNamespaces, isInstalled, removeFolder, rootFolder, toolFolder } from './namespace.ts';

/** What every way of reading must agree on. */
function essentials({ interfaces, routes }: NetworkSnapshot): unknown {
  return {
    interfaces: interfaces
      .map(({ name, mac, mtu, state, addresses, counters }) => ({
        name,
        mac,
        mtu,
        state,
        addresses: addresses
          .map(({ address, prefix, mask, broadcast }) => [address, prefix, mask, broadcast].join(' '))
          .toSorted(),
        rxBytes: counters?.rxBytes,
        txBytes: counters?.txBytes,
      }))
      .toSorted((a, b) => a.name.localeCompare(b.name)),
    gateways: gatewaysOf(routes ?? []).map(({ address, interface: name, inUse }) => [address, name, inUse]),
  };
}

describe.skipIf(!canMakeNamespaces())('a machine of its own', () => {
  let bench: Bench;
  let full: NetworkSnapshot;

  beforeAll(async () => {
    bench = await Bench.create();
    full = await collectNetwork(bench.runner(), { about: 'device' });
  });
  afterAll(() => bench.remove());

  const withTools = async (
    tools: Parameters<typeof toolFolder>[0],
    more: ScriptPlaces & { readonly noise?: string } = {},
  ): Promise<NetworkSnapshot> => {
    const folder = await toolFolder(tools);
    onTestFinished(() => removeFolder(folder));
    const places = { systemPath: folder, root: more.root };
    return collectNetwork(bench.runner({ path: folder, noise: more.noise }), { about: 'device', places });
  };

  test('is read as the kernel’s own files tell it', async () => {
    for (const { name, mac, mtu, index, counters } of full.interfaces) {
      const fact = async (path: string): Promise<string> =>
        (await bench.run('cat', `/sys/class/net/${name}/${path}`)).stdout.trim();
      expect([mac ?? '00:00:00:00:00:00', String(mtu), String(index)]).toEqual([
        await fact('address'),
        await fact('mtu'),
        await fact('ifindex'),
      ]);
      expect([counters?.rxPackets, counters?.txPackets]).toEqual([
        await fact('statistics/rx_packets'),
        await fact('statistics/tx_packets'),
      ]);
    }
    const { stdout } = await bench.run('ip', '-json', 'addr');
    const listed = JSON.parse(stdout) as readonly {
      ifname: string;
      addr_info: readonly { local: string; prefixlen: number }[];
    }[];
    expect(
      full.interfaces.map(({ name, addresses }) => [
        name,
        ...addresses.map((one) => `${one.address}/${one.prefix ?? ''}`),
      ]),
    ).toEqual(
      listed.map(({ ifname, addr_info: list }) => [ifname, ...list.map((one) => `${one.local}/${one.prefixlen}`)]),
    );
  });

  test('gives the five words', () => {
    expect(
      fiveWords(full)
        .slice(0, 4)
        .map(({ value }) => value),
    ).toEqual(['b8:27:eb:12:34:56', '192.168.50.7', '255.255.255.0 (/24)', '192.168.50.1']);
  });

  test('has its own ifconfig text beside it, word for word', async () => {
    const { stdout } = await bench.run('ifconfig', '-a');
    expect(full.ifconfigText).toBe(stdout.trim());
  });

  test('with ip alone the page has MAC, IPv4, mask, broadcast, IPv6 and counters, and says it is from ip', async () => {
    const read = await withTools({ real: ['ip'] });
    expect(essentials(read)).toEqual(essentials(full));
    expect(read.sources.interfaces).toBe('ip');
    expect(read.ifconfigText).toBeNull();
  });

  test('what is rendered from ip alone is what real ifconfig prints', async () => {
    const read = await withTools({ real: ['ip'] });
    const blocks = (text: string): readonly string[] =>
      text
        .split('\n\n')
        // ifconfig lists IPv6 addresses in the order of a hash table.
        .map((block) => block.trim().split('\n').toSorted().join('\n'))
        .toSorted();
    expect(blocks(renderIfconfig(read.interfaces))).toEqual(blocks(full.ifconfigText ?? ''));
  });

  test.skipIf(!isInstalled('ifconfig'))('with net-tools alone it is the same', async () => {
    const read = await withTools({ real: ['ifconfig', 'route', 'arp'] });
    expect(essentials(read)).toEqual(essentials(full));
    expect(read.sources).toMatchObject({ interfaces: 'ifconfig', routes: 'route', neighbours: '/proc/net/arp' });
    expect(read.neighbours).toMatchObject([{ address: '192.168.50.44', mac: 'dc:a6:32:aa:bb:cc' }]);
  });

  test.skipIf(!isInstalled('busybox'))('with busybox alone it is the same', async () => {
    const read = await withTools({ busybox: ['ip', 'ifconfig', 'route', 'arp'] });
    expect(essentials(read)).toEqual(essentials(full));
    expect(read.sources.interfaces).toBe('ip');
    expect(read.problems).toEqual([]);
  });

  test('without any tool it is the same, read from the kernel’s files', async () => {
    const read = await withTools({});
    expect(essentials(read)).toEqual(essentials(full));
    expect(read.sources).toMatchObject({ interfaces: '/sys and /proc', routes: '/proc/net/route' });
    expect(read.ifconfigText).toBeNull();
  });

  test.each([
    [
      'prints a usage text and fails',
      'echo "BusyBox v1.36.1 (2024-06-10) multi-call binary."; echo "Usage: ip [OPTIONS]"; exit 1',
    ],
    ['prints a usage text and succeeds', 'echo "Usage: ip [ OPTIONS ] OBJECT"'],
    ['prints nothing and succeeds', ':'],
    ['prints half of a JSON text', `echo '[{"ifname":"eth0","addr_info":['`],
  ])('an ip that %s for -json is read as text, without a complaint', async (_, answer) => {
    const script = `case "$*" in *-json*) ${answer} ;; *) exec /sbin/ip "$@" ;; esac`;
    const read = await withTools({ scripts: { ip: script } });
    expect(essentials(read)).toEqual(essentials(full));
    expect([read.sources.interfaces, read.problems]).toEqual(['ip', []]);
  });

  test('every tool runs in the C locale, whatever the user’s is', async () => {
    const log = await rootFolder({ log: '' });
    onTestFinished(() => removeFolder(log));
    const names = ['ip', 'ifconfig', 'route', 'arp', 'iw', 'iwconfig', 'netstat'];
    const scripts = Object.fromEntries(
      names.map((name) => [name, `echo "${name} $LC_ALL $LANGUAGE" >> ${join(log, 'log')}; exit 1`]),
    );
    await withTools({ scripts });
    const lines = (await readFile(join(log, 'log'), 'utf8')).trim().split('\n');
    expect(new Set(lines.map((line) => line.replace(/^\S+/, '')))).toEqual(new Set([' C C']));
    expect(lines).toEqual(expect.arrayContaining(['ip C C', 'ifconfig C C', 'route C C']));
  });

  test('a start-up file that talks before and after changes nothing', async () => {
    const read = await withTools({ real: ['ip'] }, { noise: 'hello from rc\neth9: flags=4163<UP>  mtu 1\n' });
    expect(essentials(read)).toEqual(essentials(full));
  });

  test.each([['bash'], ['busybox', 'sh'], ['dash']].filter(([name = '']) => isInstalled(name)))(
    'the script means the same to %s',
    async (...shell) => {
      const read = await collectNetwork(bench.runner({ shell }), { about: 'device' });
      expect({ ...read, takenAt: 0, interfaces: read.interfaces.map(still) }).toEqual({
        ...full,
        takenAt: 0,
        interfaces: full.interfaces.map(still),
      });
    },
  );
  /** Lifetimes run down between two readings. */
  const still = (one: NetworkSnapshot['interfaces'][number]) => ({
    ...one,
    addresses: one.addresses.map((address) => ({ ...address, validSeconds: null })),
  });

  test('a stub resolver is followed to the servers behind it', async () => {
    const root = await rootFolder({
      'etc/resolv.conf': 'nameserver 127.0.0.53\noptions edns0\n',
      'run/systemd/resolve/resolv.conf': 'nameserver 192.168.50.1\nnameserver fd00::1\n',
    });
    onTestFinished(() => removeFolder(root));
    const read = await withTools({ real: ['ip'] }, { root });
    expect(read.dns && dnsText(read.dns)).toBe('192.168.50.1, fd00::1 (via local stub 127.0.0.53)');
  });

  test('a tool that hangs is given up, and everything else is still read', async () => {
    const root = await rootFolder({ 'etc/resolv.conf': 'nameserver 127.0.0.1\n', 'run/NetworkManager/x': '' });
    onTestFinished(() => removeFolder(root));
    const read = await withTools({ real: ['ip'], scripts: { nmcli: 'exec sleep 60' } }, { root });
    expect(essentials(read)).toEqual(essentials(full));
    expect(read.dns).toMatchObject({ servers: [], behindStubKnown: false });
  });

  test('bytes that pass between two samples are the rate', async () => {
    const runner = bench.runner();
    const before = await sampleCounters(runner);
    await bench.run('bash', '-c', 'for i in 1 2 3 4 5 6 7 8 9; do echo hello > /dev/udp/127.0.0.1/9; done; sleep 0.2');
    const after = await sampleCounters(runner);
    const lo = ratesBetween(before, after).find(({ name }) => name === 'lo');
    expect(lo?.txPacketsPerSecond).toBeGreaterThan(0);
    expect(lo?.rxBytesPerSecond).toBe(lo?.txBytesPerSecond);
    const grown = (sample: typeof before): bigint =>
      BigInt(sample.interfaces.find(({ name }) => name === 'lo')?.txBytes ?? '0');
    expect(grown(after) - grown(before)).toBeGreaterThanOrEqual(9n * 34n);
  });

  test('cancelling stops the reading', async () => {
    const cancel = new AbortController();
    const reading = collectNetwork(bench.runner(), { about: 'device', signal: cancel.signal });
    cancel.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('answers that are no answer', () => {
  const saying = (stdout: string) => ({ exec: async () => ({ stdout, stderr: '', code: 0, signal: null }) });

  test.each(['', 'sh: not found\n', '\n#x# begin host\nname\tpi\n'])('%j raises NETWORK_UNREADABLE', async (text) => {
    await expect(collectNetwork(saying(text), { about: 'device' })).rejects.toMatchObject({
      code: 'NETWORK_UNREADABLE',
      message: 'The device did not finish telling its network.',
    });
  });

  test('a shell without any interface to tell of raises NETWORK_UNREADABLE', async () => {
    const marked = {
      exec: async (command: { readonly script: string } | { readonly argv: readonly string[] }) => {
        const marker = /mark='([^']+)'/.exec('script' in command ? command.script : '')?.[1] ?? '';
        return { stdout: `\n${marker} done\n`, stderr: '', code: 0, signal: null };
      },
    };
    await expect(collectNetwork(marked, { about: 'device' })).rejects.toMatchObject({
      code: 'NETWORK_UNREADABLE',
      message: 'The device told nothing about its network.',
    });
  });
});
