import { connect, type Socket } from 'node:net';
import { parseFacts, parseLine } from '../../../pi-agent/src/replies.ts';
import { AppError, systemCode } from '../../errors/index.ts';
import { bannerIn } from '../banner.ts';
import { readHostKey } from './host-key.ts';
import type { AgentSighting, SshSighting } from '../model.ts';

/** What knocking at one TCP port taught. */
export type Knock =
  | { readonly kind: 'open' }
  /** The machine answered that nothing listens there. */
  | { readonly kind: 'refused' }
  /** Nobody answered; `code` is the system's when it gave up before we did. */
  | { readonly kind: 'silent'; readonly code: string }
  /** This computer could not even ask; `code` is the system's. */
  | { readonly kind: 'failed'; readonly code: string };

export interface SshProbe {
  readonly knock: Knock;
  readonly ssh: SshSighting | null;
}

export interface AgentProbe {
  readonly agent: AgentSighting;
  /** The host name it gives, or null. */
  readonly name: string | null;
}

export interface ProbeOptions {
  readonly port: number;
  /** Milliseconds for the connection. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called with what is known so far, while the server is still talking. */
  readonly onTalk?: (ssh: SshSighting) => void;
}

/** Asks machines; replaced in tests. Never raises but `CANCELLED`. */
export interface Prober {
  ssh(address: string, options: ProbeOptions): Promise<SshProbe>;
  agent(address: string, options: ProbeOptions): Promise<AgentProbe | null>;
}

/** Milliseconds for a server to say who it is: a Pi Zero that has just started takes its time. */
const TALK_MS = 2500;
const MOST_BYTES = 16 * 1024;

/** Asks over real sockets. */
export const tcpProber: Prober = { ssh: probeSsh, agent: probeAgent };

/**
 * Connects, reads the server's identification string and its host key, and leaves before any sign-in. One connection
 * for both: newer OpenSSH slows down who comes back too often without signing in (PerSourcePenalties, since 9.8).
 */
async function probeSsh(address: string, { port, timeoutMs, signal, onTalk }: ProbeOptions): Promise<SshProbe> {
  const dialled = await dial(address, port, timeoutMs, signal);
  if (!('socket' in dialled)) {
    const refused = dialled.kind === 'refused';
    return { knock: dialled, ssh: refused ? { port, state: 'refused', banner: null, hostKey: null } : null };
  }
  const { socket } = dialled;
  const open: SshSighting = { port, state: 'open', banner: null, hostKey: null };
  try {
    onTalk?.(open);
    const banner = (await receive(socket, bannerIn, signal)) || null;
    onTalk?.({ ...open, banner });
    const hostKey = banner?.startsWith('SSH-2.0-') ? await readHostKey(socket, TALK_MS, signal) : null;
    return { knock: { kind: 'open' }, ssh: { ...open, banner, hostKey } };
  } finally {
    socket.destroy();
  }
}

/** Says INFO, as in the agent's protocol; null for whatever is no agent. */
async function probeAgent(address: string, { port, timeoutMs, signal }: ProbeOptions): Promise<AgentProbe | null> {
  const dialled = await dial(address, port, timeoutMs, signal);
  if (!('socket' in dialled)) return null;
  const { socket } = dialled;
  try {
    socket.write('INFO\n');
    const answer = await receive(socket, firstLine, signal);
    return answer === null ? null : readAgent(answer, port);
  } finally {
    socket.destroy();
  }
}

/** Reads the answer to INFO: `OK version=1.2.0 protocol=1 ...`, or `ERR refused ...` from an agent that lets others in. */
export function readAgent(line: string, port: number): AgentProbe | null {
  const reply = parseLine(line);
  if (reply.kind === 'error') {
    const lockedUp = ['auth-needed', 'refused', 'busy'].includes(reply.code);
    return lockedUp ? { agent: { port, version: null }, name: null } : null;
  }
  if (reply.kind !== 'ok') return null;
  const { version, protocol, host } = parseFacts(reply.text);
  if (version === undefined || protocol === undefined) return null;
  return { agent: { port, version: version.slice(0, 40) }, name: host?.slice(0, 63).toLowerCase() || null };
}

const firstLine = (received: string): string | null => /^(.*?)\r?\n/.exec(received)?.[1] ?? null;

type Dialled = Exclude<Knock, { kind: 'open' }> | { readonly socket: Socket };

/** A connection, or why there is none. Raises `CANCELLED`, at once. */
function dial(address: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<Dialled> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(cancelled());
    const socket = connect({ host: address, port, noDelay: true });
    const settle = (action: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.removeAllListeners('error').on('error', () => undefined);
      socket.removeAllListeners('connect');
      action();
    };
    const giveUp = (knock: Dialled): void =>
      settle(() => {
        socket.destroy();
        resolve(knock);
      });
    const abort = (): void =>
      settle(() => {
        socket.destroy();
        reject(cancelled());
      });
    const timer = setTimeout(() => giveUp({ kind: 'silent', code: '' }), timeoutMs);
    signal.addEventListener('abort', abort, { once: true });
    socket.once('connect', () => settle(() => resolve({ socket })));
    socket.once('error', (thrown) => giveUp(knockOf(thrown)));
  });
}

/** Errors that say something of the machine, and errors of this computer. */
function knockOf(thrown: unknown): Exclude<Knock, { kind: 'open' }> {
  const code = systemCode(thrown) ?? 'UNEXPECTED';
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return { kind: 'refused' };
  // On its own network, a machine that does not answer ARP is EHOSTUNREACH after three seconds.
  if (code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || code === 'EHOSTDOWN') return { kind: 'silent', code };
  return { kind: 'failed', code };
}

/**
 * What `read` makes of the bytes received so far (as Latin-1), once it is not null. Null when the far side ends, says too
 * much or nothing in time. The bytes are put back for who reads next.
 */
function receive(
  socket: Socket,
  read: (received: string) => string | null,
  signal: AbortSignal,
): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const settle = (action: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.off('data', take).off('close', end).off('end', end);
      socket.pause();
      action();
    };
    const end = (): void => settle(() => resolve(null));
    const abort = (): void => settle(() => reject(cancelled()));
    const take = (chunk: Buffer): void => {
      chunks.push(chunk);
      const all = Buffer.concat(chunks);
      const value = read(all.toString('latin1'));
      if (value === null && all.length < MOST_BYTES) return;
      settle(() => {
        socket.unshift(all);
        resolve(value);
      });
    };
    const timer = setTimeout(end, TALK_MS);
    signal.addEventListener('abort', abort, { once: true });
    socket.on('data', take).once('end', end).once('close', end);
  });
}

export const cancelled = (): AppError => new AppError('CANCELLED', 'The search was stopped.');
