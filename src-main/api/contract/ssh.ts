import type { CallMap, EventMap } from '../definition.ts';

export const sshCalls = {} satisfies CallMap;

export const sshEvents = {} satisfies EventMap;
