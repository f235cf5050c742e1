import type { Duplex } from 'node:stream';
import { AppError } from '../errors/index.ts';
import type { Target } from '../target/target.ts';
import { AgentConnection } from './agent-connection.ts';
import type { AgentEndpoint } from './agent-endpoint.ts';
import type { AgentInfo } from './agent-info.ts';
import { parseAgentInfo } from './agent-info.ts';
import type { Route } from './dial.ts';
import { detourNote, dialRoute, routesTo } from './dial.ts';

/** A connection on which the agent has told who it is. */
export interface AgentSession {
  readonly connection: AgentConnection;
  readonly info: AgentInfo;
  readonly route: Route;
  readonly note: string;
}

/**
 * Connects to the agent by the first route on which it answers. An agent that does not want this computer's address may
 * still be asked through the SSH connection. Raises the error of the last route tried.
 */
export async function openSession(target: Target, endpoint: AgentEndpoint, signal: AbortSignal): Promise<AgentSession> {
  let note = '';
  let failure: unknown;
  for (const route of routesTo(target, endpoint.access)) {
    try {
      const stream = await dialRoute(target, route, endpoint.ledPort, signal);
      return { ...(await greet(stream, endpoint, signal)), route, note };
    } catch (thrown) {
      failure = thrown;
      const error = AppError.from(thrown);
      if (signal.aborted || !worthAnotherRoute(error)) break;
      note = detourNote(error);
    }
  }
  throw failure;
}

/** What another route would not change: the agent's own answers, but for its refusal of an address. */
function worthAnotherRoute({ code }: AppError): boolean {
  return code === 'AGENT_REFUSED' || !code.startsWith('AGENT_') || code === 'AGENT_SILENT';
}

async function greet(
  stream: Duplex,
  endpoint: AgentEndpoint,
  signal: AbortSignal,
): Promise<Pick<AgentSession, 'connection' | 'info'>> {
  const connection = new AgentConnection(stream);
  const abort = (): void => connection.dispose();
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (endpoint.access === 'token' && endpoint.token !== null) await connection.ask(`AUTH ${endpoint.token}`);
    return { connection, info: parseAgentInfo(await connection.ask('INFO')) };
  } catch (thrown) {
    connection.dispose();
    throw thrown;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
