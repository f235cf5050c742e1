import type { CallMap, EventMap } from '../definition.ts';

export const consoleCalls = {} satisfies CallMap;

export const consoleEvents = {} satisfies EventMap;
