import type { Client, ClientChannel, SFTPWrapper } from 'ssh2';
import { AppError } from '../../errors/index.ts';
import { abortError } from '../run-to-end.ts';

/** Commands and transfers that end soon: more at once wait for their turn. */
const MOST_SHORT = 4;
/** Terminals, logs that are followed: they stay open. With the short ones fewer than sshd's MaxSessions of 10. */
const MOST_LONG = 5;
const SFTP_START_MS = 8_000;
/** Milliseconds a server gets to open a channel; it answers at once unless it hangs. */
const OPEN_MS = 15_000;
/** Milliseconds between two tries after a refusal: a server counts a channel a little longer than we do. */
const RETRY_MS = 200;
/** Tries while no channel of ours is open, until the refusal is taken for final. */
const LONELY_TRIES = 15;

/** Short ones wait in a queue; long ones have places of their own, so that they never block a command. */
export type ChannelKind = 'short' | 'long';

type Opening<T> = (done: (error: Error | undefined, channel: T) => void) => void;

interface Terminal {
  readonly columns: number;
  readonly rows: number;
  /** A command line; without it the login shell. */
  readonly command: string | undefined;
}

/**
 * Opens the session channels of one connection and keeps their number under what servers allow (ssh2#505): a server's
 * refusal is waited out as long as channels of ours are open that will close.
 */
export class Channels {
  readonly #client: Client;
  readonly #lost: () => AppError | null;
  /** Places taken, by channels that are open and by those that are being opened. */
  readonly #open = { short: 0, long: 0 };
  /** Channels that the server has opened. */
  #granted = 0;
  /** The server has opened one before, which it may still count: the end of a channel comes before that of its program. */
  #hadAny = false;
  readonly #waiting: (() => void)[] = [];

  /** `lost` tells why the connection is gone, or null while it is there. */
  constructor(client: Client, lost: () => AppError | null) {
    this.#client = client;
    this.#lost = lost;
  }

  exec(command: string, kind: ChannelKind, signal?: AbortSignal): Promise<ClientChannel> {
    return this.#take<ClientChannel>(kind, (done) => void this.#client.exec(command, done), signal);
  }

  terminal({ columns, rows, command }: Terminal, signal?: AbortSignal): Promise<ClientChannel> {
    const pty = { term: 'xterm-256color', cols: columns, rows };
    return this.#take<ClientChannel>(
      'long',
      (done) =>
        void (command === undefined ? this.#client.shell(pty, done) : this.#client.exec(command, { pty }, done)),
      signal,
    );
  }

  /** Raises `SFTP_UNAVAILABLE` where there is no SFTP server and `SFTP_DISTURBED` where something else answers. */
  async sftp(signal?: AbortSignal): Promise<SFTPWrapper> {
    const sftp = await this.#take<SFTPWrapper>('short', (done) => this.#startSftp(done), signal);
    // Once nobody waits for an answer, a late error is one of a channel that is being given up.
    sftp.on('error', () => undefined);
    return sftp;
  }

  /** A side channel to end something: it never waits, as what it ends may hold every place. */
  async execNow(command: string): Promise<ClientChannel> {
    return this.#opened<ClientChannel>((done) => void this.#client.exec(command, done));
  }

