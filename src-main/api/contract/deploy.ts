import type { CallMap, EventMap } from '../definition.ts';

export const deployCalls = {} satisfies CallMap;

export const deployEvents = {} satisfies EventMap;
