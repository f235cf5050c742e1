import { expect, test } from 'vitest';
import { addressesToAskAgain } from '../../../src-main/discovery/sweep/ask-again.ts';
import { sighting } from './sighting.ts';

const ADDRESS = '192.168.1.44';
const NOW = 1_000_000;
const mdns = (stale: boolean) => sighting({ source: 'mdns', addresses: [ADDRESS], stale });
const swept = (ageMs: number, stale = false) =>
  sighting({ source: 'sweep', key: ADDRESS, addresses: [ADDRESS], at: NOW - ageMs, stale });
const [heard, lost] = [mdns(false), mdns(true)];

test.each([
  ['still heard', { mdnsBefore: [heard], mdns: [heard], sweep: [swept(500_000)] }, []],
  ['lost just now', { mdnsBefore: [heard], mdns: [lost], sweep: [swept(1000)] }, [ADDRESS]],
  ['lost, and asked just now', { mdnsBefore: [lost], mdns: [lost], sweep: [swept(1000)] }, []],
  ['lost, and asked a minute ago', { mdnsBefore: [lost], mdns: [lost], sweep: [swept(61_000)] }, [ADDRESS]],
  ['lost, and silent when asked', { mdnsBefore: [lost], mdns: [lost], sweep: [swept(61_000, true)] }, []],
  [
    'lost under one name, heard under another',
    { mdnsBefore: [heard], mdns: [lost, heard], sweep: [swept(61_000)] },
    [],
  ],
  ['known by the search alone', { mdnsBefore: [], mdns: [], sweep: [swept(500_000)] }, []],
  ['known by mDNS alone', { mdnsBefore: [heard], mdns: [lost], sweep: [] }, []],
])('a machine that is %s', (_, known, expected) => {
  expect(addressesToAskAgain(known, NOW)).toEqual(expected);
});
