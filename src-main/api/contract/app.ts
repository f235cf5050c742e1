import type { CallMap, EventMap } from '../definition.ts';

export const appCalls = {} satisfies CallMap;

export const appEvents = {} satisfies EventMap;
