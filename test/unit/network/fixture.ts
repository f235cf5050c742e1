import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NetworkInterface } from '../../../src-main/network/index.ts';

const folder = join(import.meta.dirname, '../../fixtures/network');

/** A file of test/fixtures/network. Those under `bench` were printed by the real tools about one and the same machine. */
export const fixture = (name: string): string => readFileSync(join(folder, name), 'utf8');

/** An interface in one line for comparing: name, kind, state, link, MAC, MTU. */
export const line = (one: NetworkInterface): string =>
  [
    one.name,
    one.kind,
    one.state,
    one.carrier === null ? '?' : one.carrier ? 'linked' : 'no link',
    one.mac,
    one.mtu,
  ].join(' ');

/** Its addresses as CIDR, with label and marks. */
export const addresses = (one: NetworkInterface | undefined): readonly string[] =>
  (one?.addresses ?? []).map(({ address, prefix, label, marks, peer }) =>
    [`${address}/${prefix ?? '?'}`, peer && `peer ${peer}`, label, ...marks].filter(Boolean).join(' '),
  );
