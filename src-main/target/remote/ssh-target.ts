import type { Duplex } from 'node:stream';
import { AppError } from '../../errors/index.ts';
import { Signal, type Observable } from '../../events/index.ts';
import type { SshConnection } from '../../ssh/index.ts';
import { codeOfTunnelFailure, connectError } from '../connect-error.ts';
import { commandLine, quote } from '../quote.ts';
import { abortError, asText, runToEnd, type RawResult } from '../run-to-end.ts';
import { markedCommandLine, newStartMarker } from '../start-marker.ts';
import { runSudo, type SudoOptions } from '../sudo.ts';
import type {
  Command,
  ExecOptions,
  ExecResult,
  RunningProcess,
  Target,
  TargetState,
  TerminalOptions,
  TerminalProcess,
  UploadFile,
  UploadOptions,
} from '../target.ts';
import { ChannelStream } from './channel-stream.ts';
import { Channels, type ChannelKind } from './channels.ts';
import { disconnection } from './disconnection.ts';
import { RemoteProcess } from './remote-process.ts';
import { terminalOf } from './remote-terminal.ts';
import { uploadThere } from './upload-there.ts';

export interface SshTargetOptions {
  readonly deviceId: string;
  readonly connection: SshConnection;
  readonly user: string;
  /** As the person knows the machine: its host name or address as typed. */
  readonly host: string;
}

const NOT_THERE = 44;
const END_PATIENCE_MS = 2_000;

/** A machine one is signed in to over SSH. */
export class SshTarget implements Target {
  readonly deviceId: string;
  readonly kind = 'ssh';
  readonly name: string;
  readonly address: string;
  readonly user: string;
  readonly #connection: SshConnection;
  readonly #channels: Channels;
  readonly #stateChanges = new Signal<TargetState>();
  readonly #processes = new Set<RemoteProcess>();
  readonly #streams = new Set<ChannelStream>();
  #state: TargetState = { kind: 'connected' };
  #lost: AppError | null = null;
  #leaving = false;
  #home: Promise<string> | undefined;

