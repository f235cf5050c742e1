import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FoundDevices } from '../../../src-main/discovery/found-list.ts';
import { groupSightings } from '../../../src-main/discovery/merge.ts';
import type { Sighting } from '../../../src-main/discovery/model.ts';
import { savedSightings } from '../../../src-main/discovery/sources/written.ts';
import { deviceWith } from '../../integration/support/device.ts';
import { sighting, ssh } from './sighting.ts';

const context = {
  own: [{ address: '192.168.1.5', prefix: 24, interface: 'eth0', index: 7 }],
  zoneForm: 'name',
} as const;
const ETH0 = { name: 'eth0', index: 7 };
const MAC_A = 'b8:27:eb:00:00:0a';
const MAC_B = 'dc:a6:32:00:00:0b';

function devicesOf(...sightings: readonly Sighting[]) {
  const found = new FoundDevices();
  for (const one of sightings) found.add(one);
  return found.list(context);
}

const neighbour = (address: string, mac: string, stale = false) =>
  sighting({ source: 'neighbours', addresses: [address], mac, heardOn: ETH0, stale });
const announced = (name: string, address: string) =>
  sighting({ source: 'mdns', names: [name], addresses: [address], heardOn: ETH0 });
const saved = (told: Partial<Sighting>) =>
  sighting({
    source: 'saved',
    written: { kind: 'saved', id: 'id-1', label: 'Bench 3', host: 'raspberrypi.local', user: 'pi', port: 22 },
    ...told,
  });

describe('what is one machine', () => {
  test('one MAC seen as raspberrypi.local, then as raspberrypi-2.local, is one row that keeps what was saved', () => {
    const rows = devicesOf(
      saved({ mac: MAC_A, names: ['raspberrypi.local'] }),
      neighbour('192.168.1.44', MAC_A),
      announced('raspberrypi-2.local', '192.168.1.44'),
    );
    expect(rows).toMatchObject([{ title: 'raspberrypi-2.local', mac: MAC_A, saved: { id: 'id-1' } }]);
  });

  test('two MACs with one name are two rows, and each shows its address', () => {
    const rows = devicesOf(
      announced('raspberrypi.local', '192.168.1.44'),
      sighting({ source: 'mdns', key: 'b', names: ['raspberrypi.local'], addresses: ['192.168.1.45'], heardOn: ETH0 }),
      neighbour('192.168.1.44', MAC_A),
      neighbour('192.168.1.45', MAC_B),
    );
    expect(rows.map(({ title, addresses }) => [title, addresses[0]?.address])).toEqual([
      ['raspberrypi.local', '192.168.1.44'],
      ['raspberrypi.local', '192.168.1.45'],
    ]);
  });

  test('a name that two machines have joins what is written down to neither', () => {
    const rows = devicesOf(
      saved({ names: ['raspberrypi.local'] }),
      announced('raspberrypi.local', '192.168.1.44'),
      sighting({ source: 'mdns', key: 'b', names: ['raspberrypi.local'], addresses: ['192.168.1.45'], heardOn: ETH0 }),
    );
    expect(rows.map((row) => row.saved)).toEqual([null, null]);
  });

  test('a Pi on cable and Wi-Fi shows one host key and is one row', () => {
    const rows = devicesOf(
      neighbour('192.168.1.44', 'dc:a6:32:00:00:01'),
      neighbour('192.168.1.45', 'dc:a6:32:00:00:02'),
      sighting({ source: 'sweep', addresses: ['192.168.1.44'], ssh: ssh('SHA256:k') }),
      sighting({ source: 'sweep', addresses: ['192.168.1.45'], ssh: ssh('SHA256:k') }),
    );
    expect(rows.map(({ addresses }) => addresses.map(({ address }) => address))).toEqual([
      ['192.168.1.44', '192.168.1.45'],
    ]);
  });

  test('two copies of one SD card share a host key but are two rows, told apart by MAC and name', () => {
    const rows = devicesOf(
      neighbour('192.168.1.44', MAC_A),
      neighbour('192.168.1.45', MAC_B),
      announced('raspberrypi.local', '192.168.1.44'),
      announced('raspberrypi-2.local', '192.168.1.45'),
      sighting({ source: 'sweep', addresses: ['192.168.1.44'], ssh: ssh('SHA256:k') }),
      sighting({ source: 'sweep', addresses: ['192.168.1.45'], ssh: ssh('SHA256:k') }),
    );
    expect(rows).toHaveLength(2);
  });

  test('an address that changes stays one row by its MAC, the new address first', () => {
    const rows = devicesOf(neighbour('192.168.1.44', MAC_A, true), neighbour('192.168.1.90', MAC_A));
    expect(rows.map(({ addresses }) => addresses.map(({ address }) => address))).toEqual([
      ['192.168.1.90', '192.168.1.44'],
    ]);
  });

  test('an address that another machine got since it was saved does not join the two', () => {
    const rows = devicesOf(saved({ mac: MAC_A, addresses: ['192.168.1.44'] }), neighbour('192.168.1.44', MAC_B));
    expect(rows).toMatchObject([{ mac: MAC_B, saved: null }]);
  });

  test('one MAC that answers for many addresses is a router or extender: its addresses stay apart', () => {
    const many = Array.from({ length: 12 }, (_, at) => neighbour(`192.168.1.${10 + at}`, '00:11:22:33:44:55'));
    expect(devicesOf(...many)).toHaveLength(12);
  });

  test('the same link-local address on two cables is two machines', () => {
    const onCable = (name: string, index: number) =>
      sighting({ source: 'mdns', key: name, names: ['pi.local'], addresses: ['fe80::1'], heardOn: { name, index } });
    const rows = devicesOf(onCable('eth0', 7), onCable('eth1', 8));
    expect(rows.map(({ addresses }) => addresses[0]?.address)).toEqual(['fe80::1%eth0', 'fe80::1%eth1']);
  });

  test.each([
    ['by the name of its adapter', 'fe80::1%eth0', 'id-1'],
    ['on Windows by its number', 'fe80::1%7', 'id-1'],
    ['but not behind another adapter', 'fe80::1%eth1', undefined],
  ])('a saved link-local address is known again %s', (_, host, id) => {
    const live = sighting({ source: 'mdns', names: ['pi.local'], addresses: ['fe80::1'], heardOn: ETH0 });
    const device = deviceWith({ id: 'id-1', host });
    const [row] = devicesOf(live, ...savedSightings([device]));
    expect(row?.saved?.id).toBe(id);
  });

  test('whatever is noticed, every sighting is in exactly one machine', () => {
    const any = fc.record({
      source: fc.constantFrom('mdns' as const, 'neighbours' as const, 'sweep' as const, 'saved' as const),
      addresses: fc.subarray(['10.0.0.1', '10.0.0.2', '10.0.0.3', 'fe80::1']),
      mac: fc.constantFrom(null, MAC_A, MAC_B),
      names: fc.subarray(['a.local', 'b.local']),
      ssh: fc.constantFrom(null, ssh('SHA256:1'), ssh('SHA256:2')),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 12 }), (told) => {
        const sightings = told.map((one, at) => sighting({ ...one, key: String(at) }));
        const keys = groupSightings(sightings).flatMap((group) => group.map(({ key }) => key));
        expect(keys.toSorted()).toEqual(sightings.map(({ key }) => key).toSorted());
      }),
    );
  });
});

