import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { systemCode } from '../../errors/index.ts';
import { describeProblem, hostAndPort, type FailedAttempt } from '../problem/index.ts';
import { interleaveFamilies } from './address-order.ts';
import { SocketReader } from './socket-reader.ts';
import type { AddressFamily } from './session-options.ts';

/** Head start of one address over the next (RFC 8305, section 5). */
const HEAD_START_MS = 250;

export type Resolve = (host: string, family: AddressFamily) => Promise<LookupAddress[]>;

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  readonly family: AddressFamily;
  readonly localPort: number | null;
  readonly noDelay: boolean;
  readonly keepAlive: boolean;
  readonly connectTimeoutMs: number;
  /** Bytes of one `recv`, or null to read through the stream (for TLS). */
  readonly receiveSize: number | null;
  readonly signal: AbortSignal;
  readonly resolve?: Resolve;
}

export interface Dialed {
  readonly socket: net.Socket;
  readonly reader: SocketReader | null;
  /** Addresses that failed before this one answered. */
  readonly failed: readonly FailedAttempt[];
}

/** No address of a host could be reached; `attempts` has each one's reason and `cause` the last error. */
export class DialError extends Error {
  readonly attempts: readonly FailedAttempt[];
  readonly code: string;
  readonly during: 'look-up' | 'connect';

  constructor(cause: unknown, during: 'look-up' | 'connect', attempts: readonly FailedAttempt[]) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'DialError';
    this.code = systemCode(cause) ?? 'UNKNOWN';
    this.during = during;
    this.attempts = attempts;
  }
}

/** Milliseconds keepalive waits before it asks an idle peer. */
export const KEEPALIVE_MS = 10_000;

/** Addresses of a host as the system resolves it, in its order. */
export const resolveBySystem: Resolve = (host, family) =>
  lookup(host, { all: true, verbatim: true, family: family === 'any' ? 0 : family === 'ipv4' ? 4 : 6 });

/**
 * Connects to the first address that answers: each gets a head start over the next, so that a dead IPv6 route costs a
 * quarter of a second and not a time-out. Raises `DialError`, or the signal's reason.
 */
export async function dial(options: DialOptions): Promise<Dialed> {
  const addresses = await resolveAddresses(options);
  options.signal.throwIfAborted();
  return new Race(options, addresses).run();
}

async function resolveAddresses(options: DialOptions): Promise<LookupAddress[]> {
  try {
    const found = await (options.resolve ?? resolveBySystem)(options.host, options.family);
    return interleaveFamilies(found);
  } catch (thrown) {
    throw new DialError(thrown, 'look-up', []);
  }
}

interface Attempt {
  readonly address: string;
  readonly socket: net.Socket;
  readonly reader: SocketReader | null;
}

/** The tries of one dial. A fixed local port allows only one at a time. */
class Race {
  readonly #options: DialOptions;
  readonly #waiting: LookupAddress[];
  readonly #running = new Set<Attempt>();
  readonly #failed: FailedAttempt[] = [];
  #headStart: NodeJS.Timeout | undefined;
  #settle: (outcome: Dialed | DialError) => void = () => undefined;

  constructor(options: DialOptions, addresses: LookupAddress[]) {
    this.#options = options;
    this.#waiting = addresses;
  }

  run(): Promise<Dialed> {
    const { signal } = this.#options;
    return new Promise<Dialed>((resolve, reject) => {
      const abort = (): void => this.#finish(() => reject(signal.reason as Error));
      signal.addEventListener('abort', abort, { once: true });
      this.#settle = (outcome) => {
        signal.removeEventListener('abort', abort);
        if (outcome instanceof DialError) reject(outcome);
        else resolve(outcome);
      };
      this.#startNext();
    });
  }

  #startNext(): void {
    clearTimeout(this.#headStart);
    const next = this.#waiting.shift();
    if (!next) return;
    const attempt = this.#start(next.address);
    this.#running.add(attempt);
    if (this.#waiting.length === 0 || this.#options.localPort !== null) return;
    this.#headStart = setTimeout(() => this.#startNext(), HEAD_START_MS);
  }

  #start(address: string): Attempt {
    const { port, localPort, noDelay, keepAlive, receiveSize, connectTimeoutMs } = this.#options;
    const reader = receiveSize === null ? null : new SocketReader(receiveSize);
    const socket = net.connect({
      host: address,
      port,
      localPort: localPort ?? undefined,
      noDelay,
      keepAlive,
      keepAliveInitialDelay: KEEPALIVE_MS,
      allowHalfOpen: true,
      ...(reader ? { onread: reader.onread } : {}),
    });
    const attempt: Attempt = { address, socket, reader };
    socket.setTimeout(connectTimeoutMs, () => {
      socket.destroy(Object.assign(new Error(`no answer within ${connectTimeoutMs} ms`), { code: 'ETIMEDOUT' }));
    });
    socket.once('connect', () => this.#won(attempt));
    socket.on('error', (error) => this.#lost(attempt, error));
    return attempt;
  }

  #won(attempt: Attempt): void {
    this.#running.delete(attempt);
    attempt.socket.setTimeout(0);
    attempt.socket.removeAllListeners('timeout');
    this.#finish(() => this.#settle({ socket: attempt.socket, reader: attempt.reader, failed: this.#failed }));
  }

  #lost(attempt: Attempt, error: unknown): void {
    if (!this.#running.delete(attempt)) return;
    attempt.reader?.dispose();
    const { port, localPort } = this.#options;
    const where = hostAndPort(attempt.address, port);
    const { code, meaning } = describeProblem(error, { during: 'connect', where, localPort });
    this.#failed.push({ address: attempt.address, code, meaning });
    if (this.#waiting.length > 0) this.#startNext();
    else if (this.#running.size === 0) {
      this.#finish(() => this.#settle(new DialError(error, 'connect', this.#failed)));
    }
  }

  #finish(settle: () => void): void {
    clearTimeout(this.#headStart);
    this.#waiting.length = 0;
    for (const attempt of this.#running) {
      this.#running.delete(attempt);
      attempt.socket.destroy();
      attempt.reader?.dispose();
    }
    settle();
  }
}
