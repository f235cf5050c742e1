import type { CallMap, EventMap } from '../definition.ts';

export const echoCalls = {} satisfies CallMap;

export const echoEvents = {} satisfies EventMap;
