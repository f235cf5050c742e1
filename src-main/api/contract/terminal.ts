import type { CallMap, EventMap } from '../definition.ts';

export const terminalCalls = {} satisfies CallMap;

export const terminalEvents = {} satisfies EventMap;
