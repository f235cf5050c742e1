import type { CallMap, EventMap } from '../definition.ts';

export const networkCalls = {} satisfies CallMap;

export const networkEvents = {} satisfies EventMap;
