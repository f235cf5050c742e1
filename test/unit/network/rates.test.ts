import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupDigits, ratesBetween, type CounterSample } from '../../../src-main/network/index.ts';
import { assembleSample } from '../../../src-main/network/collect/assemble-sample.ts';
import { Sections } from '../../../src-main/network/collect/sections.ts';
import { parseNetstatCounters } from '../../../src-main/network/parse/netstat-counters.ts';
import { fixture } from './fixture.ts';

const sample = (atSeconds: number, rxBytes: string | null, index = 2): CounterSample => ({
  atSeconds,
  interfaces: [{ name: 'eth0', index, rxBytes, txBytes: '0', rxPackets: '0', txPackets: '0', faults: '0' }],
});
const rate = (before: CounterSample, after: CounterSample): number | null | undefined =>
  ratesBetween(before, after)[0]?.rxBytesPerSecond;

describe('rates', () => {
  test.each([
    ['steady', sample(10, '1000'), sample(12, '3000'), 1000],
    ['idle', sample(10, '1000'), sample(12, '1000'), 0],
    ['beyond 2^53', sample(10, '9007199254740993'), sample(11, '9007199254740995'), 2],
    ['a 64-bit counter that went back', sample(10, '1000'), sample(11, '400'), null],
    ['a 32-bit counter that wrapped at 4 GiB', sample(10, '4294967290'), sample(11, '10'), null],
    ['a counter that jumps by petabytes', sample(10, '1000'), sample(11, '9007199254740993'), null],
    ['an interface made anew under its old name', sample(10, '1000', 2), sample(11, '5000', 9), null],
    ['a machine that restarted', sample(5000, '1000'), sample(30, '5000'), null],
    ['two samples of the same moment', sample(10, '1000'), sample(10, '5000'), null],
    ['a counter not told before', sample(10, null), sample(11, '5000'), null],
    ['a counter not told now', sample(10, '1000'), sample(11, null), null],
  ])('%s', (_, before, after, expected) => {
    expect(rate(before, after)).toBe(expected);
  });

  test.each([
    ['3', '13', 5],
    ['13', '3', null],
  ])('errors and drops that grow from %s to %s in two seconds are %s a second', (before, after, expected) => {
    const counted = (atSeconds: number, faults: string): CounterSample => {
      const { interfaces } = sample(atSeconds, '0');
      return { atSeconds, interfaces: interfaces.map((one) => ({ ...one, faults })) };
    };
    expect(ratesBetween(counted(10, before), counted(12, after))[0]?.faultsPerSecond).toBe(expected);
  });

  test('a new interface is a gap', () => {
    expect(rate({ atSeconds: 1, interfaces: [] }, sample(2, '1000'))).toBeNull();
  });

  test('no pair of samples ever gives a negative or absurd rate', () => {
    const counter = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map(String);
    fc.assert(
      fc.property(fc.double(), fc.double(), counter, counter, (from, to, before, after) => {
        const found = rate(sample(from, before), sample(to, after));
        expect(found === null || (found !== undefined && found >= 0 && found <= 50e9)).toBe(true);
      }),
    );
  });
});

describe('one sample', () => {
  test('from the kernel’s files, on the machine’s own clock', () => {
    const sections = new Sections(
      new Map([
        ['uptime', { text: '12345.67 54321.00\n', status: 0 }],
        ['proc-dev', { text: fixture('bench/proc-net-dev.txt'), status: 0 }],
        ['index', { text: 'eth0\tifindex\t2\nlo\tifindex\t1\n', status: 0 }],
      ]),
    );
    const { atSeconds, interfaces } = assembleSample(sections, 1);
    expect(atSeconds).toBe(12345.67);
    expect(interfaces).toHaveLength(9);
    expect(interfaces.find(({ name }) => name === 'docker0')).toMatchObject({ index: null, faults: '2' });
    expect(interfaces.find(({ name }) => name === 'eth0')).toMatchObject({ index: 2, faults: '0' });
  });

  test('from ifconfig where there is no /proc', () => {
    const text = fixture('other/ifconfig-net-tools-1.60.txt');
    const { interfaces } = assembleSample(new Sections(new Map([['ifconfig', { text, status: 0 }]])), 7);
    expect(interfaces).toEqual([
      {
        name: 'eth0',
        index: null,
        rxBytes: '1234567',
        txBytes: '7654321',
        rxPackets: '8123',
        txPackets: '6010',
        faults: '3',
      },
    ]);
  });

  test('from netstat of macOS, every digit kept', () => {
    const read = parseNetstatCounters(fixture('other/netstat-ibn-macos.txt'));
    expect([...read.keys()]).toEqual(['lo0', 'en0', 'gif0']);
    expect(read.get('en0')).toMatchObject({ rxBytes: '9007199254740993', txBytes: '1234567890123', txErrors: '2' });
  });
});

test('9007199254740993 is shown with all its digits', () => {
  expect(groupDigits('9007199254740993')).toBe('9\u202f007\u202f199\u202f254\u202f740\u202f993');
});