describe('what a row keeps and says', () => {
  test('its id stays while more is learnt, so that the row does not jump', () => {
    const found = new FoundDevices();
    found.add(neighbour('192.168.1.44', MAC_A));
    const [first] = found.list(context);
    found.add(announced('raspberrypi.local', '192.168.1.44'));
    found.add(sighting({ source: 'sweep', addresses: ['192.168.1.44'], ssh: ssh('SHA256:k') }));
    expect(found.list(context).map(({ id }) => id)).toEqual([first?.id]);
  });

  test('says by which sources it was found', () => {
    const [row] = devicesOf(neighbour('192.168.1.44', MAC_A), announced('raspberrypi.local', '192.168.1.44'));
    expect(row?.sources).toEqual(['neighbours', 'mdns']);
    expect(row?.evidence.map(({ text }) => text)).toEqual(['Raspberry Pi Ltd MAC', 'Answers as raspberrypi.local']);
  });

  test('it keeps every address that any source tells, in the order to try them', () => {
    const rows = devicesOf(
      sighting({ source: 'mdns', names: ['pi.local'], addresses: ['192.168.1.44', '2001:db8::5'], heardOn: ETH0 }),
      neighbour('192.168.1.44', MAC_A),
      neighbour('fe80::1', MAC_A),
      sighting({ source: 'sweep', key: 'a', addresses: ['192.168.1.44'], ssh: ssh('SHA256:k') }),
      sighting({ source: 'sweep', key: 'b', addresses: ['10.1.2.3'], ssh: ssh('SHA256:k') }),
    );
    expect(rows.map(({ addresses }) => addresses.map(({ address }) => address))).toEqual([
      ['192.168.1.44', '10.1.2.3', '2001:db8::5', 'fe80::1%eth0'],
    ]);
  });

  test('its addresses are ordered: our subnet first, Docker’s bridge last', () => {
    const [row] = devicesOf(
      sighting({
        source: 'mdns',
        names: ['lab.local'],
        addresses: ['172.17.0.1', 'fe80::1', '192.168.1.44'],
        heardOn: ETH0,
      }),
    );
    expect(row?.addresses.map(({ address }) => address)).toEqual(['192.168.1.44', 'fe80::1%eth0', '172.17.0.1']);
  });

  test('a link-local address is never shown bare: with the name of the adapter, on Windows with its number', () => {
    const found = new FoundDevices();
    found.add(sighting({ source: 'mdns', names: ['lab.local'], addresses: ['fe80::1'], heardOn: ETH0 }));
    expect(found.list(context)[0]?.addresses[0]?.address).toBe('fe80::1%eth0');
    expect(found.list({ ...context, zoneForm: 'index' })[0]?.addresses[0]?.address).toBe('fe80::1%7');
  });

  test('a saved device that nothing has seen is in the list of devices, not among those found', () => {
    expect(devicesOf(saved({ names: ['raspberrypi.local'] }))).toEqual([]);
  });

  test('an old neighbour is shown only when it may be the Pi that is looked for', () => {
    expect(devicesOf(neighbour('192.168.1.7', '00:11:22:33:44:55', true))).toEqual([]);
    expect(devicesOf(neighbour('192.168.1.8', MAC_A, true))).toMatchObject([{ presence: 'gone' }]);
  });

  test('likely Pis come first, those that went silent last', () => {
    const rows = devicesOf(
      neighbour('192.168.1.1', '00:11:22:33:44:55'),
      sighting({ source: 'mdns', key: 'g', names: ['raspberrypi.local'], addresses: ['192.168.1.9'], stale: true }),
      neighbour('192.168.1.44', MAC_A),
      sighting({ source: 'sweep', addresses: ['192.168.1.20'], ssh: ssh(null) }),
    );
    expect(rows.map(({ addresses }) => addresses[0]?.address)).toEqual([
      '192.168.1.44',
      '192.168.1.20',
      '192.168.1.1',
      '192.168.1.9',
    ]);
  });
});
