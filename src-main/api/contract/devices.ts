import type { CallMap, EventMap } from '../definition.ts';

export const devicesCalls = {} satisfies CallMap;

export const devicesEvents = {} satisfies EventMap;
