import { expect, test } from 'vitest';
import { findNeighbour } from '../../../src-main/doctor/probes/neighbour.ts';
import type { Neighbour, NetworkSnapshot } from '../../../src-main/network/index.ts';

test('a link-local address is found among the neighbours, which are listed without its zone', async () => {
  const neighbour: Neighbour = {
    family: 'ipv6',
    address: 'fe80::ba27:ebff:fe12:3456',
    mac: 'b8:27:eb:12:34:56',
    interface: 'lo',
    state: 'reachable',
  };
  const readHere = (): Promise<NetworkSnapshot> =>
    Promise.resolve({ neighbours: [neighbour] } as Partial<NetworkSnapshot> as NetworkSnapshot);
  const signal = new AbortController().signal;
  expect(await findNeighbour(`${neighbour.address}%lo`, readHere, signal)).toEqual({ neighbour, readable: true });
});
