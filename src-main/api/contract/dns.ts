import type { CallMap, EventMap } from '../definition.ts';

export const dnsCalls = {} satisfies CallMap;

export const dnsEvents = {} satisfies EventMap;