  #startSftp(done: (error: Error | undefined, channel: SFTPWrapper) => void): void {
    let answered = false;
    const settle = (error: Error | undefined, sftp: SFTPWrapper): void => {
      if (answered) {
        sftp?.end();
        return;
      }
      answered = true;
      clearTimeout(timer);
      done(error && sftpError(error), sftp);
    };
    const timer = setTimeout(() => {
      settle(disturbed(new Error(`No answer within ${SFTP_START_MS / 1000} s.`)), undefined as unknown as SFTPWrapper);
    }, SFTP_START_MS);
    this.#client.sftp(settle);
  }

  async #take<T extends Closing>(kind: ChannelKind, opening: Opening<T>, signal: AbortSignal | undefined): Promise<T> {
    await this.#place(kind, signal);
    const release = (): void => {
      this.#open[kind] -= 1;
      this.#wake();
    };
    try {
      const channel = await this.#patiently(opening, signal);
      this.#granted += 1;
      this.#hadAny = true;
      channel.once('close', () => {
        this.#granted -= 1;
        release();
      });
      return channel;
    } catch (thrown) {
      release();
      throw thrown;
    }
  }

  async #place(kind: ChannelKind, signal: AbortSignal | undefined): Promise<void> {
    if (kind === 'long' && this.#open.long >= MOST_LONG) {
      throw new AppError('TOO_MANY_SESSIONS', `${MOST_LONG} terminals and logs are open on this device already.`, {
        hint: 'Close one of them first.',
      });
    }
    while (this.#open[kind] >= (kind === 'short' ? MOST_SHORT : MOST_LONG)) {
      const lost = this.#lost();
      if (lost) throw lost;
      await this.#nextEnd(signal);
    }
    this.#open[kind] += 1;
  }

  /** The connection is gone: whoever waits for a place need not. */
  abandon(): void {
    this.#wake();
  }

  /** All may try: after a refusal the end of a long one helps a short one too. */
  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /**
   * Tries again after a refusal when a channel of ours has closed, and now and then: the one that closed may have done so
   * before the refusal came.
   */
  async #patiently<T extends Closing>(opening: Opening<T>, signal: AbortSignal | undefined): Promise<T> {
    for (let lonely = 0; ;) {
      if (signal?.aborted) throw abortError(signal);
      try {
        return await this.#opened(opening, signal);
      } catch (thrown) {
        // One is the place of this very channel.
        const others = this.#open.short + this.#open.long - 1;
        const isFinal = others === 0 && !this.#hadAny;
        if (!(thrown instanceof AppError) || thrown.code !== 'CHANNEL_REFUSED' || isFinal) throw thrown;
        if (this.#granted === 0) lonely += 1;
        if (lonely > LONELY_TRIES) throw thrown;
        await this.#nextEnd(signal, RETRY_MS);
      }
    }
  }

  /** Resolves when a channel of ours closes, or after `mostMs`. */
  #nextEnd(signal: AbortSignal | undefined, mostMs?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(wake), 1);
      };
      const onAbort = (): void => {
        clearTimeout(timer);
        leave();
        reject(abortError(signal));
      };
      if (signal?.aborted) {
        reject(abortError(signal));
        return;
      }
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(wake);
      const expire = (): void => {
        leave();
        wake();
      };
      const timer = mostMs === undefined ? undefined : setTimeout(expire, mostMs);
    });
  }

  #opened<T extends Closing>(opening: Opening<T>, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const lost = this.#lost();
      if (lost) {
        reject(lost);
        return;
      }
      let settled = false;
      const settle = (act: () => void): void => {
        settled = true;
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        act();
      };
      const onAbort = (): void => settle(() => reject(abortError(signal)));
      const timer = setTimeout(() => settle(() => reject(notAnswering())), OPEN_MS);
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        opening((error, channel) => {
          // Whoever asked has given up: the channel is let go again.
          if (settled) channel?.end();
          else settle(() => (error ? reject(this.#lost() ?? openError(error)) : resolve(channel)));
        });
      } catch (thrown) {
        settle(() => reject(this.#lost() ?? openError(thrown)));
      }
    });
  }
}

function notAnswering(): AppError {
  return new AppError('COMMAND_TIMEOUT', `The device did not answer within ${OPEN_MS / 1000} s.`, {
    hint: 'It may be very busy or out of reach. Try again; if it stays so, reconnect.',
  });
}

interface Closing {
  once(event: 'close', listener: () => void): unknown;
  end(): unknown;
}

/** A refused channel carries the reason's number (RFC 4254, 5.1); anything else is a refused request. */
function openError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const refused = thrown instanceof Error && 'reason' in thrown;
  return refused
    ? new AppError('CHANNEL_REFUSED', 'The SSH server opens no further channel on this connection.', {
        hint: 'Close terminals of this device, or raise MaxSessions in its sshd_config.',
        cause: thrown,
      })
    : new AppError('EXEC_REFUSED', 'The SSH server runs no command for this user.', {
        hint: 'The account may be limited to file transfer. Sign in as another user.',
        cause: thrown,
      });
}

function sftpError(error: Error): AppError | Error {
  if (error instanceof AppError || 'reason' in error) return error;
  // Text of a start-up file read as a packet gives an absurd length (node-ssh "Packet length 1751477356 exceeds").
  if (/packet length|malformed|exit code|unexpected packet|termination/i.test(error.message) && !isMissing(error)) {
    return disturbed(error);
  }
  return new AppError('SFTP_UNAVAILABLE', 'The SSH server offers no file transfer (SFTP).', {
    hint: 'Files go over a command instead.',
    cause: error,
  });
}

/** sshd starts the SFTP program through the user's shell: 127 is "not found". */
function isMissing(error: Error): boolean {
  return 'code' in error && (error.code === 127 || error.code === 126);
}

function disturbed(cause: Error): AppError {
  return new AppError('SFTP_DISTURBED', 'Something on the device disturbs file transfer (SFTP).', {
    hint: 'Usually a start-up file such as ~/.bashrc prints text. Let it print only in interactive shells, or sign in as another user.',
    cause,
  });
}
