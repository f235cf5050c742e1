import type { Socket } from 'node:net';
import { NodeSSH } from 'node-ssh';
import type { Client } from 'ssh2';
import { AppError } from '../errors/index.ts';
import { offeredAlgorithms, ssh2Algorithms } from './algorithms.ts';
import { authPlan, type AnswerQuestions, type Credentials, type SignInAttempts } from './credentials.ts';
import { hostKeyOf, type HostKey } from './host-key.ts';
import { openSocket, type Place } from './open-socket.ts';
import { ServerOffer } from './server-offer.ts';
import { signInError } from './sign-in-error.ts';

export interface ConnectionOptions extends Place {
  readonly user: string;
  readonly credentials: Credentials;
  /** Called with the server's key before anything secret is sent. Rejecting ends the connection with that error. */
  readonly verifyHostKey: (key: HostKey) => Promise<void>;
  /** Types of host key noted for this host, to be asked for first. */
  readonly knownKeyTypes?: readonly string[];
  /** Answers what only the person can; without it such a server refuses. */
  readonly answerQuestions?: AnswerQuestions;
  /** Offers old algorithms too: only after an explicit choice for this host. */
  readonly legacyAlgorithms?: boolean;
  readonly signal?: AbortSignal;
  /** Milliseconds for the TCP connection; default 10 000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds for each of the key exchange and the sign-in; default 20 000. */
  readonly stepTimeoutMs?: number;
  readonly keepalive?: { readonly intervalMs: number; readonly count: number };
}

/** A connection that is signed in. `client` always has an error listener: a late reset never ends the process. */
export interface SshConnection {
  readonly client: Client;
  readonly socket: Socket;
  /** The IP address connected to. */
  readonly address: string;
  readonly hostKey: HostKey;
  /** The last error of the connection, which tells why it closed. */
  lastError(): Error | null;
}

/** A powered-off Pi closes nothing: it is noticed when three questions in a row, 10 s apart, stay without an answer. */
const KEEPALIVE = { intervalMs: 10_000, count: 3 };

/**
 * Connects and signs in. The server's key is always verified first. Raises what `openSocket` and `signInError` raise,
 * what `verifyHostKey` rejects with, and `CANCELLED`.
 */