  constructor({ deviceId, connection, user, host }: SshTargetOptions) {
    this.deviceId = deviceId;
    this.name = `${user}@${host}`;
    this.address = connection.address;
    this.user = user;
    this.#connection = connection;
    this.#channels = new Channels(connection.client, () => this.#lost);
    connection.client.once('close', () => this.#whenClosed());
    if (connection.socket.destroyed) this.#whenClosed();
  }

  get state(): TargetState {
    return this.#state;
  }

  get stateChanges(): Observable<TargetState> {
    return this.#stateChanges;
  }

  async exec(command: Command, options: ExecOptions = {}): Promise<ExecResult> {
    return asText(await this.#run(command, options));
  }

  sudo(command: Command, options: SudoOptions = {}): Promise<ExecResult> {
    return runSudo((inner, spawnOptions) => this.#start(inner, 'short', spawnOptions.signal), command, options);
  }

  spawn(command: Command, options: { readonly signal?: AbortSignal } = {}): Promise<RunningProcess> {
    return this.#start(command, 'long', options.signal);
  }

  async terminal({ columns, rows, argv }: TerminalOptions): Promise<TerminalProcess> {
    const command = argv === undefined ? undefined : `exec ${commandLine(argv)}`;
    const channel = await this.#channels.terminal({ columns, rows, command });
    const stream = this.#track(new ChannelStream(channel));
    return terminalOf(channel, stream, () => this.#lost);
  }

  upload(files: readonly UploadFile[], options: UploadOptions = {}): Promise<void> {
    return uploadThere(
      {
        name: this.name,
        sftp: (signal) => this.#channels.sftp(signal),
        spawn: (command, signal) => this.#start(command, 'short', signal),
        exec: (command, execOptions) => this.exec(command, execOptions),
        lost: () => this.#lost,
      },
      files,
      options,
    );
  }

  async readFile(path: string): Promise<Uint8Array | null> {
    const file = quote(path);
    const result = await this.#run({ script: `[ -e ${file} ] || exit ${NOT_THERE}\nexec cat -- ${file}` }, {});
    if (result.code === 0) return result.stdout;
    if (result.code === NOT_THERE) return null;
    throw new AppError('READ_FAILED', `The file ${path} cannot be read on ${this.name}.`, {
      hint: 'Check its permissions.',
      cause: result.stderr.toString('utf8').trim(),
    });
  }

  home(): Promise<string> {
    this.#home ??= this.#askHome();
    this.#home.catch(() => (this.#home = undefined));
    return this.#home;
  }

  connect(host: string, port: number, options: { readonly signal?: AbortSignal } = {}): Promise<Duplex> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      const refused = this.#lost ?? (signal?.aborted ? abortError(signal) : null);
      if (refused) {
        reject(refused);
        return;
      }
      const onAbort = (): void => reject(abortError(signal));
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#connection.client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
        signal?.removeEventListener('abort', onAbort);
        if (error) reject(this.#lost ?? tunnelError(error, host, port));
        else if (signal?.aborted) channel.close();
        else resolve(this.#track(new ChannelStream(channel)));
      });
    });
  }

  async dispose(): Promise<void> {
    this.#leaving = true;
    const { client, socket } = this.#connection;
    if (this.#lost) return;
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.end();
    const timer = setTimeout(() => socket.destroy(), END_PATIENCE_MS);
    await closed;
    clearTimeout(timer);
  }

  async #run(command: Command, options: ExecOptions): Promise<RawResult> {
    return runToEnd(await this.#start(command, 'short', options.signal), options);
  }

  async #start(command: Command, kind: ChannelKind, signal?: AbortSignal): Promise<RunningProcess> {
    const marker = newStartMarker();
    const channel = await this.#channels.exec(markedCommandLine(command, marker), kind, signal);
    const running = new RemoteProcess({
      channel,
      marker,
      lost: () => this.#lost,
      signalGroup: (group, name) => void this.#signal(group, name),
    });
    this.#processes.add(running);
    const onAbort = (): void => running.kill('SIGTERM');
    signal?.addEventListener('abort', onAbort, { once: true });
    const done = (): void => {
      signal?.removeEventListener('abort', onAbort);
      this.#processes.delete(running);
    };
    running.exited.then(done, done);
    return running;
  }

  async #signal(group: string, name: string): Promise<void> {
    try {
      const kill = `kill -s ${name} -- -${group} 2>/dev/null || kill -s ${name} ${group}`;
      const channel = await this.#channels.execNow(`exec /bin/sh -c ${quote(kill)}`);
      channel.on('error', () => undefined).resume();
      channel.stderr.resume();
      channel.end();
    } catch (thrown) {
      // A connection that is gone ends what ran over it; a server with no place left for this lets it run on.
      AppError.from(thrown);
    }
  }

  #track(stream: ChannelStream): ChannelStream {
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
    return stream;
  }

  async #askHome(): Promise<string> {
    const { stdout } = await this.exec({ script: 'cd && pwd' });
    const home = stdout.replace(/\n$/, '');
    if (home.startsWith('/')) return home;
    throw new AppError('NO_HOME', `The user ${this.user} has no home folder on the device.`, {
      hint: 'Sign in as a user who has one.',
    });
  }

  #whenClosed(): void {
    if (this.#lost) return;
    const { lastError } = this.#connection;
    this.#lost = disconnection(this.name, this.#leaving, lastError());
    this.#channels.abandon();
    for (const running of this.#processes) running.abandon(this.#lost);
    for (const stream of this.#streams) stream.destroy(this.#lost);
    const { code, message, hint } = this.#lost;
    this.#state = { kind: 'disconnected', code, message, hint };
    this.#stateChanges.emit(this.#state);
  }
}

function tunnelError(error: Error, host: string, port: number): AppError {
  const reason = 'reason' in error ? (error.reason as number | string) : undefined;
  const description = error.message.replace(/^\(SSH\) Channel open failure: /, '');
  return connectError(codeOfTunnelFailure(reason, description), host, port, error);
}
