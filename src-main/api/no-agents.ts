import { Signal } from '../events/index.ts';
import type { AgentEndpointLookup } from '../led/index.ts';

/** A lookup without a single agent. */
export const noAgents: AgentEndpointLookup = {
  endpoint: () => Promise.resolve(null),
  changes: new Signal(),
};
