import type { CallMap, EventMap } from '../definition.ts';

export const doctorCalls = {} satisfies CallMap;

export const doctorEvents = {} satisfies EventMap;
