/** What the page needs to show an LED and its agent. Types only, so safe in a browser. */
export type {
  AgentAccess,
  AgentClients,
  AgentInfo,
  LedConnection,
  LedOrder,
  LedSnapshot,
  Route,
} from '../led/index.ts';
