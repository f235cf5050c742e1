import { GpioError } from './drivers/index.ts';
import { ActivityLedError } from './identify.ts';
import type { LedController, LedOrder } from './led-controller.ts';
import type { LedState } from './led-state.ts';
import { MAX_WRONG_TOKENS } from './limits.ts';
import type { MaybePromise } from './maybe-promise.ts';
import { chain, rescue } from './maybe-promise.ts';
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

/** Carries out one command and answers it in one line: at once, if nothing has to be waited for. Never fails. */
export function answerCommand(command: Command, client: ClientStanding, agent: AgentSurface): MaybePromise<Answer> {
  const open = command.word === 'AUTH' || command.word === 'HELP' || command.word === 'QUIT';
  if (!client.authenticated && !open) return { line: errorReply('auth-needed', 'send AUTH <token> first') };
  return rescue(
    () => carryOut(command, client, agent),
    (thrown) => ({ line: failureReply(thrown) }),
  );
}

function carryOut(command: Command, client: ClientStanding, agent: AgentSurface): MaybePromise<Answer> {
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
      return chain(agent.led.settled(), () => ({ line: factsReply(agent.info()) }));
    case 'WHO':
      return { line: factsReply(agent.who(client.peer)) };
    case 'IDENTIFY':
      return chain(agent.identify(), () => ({ line: 'OK IDENTIFY' }));
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

function order(agent: AgentSurface, wanted: LedOrder): MaybePromise<Answer> {
  return chain(agent.led.order(wanted), (state) => ({ line: stateReply(state) }));
}

/** WATCH works without a pin too: it then answers `OK UNKNOWN`, and tells when a level is known. */
function watchedState(agent: AgentSurface): MaybePromise<Answer> {
  const told = (state: LedState): Answer => ({ line: stateReply(state), newest: state.number });
  return rescue(
    () => chain(agent.led.order({ kind: 'status' }), told),
    (thrown) => {
      if (!(thrown instanceof GpioError)) throw thrown;
      return told({ ...agent.led.state, level: null });
    },
  );
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
