import { AppError, systemCode } from '../errors/index.ts';
import type { AlgorithmLists } from './algorithms.ts';
import type { Credentials, SignInAttempts } from './credentials.ts';
import { negotiationError } from './negotiation-error.ts';
import { reachError, type Place } from './open-socket.ts';
import type { ServerOffer } from './server-offer.ts';

/** What is known about a sign-in that did not succeed. */
export interface FailedSignIn {
  readonly place: Place;
  readonly user: string;
  readonly method: Credentials['kind'];
  /** The algorithms we offered. */
  readonly offered: AlgorithmLists;
  readonly server: ServerOffer;
  readonly attempts: SignInAttempts;
  /** True once the server's key was accepted. */
  readonly verified: boolean;
  /** Milliseconds after which a step was given up, or null. */
  readonly timedOutMs: number | null;
  /** The first error ssh2 told. */
  readonly error: Error | null;
}

/**
 * Why a sign-in failed, each cause told apart: `NOT_SSH`, `SSH_CLOSED`, `SSH_TIMEOUT`, `NO_COMMON_*`, `WRONG_CREDENTIALS`,
 * `SERVER_TAKES_KEYS_ONLY`, `SERVER_TAKES_NO_KEYS`, `TOO_MANY_ATTEMPTS`, `SSH_FAILED`, and the system's codes.
 */
export function signInError(failed: FailedSignIn): AppError {
  const { server, offered, error, place } = failed;
  const code = systemCode(error);
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return reachError(code, place, 0, error);
  if (server.lists && !failed.verified) {
    const disagreement = negotiationError(offered, server.lists);
    if (disagreement) return disagreement;
  }
  if (levelOf(error) === 'client-authentication') return refusedError(failed);
  if (/too many authentication failures/i.test(error?.message ?? '')) return tooManyAttempts(failed);
  if (server.identification === null && server.firstBytes.length > 0) return notSshError(failed);
  if (failed.timedOutMs !== null) return timedOutError(failed, failed.timedOutMs);
  return server.identification === null ? silentError(failed) : closedError(failed);
}

const REFUSALS = ['WRONG_CREDENTIALS', 'SERVER_TAKES_KEYS_ONLY', 'SERVER_TAKES_NO_KEYS', 'TOO_MANY_ATTEMPTS'];

/** True when the server was reached and trusted, and would not let this user in. */
export const isSignInRefusal = ({ code }: AppError): boolean => REFUSALS.includes(code);

/** Every method that could be tried was refused. */
function refusedError(failed: FailedSignIn): AppError {
  const { attempts, method, user, place } = failed;
  const methods = attempts.offered ?? [];
  const who = `${user}@${place.host}`;
  const details = { methods: [...methods], method };
  if (attempts.tried.length === 0) {
    if (method === 'password') {
      return new AppError('SERVER_TAKES_KEYS_ONLY', `${place.host} takes no passwords, only: ${methods.join(', ')}.`, {
        hint: 'Sign in with a key. A Pi set up by Raspberry Pi Imager with “public-key authentication only” is like that.',
        details,
      });
    }
    return new AppError('SERVER_TAKES_NO_KEYS', `${place.host} takes no keys, only: ${methods.join(', ')}.`, {
      hint: 'Sign in with a password.',
      details,
    });
  }
  const offers = `Ways to sign in there: ${methods.join(', ')}.`;
  if (method === 'password') {
    return new AppError('WRONG_CREDENTIALS', `${who}: this user name and password do not fit together.`, {
      hint: `Type both as they were chosen when the Pi was set up; capital letters count. Only older systems have the user “pi” from the start. ${offers}`,
      details,
    });
  }
  const what = method === 'key' ? 'this key' : 'any key of the ssh-agent';
  return new AppError('WRONG_CREDENTIALS', `${who} does not know ${what}.`, {
    hint: `Sign in with the password once and use “Install my key”, or choose another key. ${offers}`,
    details,
  });
}

function tooManyAttempts({ method, place, attempts }: FailedSignIn): AppError {
  return new AppError('TOO_MANY_ATTEMPTS', `${place.host} ended the sign-in after too many attempts.`, {
    hint:
      method === 'agent'
        ? 'The ssh-agent holds more keys than the server lets one try. Choose the right key file instead.'
        : 'Wait a moment and try again.',
    details: { methods: [...(attempts.offered ?? [])], method },
  });
}

function timedOutError({ place, verified, server }: FailedSignIn, timedOutMs: number): AppError {
  const seconds = timedOutMs / 1000;
  const step = verified ? 'sign-in' : 'start of the SSH connection';
  return new AppError('SSH_TIMEOUT', `${place.host} answered, but the ${step} took longer than ${seconds} s.`, {
    hint:
      server.identification === null
        ? 'Something listens there but says nothing. Check the port.'
        : 'The Pi may be very busy or still starting. Wait a minute and try again.',
    details: { host: place.host, port: place.port },
  });
}

function silentError({ place, error }: FailedSignIn): AppError {
  return new AppError('SSH_CLOSED', `${place.host} closed the connection before it said anything.`, {
    hint: 'It may be starting, be busy, or refuse this computer for a while after failed sign-ins. Wait a minute.',
    cause: error ?? undefined,
    details: { host: place.host, port: place.port },
  });
}

function notSshError({ place, server, error }: FailedSignIn): AppError {
  const said =
    server.firstBytes
      .toString('latin1')
      .split('\n')[0]
      ?.replace(/[^\x20-\x7e]/g, '.')
      .slice(0, 60) ?? '';
  return new AppError('NOT_SSH', `What listens on ${place.host} port ${place.port} is no SSH server.`, {
    hint: `It answered “${said}”. SSH usually listens on port 22.`,
    cause: error ?? undefined,
    details: { host: place.host, port: place.port, said },
  });
}

function closedError({ place, error, verified, user }: FailedSignIn): AppError {
  const code = error === null || /before handshake|No response/.test(error.message) ? 'SSH_CLOSED' : 'SSH_FAILED';
  const step = verified ? `during the sign-in of ${user}` : 'while the connection was set up';
  return new AppError(code, `${place.host} closed the connection ${step}.`, {
    hint: 'Wait a moment and try again. If it stays so, look at the Pi’s own log: journalctl -u ssh',
    cause: error ?? undefined,
    details: { host: place.host, port: place.port },
  });
}

/** ssh2 says where an error comes from in `level`. */
function levelOf(error: Error | null): unknown {
  return error !== null && 'level' in error ? error.level : undefined;
}
