import type { Duplex } from 'node:stream';
import { PROTOCOL_VERSION } from '../../pi-agent/src/protocol.ts';
import { AppError } from '../errors/index.ts';
import { AgentConnection } from './agent-connection.ts';
import { notTheAgent } from './agent-errors.ts';
import type { AgentInfo } from './agent-info.ts';
import { parseAgentInfo } from './agent-info.ts';

export interface HealthOptions {
  /** The version that was just deployed; another one means that the old agent still runs. Null takes any. */
  readonly expectedVersion: string | null;
  /** The secret for `AUTH`, where the agent asks for one. */
  readonly token?: string | null;
  /** Milliseconds for each reply; default 8 000. */
  readonly replyTimeoutMs?: number;
}

/** What a healthy agent answered. */
export interface AgentHealth {
  readonly info: AgentInfo;
  /** The reply to STATUS, `ON` or `OFF`; null when the pin does not work. */
  readonly level: 'on' | 'off' | null;
  /** Why the pin does not work, although the agent does; null when it works. */
  readonly pinProblem: AppError | null;
}

/**
 * Asks an agent whether it is there, in its own protocol, and ends the connection. Raises `AGENT_WRONG_VERSION`,
 * `AGENT_SILENT`, `NOT_THE_AGENT` and the agent's own errors. A pin that does not work is a finding, not a failure.
 */
export async function checkHealth(stream: Duplex, options: HealthOptions): Promise<AgentHealth> {
  const connection = new AgentConnection(stream, { replyTimeoutMs: options.replyTimeoutMs });
  try {
    if (options.token) await connection.ask(`AUTH ${options.token}`);
    const pong = await connection.ask('PING');
    if (pong !== 'PONG') throw notTheAgent(pong);
    const info = parseAgentInfo(await connection.ask('INFO'));
    assertVersion(info, options.expectedVersion);
    return { info, ...(await askLevel(connection)) };
  } finally {
    connection.dispose();
  }
}

function assertVersion(info: AgentInfo, expected: string | null): void {
  if (info.protocol !== PROTOCOL_VERSION) {
    throw new AppError('AGENT_WRONG_VERSION', `The agent speaks protocol ${info.protocol}, not ${PROTOCOL_VERSION}.`, {
      hint: 'Deploy the agent again.',
    });
  }
  if (expected === null || info.version === expected) return;
  throw new AppError('AGENT_WRONG_VERSION', `The agent that answers is version ${info.version}, not ${expected}.`, {
    hint: 'An older agent may still run on this port. Stop it and deploy again.',
    details: { expected, found: info.version },
  });
}

const PIN_ERRORS = ['AGENT_NO_GPIO', 'AGENT_PIN_BUSY', 'AGENT_PIN_INVALID', 'AGENT_NOT_PERMITTED', 'AGENT_GPIO_FAILED'];

/** True for the agent's errors that are about the pin and not about the connection. */
export function isPinError(error: AppError): boolean {
  return PIN_ERRORS.includes(error.code);
}

async function askLevel(connection: AgentConnection): Promise<Pick<AgentHealth, 'level' | 'pinProblem'>> {
  try {
    const text = await connection.ask('STATUS');
    return { level: text.startsWith('ON') ? 'on' : text.startsWith('OFF') ? 'off' : null, pinProblem: null };
  } catch (thrown) {
    const error = AppError.from(thrown);
    if (!isPinError(error)) throw error;
    return { level: null, pinProblem: error };
  }
}
