export type { AgentAccess, AgentEndpoint, AgentEndpointLookup } from './agent-endpoint.ts';
