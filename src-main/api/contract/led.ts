import type { CallMap, EventMap } from '../definition.ts';

export const ledCalls = {} satisfies CallMap;

export const ledEvents = {} satisfies EventMap;
