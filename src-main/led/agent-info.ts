import { parseFacts } from '../../pi-agent/src/replies.ts';
import { AppError } from '../errors/index.ts';

/** What an agent says of itself (`INFO`). */
export interface AgentInfo {
  readonly version: string;
  /** Version of the protocol it speaks. */
  readonly protocol: number;
  /** The LED's pin, both ways. */
  readonly bcm: number;
  readonly headerPin: number;
  /** `onoff`, `gpiod`, `pinctrl`, `simulated`, or `none` when no driver works. */
  readonly driver: string;
  readonly simulated: boolean;
  /** Why the drivers tried before were refused, in the agent's words; empty when none was. */
  readonly refusedDrivers: string;
  readonly access: string;
  readonly uptimeSeconds: number;
  readonly clients: number;
  /** Peers turned away since its start because of the access mode. */
  readonly refusedClients: number;
  readonly hostName: string;
  readonly pid: number;
  readonly nodeVersion: string;
}

/** Everyone connected to the LED port (`WHO`). Addresses are as the agent sees them: `192.168.1.5:50123`. */
export interface AgentClients {
  /** This app's own connection. */
  readonly you: string;
  readonly others: readonly string[];
}

/** Reads the answer to INFO. Raises `AGENT_UNREADABLE` when it lacks what every version tells. */
export function parseAgentInfo(text: string): AgentInfo {
  const facts = parseFacts(text);
  const number = (key: string): number => Number(facts[key] ?? Number.NaN);
  const info: AgentInfo = {
    version: facts['version'] ?? '',
    protocol: number('protocol'),
    bcm: number('gpio'),
    headerPin: number('header-pin'),
    driver: facts['driver'] ?? 'none',
    simulated: facts['simulated'] === 'yes',
    refusedDrivers: facts['refused'] ?? '',
    access: facts['access'] ?? '',
    uptimeSeconds: number('uptime') || 0,
    clients: number('clients') || 0,
    refusedClients: number('refused-clients') || 0,
    hostName: facts['host'] ?? '',
    pid: number('pid') || 0,
    nodeVersion: facts['node'] ?? '',
  };
  if (info.version !== '' && Number.isInteger(info.protocol) && Number.isInteger(info.bcm)) return info;
  throw new AppError('AGENT_UNREADABLE', 'The agent does not say which version it is.', {
    hint: 'Deploy the agent again.',
    cause: text,
  });
}

export function parseAgentClients(text: string): AgentClients {
  const facts = parseFacts(text);
  return { you: facts['you'] ?? '', others: (facts['others'] ?? '').split(',').filter((peer) => peer !== '') };
}
