export { AgentConnection } from './agent-connection.ts';
export type { AgentAccess, AgentEndpoint, AgentEndpointLookup } from './agent-endpoint.ts';
export type { AgentClients, AgentInfo } from './agent-info.ts';
export { dialAgent, dialRoute, routesTo, type Dialled, type Route } from './dial.ts';
export { checkHealth, isPinError, type AgentHealth, type HealthOptions } from './health.ts';
export { LedService, type LedServiceOptions } from './led-service.ts';
export type { LedConnection, LedOrder, LedSnapshot } from './snapshot.ts';
