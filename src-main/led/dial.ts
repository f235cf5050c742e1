import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError, systemCode } from '../errors/index.ts';
import type { Target } from '../target/target.ts';
import type { AgentAccess } from './agent-endpoint.ts';

/** How a port of the agent is reached: straight over the network, or through the SSH connection. */
export type Route = 'direct' | 'tunnel';

/** Milliseconds for a straight connection before the tunnel is tried. */
const DIRECT_TIMEOUT_MS = 3000;

/** The ways to an agent, best first. `ssh-only` listens on the device's loopback alone. */
export function routesTo(target: Target, access: AgentAccess): readonly Route[] {
  if (target.kind === 'local') return ['direct'];
  return access === 'ssh-only' ? ['tunnel'] : ['direct', 'tunnel'];
}

/** Opens one port of the agent by one route. Raises AppError with the system's code, `CANCELLED` or `DISCONNECTED`. */
export function dialRoute(target: Target, route: Route, port: number, signal?: AbortSignal): Promise<Duplex> {
  return route === 'tunnel' ? target.connect('127.0.0.1', port, { signal }) : dialDirect(target.address, port, signal);
}

export interface Dialled {
  readonly stream: Duplex;
  readonly route: Route;
  /** Why the straight way was not taken, as a sentence; empty when it was, or was not meant to be. */
  readonly note: string;
}

/** Opens one port of the agent by the first route that works. Raises the error of the last one tried. */
export async function dialAgent(
  target: Target,
  access: AgentAccess,
  port: number,
  signal?: AbortSignal,
): Promise<Dialled> {
  let note = '';
  let failure: unknown;
  for (const route of routesTo(target, access)) {
    try {
      return { stream: await dialRoute(target, route, port, signal), route, note };
    } catch (thrown) {
      failure = thrown;
      note = detourNote(AppError.from(thrown));
      if (signal?.aborted) break;
    }
  }
  throw failure;
}

/** Why the tunnel carries what was meant to go straight. */
export function detourNote(error: AppError): string {
  return `Carried by the SSH connection, because the straight way failed: ${error.message}`;
}

function dialDirect(host: string, port: number, signal?: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const socket = connect({ host, port, noDelay: true });
    const fail = (error: AppError): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      socket.destroy();
      reject(error);
    };
    const abort = (): void => fail(new AppError('CANCELLED', 'Cancelled.'));
    const timer = setTimeout(() => fail(unreachable(host, port, 'ETIMEDOUT')), DIRECT_TIMEOUT_MS);
    signal?.addEventListener('abort', abort, { once: true });
    socket.once('error', (error) => fail(unreachable(host, port, systemCode(error) ?? 'UNREACHABLE', error)));
    socket.once('connect', () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      socket.removeAllListeners('error');
      socket.setKeepAlive(true, 10_000);
      resolve(socket);
    });
  });
}

function unreachable(host: string, port: number, code: string, cause?: unknown): AppError {
  const where = `port ${port} of ${host}`;
  if (code === 'ECONNREFUSED') {
    return new AppError(code, `Nothing listens on ${where}.`, {
      hint: 'Is the agent running? Look at the Agent page.',
      cause,
    });
  }
  if (code === 'ETIMEDOUT') {
    return new AppError(code, `No answer from ${where}.`, { hint: 'A firewall may drop what is sent there.', cause });
  }
  return new AppError(code, `${where.charAt(0).toUpperCase()}${where.slice(1)} cannot be reached.`, {
    hint: 'Check the network.',
    cause,
  });
}
