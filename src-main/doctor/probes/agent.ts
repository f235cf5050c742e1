import { AppError } from '../../errors/index.ts';
import {
  AgentConnection,
  checkHealth,
  dialRoute,
  isPinError,
  routesTo,
  type AgentEndpoint,
  type AgentHealth,
  type Route,
} from '../../led/index.ts';
import type { Target } from '../../target/target.ts';
import type { AccessFacts, PinFacts } from '../interpret/agent.ts';

/** What was learnt by speaking to an agent. */
export interface AgentTalk {
  readonly access: AccessFacts;
  readonly health: AgentHealth | null;
  /** Why it was let in but did not answer in its protocol. */
  readonly protocolError: AppError | null;
}

const REPLY_TIMEOUT_MS = 5000;
/** Codes that say whether one is let in, and nothing about the protocol. */
const DOOR = ['AGENT_REFUSED', 'AGENT_AUTH_NEEDED', 'AGENT_BAD_TOKEN', 'AGENT_BUSY'];

/** Speaks to the agent by each way until one answers. Raises only `CANCELLED`. */
export async function talkToAgent(target: Target, endpoint: AgentEndpoint, signal: AbortSignal): Promise<AgentTalk> {
  const { access, ledPort: port, token } = endpoint;
  let directError: AppError | null = null;
  let error: AppError | null = null;
  for (const route of routesTo(target, access)) {
    try {
      const stream = await dialRoute(target, route, port, signal);
      const options = {
        expectedVersion: null,
        token: access === 'token' ? token : null,
        replyTimeoutMs: REPLY_TIMEOUT_MS,
      };
      const health = await checkHealth(stream, options);
      return { access: { access, port, route, directError, error: null }, health, protocolError: null };
    } catch (thrown) {
      if (signal.aborted) throw AppError.from(signal.reason);
      error = AppError.from(thrown);
      if (isAnswer(error)) {
        return { access: { access, port, route, directError, error: null }, health: null, protocolError: error };
      }
      if (route === 'direct') directError = error;
    }
  }
  return { access: { access, port, route: null, directError: null, error }, health: null, protocolError: null };
}

/** It was let in, but what answered is wrong: another way would give the same. */
function isAnswer({ code }: AppError): boolean {
  return code === 'NOT_THE_AGENT' || ((code.startsWith('AGENT_') || code === 'LED_REPLY_LOST') && !DOOR.includes(code));
}

/** Toggles the LED twice and reads the pin back each time; the level is as before at the end. Raises only `CANCELLED`. */
export async function probePin(
  target: Target,
  endpoint: AgentEndpoint,
  { route, health }: { readonly route: Route; readonly health: AgentHealth },
  signal: AbortSignal,
): Promise<PinFacts> {
  const { driver, headerPin, bcm } = health.info;
  const facts = { driver, headerPin, bcm, levels: [], error: null, moving: false };
  if (health.pinProblem) return { ...facts, error: health.pinProblem };
  const connection = new AgentConnection(await dialRoute(target, route, endpoint.ledPort, signal), {
    replyTimeoutMs: REPLY_TIMEOUT_MS,
  });
  try {
    if (endpoint.access === 'token' && endpoint.token !== null) await connection.ask(`AUTH ${endpoint.token}`);
    const before = await connection.ask('STATUS');
    if (before.includes(' ')) return { ...facts, moving: true };
    const changed = await connection.ask('TOGGLE');
    const after = await connection.ask('TOGGLE');
    return { ...facts, levels: [before, changed, after] };
  } catch (thrown) {
    const error = AppError.from(thrown);
    if (signal.aborted) throw AppError.from(signal.reason);
    if (isPinError(error) || error.code !== 'CANCELLED') return { ...facts, error };
    throw error;
  } finally {
    connection.dispose();
  }
}
