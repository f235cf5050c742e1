import * as v from 'valibot';
import type { CounterSample, Explanation, NetworkSnapshot } from '../../network/index.ts';
import { call, type CallMap, type EventMap } from '../definition.ts';

/** A device's id, or null for this computer. */
const machine = v.nullable(v.pipe(v.string(), v.minLength(1), v.maxLength(200)));

/** The longest text that can be explained, in characters. */
export const EXPLAIN_MAX_CHARACTERS = 1_000_000;

export const networkCalls = {
  'network.read': call<NetworkSnapshot>()(v.object({ deviceId: machine })),
  /** Counters for live rates; asked again and again while a page shows them. */
  'network.sample': call<CounterSample>()(v.object({ deviceId: machine })),
  /** What pasted output of ifconfig, ip, route or arp tells. */
  'network.explain': call<Explanation>()(v.object({ text: v.pipe(v.string(), v.maxLength(EXPLAIN_MAX_CHARACTERS)) })),
} satisfies CallMap;

export const networkEvents = {} satisfies EventMap;
