import type { CallMap, EventMap } from '../definition.ts';

export const discoveryCalls = {} satisfies CallMap;

export const discoveryEvents = {} satisfies EventMap;
