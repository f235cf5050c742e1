import { GpioError } from './drivers/index.ts';
import { ActivityLedError } from './identify.ts';
import type { LedController, LedOrder } from './led-controller.ts';
import { MAX_WRONG_TOKENS } from './limits.ts';
import type { Command } from './protocol.ts';
import { parseMilliseconds } from './protocol.ts';
import {
  AUTH_REPLY,
  HELP_REPLY,
  PONG_REPLY,
  QUIT_REPLY,
  badTimeReply,
  errorReply,
  factsReply,
  stateReply,
} from './replies.ts';
import { sameToken } from './token.ts';

export type Facts = Readonly<Record<string, string | number>>;

/** What the commands of a client work on. */
export interface AgentSurface {
  readonly led: LedController;
  /** The secret that AUTH must give, or null when none is asked for. */
  readonly token: string | null;
  /** Blinks the board's own LED. Raises ActivityLedError. */
  identify(): Promise<void>;
  info(): Facts;
  /** The connected clients, with `you` for the one who asks. */
  who(askedBy: string): Facts;
  /** Counts a client that is sent away because it did not know the token. */
  countRefused(): void;
}

/** What is remembered of a client between its commands. */
export interface ClientStanding {
  /** `192.168.1.5:50123` */
  readonly peer: string;
  authenticated: boolean;
  wrongTokens: number;
}

export interface Answer {
  readonly line: string;
  readonly effect?: 'unwatch' | 'close';
  /** Of WATCH: the number of the change that the line tells already. */
  readonly newest?: number;
}

/** Carries out one command and answers it in one line. Never rejects. */
export async function answerCommand(command: Command, client: ClientStanding, agent: AgentSurface): Promise<Answer> {
  const open = command.word === 'AUTH' || command.word === 'HELP' || command.word === 'QUIT';
  if (!client.authenticated && !open) return { line: errorReply('auth-needed', 'send AUTH <token> first') };
  try {
    return await carryOut(command, client, agent);
  } catch (thrown) {
    return { line: failureReply(thrown) };
  }
}

async function carryOut(command: Command, client: ClientStanding, agent: AgentSurface): Promise<Answer> {
  switch (command.word) {
    case 'ON':
      return order(agent, { kind: 'on' });
    case 'OFF':
      return order(agent, { kind: 'off' });
    case 'TOGGLE':
      return order(agent, { kind: 'toggle' });
    case 'STATUS':
      return order(agent, { kind: 'status' });
    case 'BLINK': {
      const phaseMs = parseMilliseconds('BLINK', command.value);
      return phaseMs === null ? { line: badTimeReply('BLINK') } : order(agent, { kind: 'blink', phaseMs });
    }
    case 'PULSE': {
      const onMs = parseMilliseconds('PULSE', command.value);
      return onMs === null ? { line: badTimeReply('PULSE') } : order(agent, { kind: 'pulse', onMs });
    }
    case 'WATCH':
      return watchedState(agent);
    case 'UNWATCH':
      return { line: 'OK UNWATCH', effect: 'unwatch' };
    case 'INFO':
      // A client may come before the pin is taken, and would be told that there is no driver.
      await agent.led.settled();
      return { line: factsReply(agent.info()) };
    case 'WHO':
      return { line: factsReply(agent.who(client.peer)) };
    case 'IDENTIFY':
      await agent.identify();
      return { line: 'OK IDENTIFY' };
    case 'PING':
      return { line: PONG_REPLY };
    case 'HELP':
      return { line: HELP_REPLY };
    case 'QUIT':
      return { line: QUIT_REPLY, effect: 'close' };
    case 'AUTH':
      return authenticate(command.value, client, agent);
  }
}

async function order(agent: AgentSurface, wanted: LedOrder): Promise<Answer> {
  return { line: stateReply(await agent.led.order(wanted)) };
}

/** WATCH works without a pin too: it then answers `OK UNKNOWN`, and tells when a level is known. */
async function watchedState(agent: AgentSurface): Promise<Answer> {
  try {
    const state = await agent.led.order({ kind: 'status' });
    return { line: stateReply(state), newest: state.number };
  } catch (thrown) {
    if (!(thrown instanceof GpioError)) throw thrown;
    return { line: stateReply({ ...agent.led.state, level: null }), newest: agent.led.state.number };
  }
}

function authenticate(given: string, client: ClientStanding, agent: AgentSurface): Answer {
  if (agent.token === null || sameToken(given, agent.token)) {
    client.authenticated = true;
    return { line: AUTH_REPLY };
  }
  client.wrongTokens += 1;
  const last = client.wrongTokens >= MAX_WRONG_TOKENS;
  const line = errorReply('bad-token', last ? 'wrong token three times; closing' : 'wrong token');
  if (!last) return { line };
  agent.countRefused();
  return { line, effect: 'close' };
}

function failureReply(thrown: unknown): string {
  if (thrown instanceof GpioError || thrown instanceof ActivityLedError) return errorReply(thrown.code, thrown.message);
  return errorReply('internal', thrown instanceof Error ? thrown.message : String(thrown));
}