export async function openConnection(options: ConnectionOptions): Promise<SshConnection> {
  const signal = options.signal ?? new AbortController().signal;
  const stop = new AbortController();
  const abort = (): void => stop.abort(AppError.from(signal.reason));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const socket = await openSocket(options, options.connectTimeoutMs ?? 10_000, stop.signal);
    return await new Handshake(options, socket, stop.signal).run();
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

class Handshake {
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  readonly #offer = new ServerOffer();
  readonly #attempts: SignInAttempts = { offered: null, tried: [], refusal: null };
  readonly #errors: Error[] = [];
  readonly #stepTimeoutMs: number;
  #hostKey: HostKey | null = null;
  #hostKeyRefusal: unknown = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timedOut = false;

  constructor(options: ConnectionOptions, socket: Socket, signal: AbortSignal) {
    this.#options = options;
    this.#socket = socket;
    this.#signal = signal;
    this.#stepTimeoutMs = options.stepTimeoutMs ?? 20_000;
  }

  async run(): Promise<SshConnection> {
    const address = this.#socket.remoteAddress ?? this.#options.host;
    const onAbort = (): void => void this.#socket.destroy();
    this.#signal.addEventListener('abort', onAbort, { once: true });
    try {
      const client = await this.#connect();
      this.#signal.throwIfAborted();
      if (this.#hostKey === null) throw new AppError('HOST_KEY_UNVERIFIED', 'The server showed no key.');
      return {
        client,
        socket: this.#socket,
        address,
        hostKey: this.#hostKey,
        lastError: () => this.#errors[0] ?? null,
      };
    } catch (thrown) {
      this.#socket.destroy();
      throw thrown;
    } finally {
      clearTimeout(this.#timer);
      this.#signal.removeEventListener('abort', onAbort);
    }
  }

  #connect(): Promise<Client> {
    return new Promise((resolve, reject) => {
      const ssh = new NodeSSH();
      this.#armTimer();
      // node-ssh rejects at the first error; which one counts is known only when the connection has closed.
      ssh.connect(this.#config()).catch((thrown: unknown) => this.#note(thrown));
      const client = ssh.connection;
      if (!client) {
        reject(this.#failure());
        return;
      }
      client.on('error', (error) => this.#note(error));
      client.once('ready', () => {
        this.#errors.length = 0;
        resolve(client);
      });
      client.once('close', () => reject(this.#failure()));
      const read = (chunk: Buffer): void => {
        this.#offer.push(chunk);
        if (!this.#offer.done) return;
        this.#socket.off('data', read);
        // So much before a version line is no SSH server, whatever else it has to say.
        if (this.#offer.identification === null) this.#socket.destroy();
      };
      this.#socket.on('data', read);
    });
  }

  #config(): Parameters<NodeSSH['connect']>[0] {
    const { user, credentials, keepalive = KEEPALIVE, legacyAlgorithms = false, knownKeyTypes = [] } = this.#options;
    return {
      sock: this.#socket,
      host: this.#options.host,
      username: user,
      algorithms: ssh2Algorithms(offeredAlgorithms({ legacy: legacyAlgorithms, knownKeyTypes })),
      hostVerifier: (blob: Buffer, verify: (ok: boolean) => void) => this.#verify(blob, verify),
      authHandler: authPlan(user, credentials, this.#attempts, (asked) => this.#answer(asked)),
      keepaliveInterval: keepalive.intervalMs,
      keepaliveCountMax: keepalive.count,
      // Timed here instead, as a person may be asked in between.
      readyTimeout: 0,
    };
  }

  #verify(blob: Buffer, verify: (ok: boolean) => void): void {
    const key = hostKeyOf(blob);
    // Keys are exchanged anew during long connections: the server must stay the same.
    if (this.#hostKey) {
      verify(this.#hostKey.blob.equals(key.blob));
      return;
    }
    clearTimeout(this.#timer);
    this.#options.verifyHostKey(key).then(
      () => {
        this.#hostKey = key;
        this.#armTimer();
        verify(true);
      },
      (thrown: unknown) => {
        this.#hostKeyRefusal = thrown;
        verify(false);
      },
    );
  }

  async #answer(asked: Parameters<AnswerQuestions>[0]): Promise<readonly string[]> {
    const answer = this.#options.answerQuestions;
    if (!answer) {
      throw new AppError('UNANSWERED_QUESTION', `The server asks: ${asked.questions[0]?.text.trim() ?? asked.name}`, {
        hint: 'Sign in with a key instead.',
      });
    }
    clearTimeout(this.#timer);
    const answers = await answer(asked);
    this.#armTimer();
    return answers;
  }

  #armTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timedOut = true;
      this.#socket.destroy();
    }, this.#stepTimeoutMs);
  }

  #note(thrown: unknown): void {
    this.#errors.push(thrown instanceof Error ? thrown : new Error(String(thrown)));
  }

  #failure(): unknown {
    if (this.#signal.aborted) return this.#signal.reason;
    return this.#hostKeyRefusal ?? this.#attempts.refusal ?? this.#explained();
  }

  #explained(): AppError {
    const { legacyAlgorithms = false, knownKeyTypes = [] } = this.#options;
    return signInError({
      place: this.#options,
      user: this.#options.user,
      method: this.#options.credentials.kind,
      offered: offeredAlgorithms({ legacy: legacyAlgorithms, knownKeyTypes }),
      server: this.#offer,
      attempts: this.#attempts,
      verified: this.#hostKey !== null,
      timedOutMs: this.#timedOut ? this.#stepTimeoutMs : null,
      error: this.#errors[0] ?? null,
    });
  }
}
