import type { Writable } from 'node:stream';
import { PassThrough } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import type { AppError } from '../../errors/index.ts';
import { AfterMarker, type StartMarker } from '../start-marker.ts';
import type { ExitStatus, RunningProcess } from '../target.ts';

export interface RemoteProcessOptions {
  readonly channel: ClientChannel;
  readonly marker: StartMarker;
  /** Why the connection is gone, or null while it is there. */
  readonly lost: () => AppError | null;
  /** Sends a signal to a process group over a channel of its own. */
  readonly signalGroup: (group: string, signal: string) => void;
}

const MARKER_PATIENCE_MS = 5_000;

/**
 * A command that runs at the far end of a channel. It has ended when the channel has closed and both outputs were read:
 * the exit status may come before the output (ssh2#1249), and the close never comes when an output is not read.
 */
export class RemoteProcess implements RunningProcess {
  readonly stdin: Writable;
  readonly stdout: AfterMarker;
  readonly stderr: AfterMarker;
  readonly exited: Promise<ExitStatus>;
  readonly #channel: ClientChannel;
  readonly #signalGroup: RemoteProcessOptions['signalGroup'];
  #group = '';
  #pendingSignal: string | null = null;
  #abandon: (error: AppError) => void = () => undefined;

  constructor({ channel, marker, lost, signalGroup }: RemoteProcessOptions) {
    this.#channel = channel;
    this.#signalGroup = signalGroup;
    this.stdin = stdinOf(channel);
    this.stdout = new AfterMarker(marker, (group) => this.#started(group));
    this.stderr = new AfterMarker(marker);
    channel.on('error', () => undefined);
    channel.stderr.on('error', () => undefined);
    this.exited = this.#end(lost);
    // Whoever waits for it gets the error; whoever does not is not ended by it.
    this.exited.catch(() => undefined);
    channel.pipe(this.stdout);
    channel.stderr.pipe(this.stderr);
  }

  kill(signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT' = 'SIGTERM'): void {
    const name = signal.slice(3);
    if (this.#group !== '') this.#deliver(name);
    else {
      // Its process id is not known yet: the signal is sent when the id comes.
      this.#pendingSignal = name;
      const timer = setTimeout(() => this.#close(), MARKER_PATIENCE_MS);
      this.#channel.once('close', () => clearTimeout(timer));
    }
  }

  /** The connection is gone. */
  abandon(error: AppError): void {
    this.#abandon(error);
    this.stdout.destroy();
    this.stderr.destroy();
    this.stdin.destroy();
    this.#channel.resume();
    this.#channel.stderr.resume();
  }

  #started(group: string): void {
    this.#group = group;
    if (this.#pendingSignal !== null) this.#deliver(this.#pendingSignal);
  }

  #deliver(name: string): void {
    if (/^\d+$/.test(this.#group)) this.#signalGroup(this.#group, name);
    // A process that was killed may leave others behind that hold the outputs open.
    if (name === 'KILL') this.#close();
  }

  #close(): void {
    this.#channel.close();
    this.#channel.resume();
    this.#channel.stderr.resume();
  }

  async #end(lost: () => AppError | null): Promise<ExitStatus> {
    const closed = closeStatus(this.#channel);
    const abandoned = new Promise<never>((_resolve, reject) => (this.#abandon = reject));
    const read = (stream: AfterMarker): Promise<void> =>
      new Promise((resolve) => stream.once('end', resolve).once('close', resolve));
    const [status] = await Promise.race([Promise.all([closed, read(this.stdout), read(this.stderr)]), abandoned]);
    const reason = lost();
    if (reason && status.code === null && status.signal === null) throw reason;
    return status;
  }
}

/**
 * How a channel's command ended, once the channel has closed. ssh2's `close` event carries what its `exit` event said,
 * which may come in the same packet as the channel itself, before anybody can listen.
 */
export function closeStatus(channel: ClientChannel): Promise<ExitStatus> {
  return new Promise((resolve) => {
    channel.once('close', (code?: number | null, signal?: string) => {
      resolve({ code: code ?? null, signal: signal ?? null });
    });
  });
}

/** Writes to the channel; once that has closed the rest is refused with EPIPE, as by a process on this computer. */
function stdinOf(channel: ClientChannel): Writable {
  const stdin = new PassThrough();
  stdin.on('error', () => undefined);
  stdin.pipe(channel);
  channel.once('close', () => {
    stdin.unpipe(channel);
    if (!stdin.writableFinished) stdin.destroy();
    else stdin.resume();
  });
  return stdin;
}
