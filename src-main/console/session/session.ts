import { AppError } from '../../errors/index.ts';
import { makeResponder } from '../responder/index.ts';
import type { Transcript } from '../transcript/index.ts';
import { responderPeer, type Channel, type Responder, type ResponderPeer } from './channel.ts';
import type { Driver, SessionHost } from './driver.ts';
import { HeartbeatTimer } from './heartbeat-timer.ts';
import { RepeatTimer, type RepeatOptions } from './repeat-timer.ts';
import { sendFile, type SendFileOptions } from './send-file.ts';
import type { ResponderOptions, SessionOptions } from './session-options.ts';
import type { ConnectionSnapshot, RecordingStall, RepeatSnapshot, SessionState } from './session-snapshot.ts';
import { StreamChannel } from './stream-channel.ts';
import { TcpClient, type TcpClientSurroundings } from './tcp-client.ts';
import { TcpListener } from './tcp-listener.ts';
import { UdpClient } from './udp-client.ts';
import { UdpListener } from './udp-listener.ts';

/** Closed connections that stay listed. */
const CLOSED_LISTED = 50;

/** Every open connection of a session, or one by its number. */
export type Recipient = 'all' | number;

/** A live session: sockets of one kind, their connections, and the transcript of all that crosses them. */
export class Session implements SessionHost {
  readonly transcript: Transcript;
  readonly options: SessionOptions;
  readonly #driver: Driver;
  readonly #channels = new Map<number, Channel>();
  readonly #heartbeat: HeartbeatTimer | null;
  readonly #onChange: () => void;
  readonly #scripted: Responder | null;
  #connections = 0;
  #repeat: RepeatTimer | null = null;
  #wakeWhenChanged: (() => void) | null = null;

  /**
   * Raises `BAD_RULE` and `BAD_PAYLOAD` for options that cannot be used. `scripted` plays to each peer instead of the
   * responder of the options, such as a replay.
   */
  constructor(
    options: SessionOptions,
    transcript: Transcript,
    surroundings: TcpClientSurroundings,
    onChange: () => void,
    scripted: Responder | null = null,
  ) {
    this.options = options;
    this.transcript = transcript;
    this.#onChange = onChange;
    this.#scripted = scripted;
    this.#heartbeat =
      'heartbeat' in options && options.heartbeat ? new HeartbeatTimer(options.heartbeat, transcript) : null;
    this.#driver = this.#makeDriver(options, surroundings);
    transcript.stalls.subscribe(() => this.changed());
  }

  get state(): SessionState {
    return this.#driver.state;
  }

  get connectionCount(): number {
    return this.#connections;
  }

  get connections(): ConnectionSnapshot[] {
    return [...this.#channels.values()].map((channel) => channel.snapshot());
  }

  get repeat(): RepeatSnapshot | null {
    return this.#repeat?.snapshot ?? null;
  }

  get stall(): RecordingStall | null {
    const code = this.transcript.stall?.code;
    return code === undefined ? null : { code, text: stallText(code) };
  }

  /** Connects or listens, again if need be. */
  async start(): Promise<void> {
    await this.#driver.start();
  }

  /** Closes every connection and stops trying or listening. */
  async stop(): Promise<void> {
    this.stopRepeat();
    this.#heartbeat?.stop();
    this.#scripted?.dispose();
    await this.#driver.stop();
  }

  /** Settles when every connection is closed; each closes within seconds of `stop()`. */
  async allClosed(): Promise<void> {
    while (this.connections.some(({ state }) => state !== 'closed')) {
      await new Promise<void>((resolve) => {
        this.#wakeWhenChanged = resolve;
      });
    }
  }

  /** Sends to one connection or to each open one; raises `NOT_CONNECTED` when there is none. Returns how many got it. */
  send(bytes: Uint8Array, to: Recipient): number {
    const problems: AppError[] = [];
    const channels = this.#recipients(to);
    for (const channel of channels) {
      try {
        channel.send(bytes);
      } catch (thrown) {
        problems.push(AppError.from(thrown));
      }
    }
    const [problem] = problems;
    if (problem && problems.length === channels.length) throw problem;
    return channels.length - problems.length;
  }

  /** Streams a file to one TCP connection. Returns the bytes sent. */
  async sendFile(to: Recipient, options: SendFileOptions): Promise<number> {
    const [channel, another] = this.#recipients(to);
    if (another) {
      throw new AppError('ONE_CONNECTION', 'A file goes to one connection at a time.', { hint: 'Choose the client.' });
    }
    if (!(channel instanceof StreamChannel)) {
      throw new AppError('NO_STREAM', 'A file can be sent over TCP only.', {
        hint: 'UDP would lose or reorder parts.',
      });
    }
    return sendFile(channel, this.transcript, options);
  }

  endSending(to: Recipient): void {
    for (const channel of this.#recipients(to)) channel.endSending();
  }

  closeConnection(id: number): void {
    this.#channels.get(id)?.close();
  }

  /** Breaks a TCP connection off with a reset. */
  resetConnection(id: number): void {
    const channel = this.#channels.get(id);
    if (channel instanceof StreamChannel) channel.reset();
    else channel?.close();
  }

  setRefusing(refusing: boolean): void {
    if (this.#driver instanceof TcpListener) this.#driver.setRefusing(refusing);
  }

  /** Sends now and then every so often; stops when nothing is connected any more. */
  startRepeat(bytes: Uint8Array, to: Recipient, options: RepeatOptions): void {
    this.stopRepeat();
    const repeat = new RepeatTimer(
      options,
      () => {
        this.send(bytes, to);
        this.changed();
      },
      (problem) => this.#repeatEnded(problem),
    );
    this.#repeat = repeat;
    repeat.start();
  }

  stopRepeat(): void {
    if (!this.#repeat) return;
    this.#repeat.stop();
    this.#repeat = null;
    this.changed();
  }

  nextConnection(): number {
    this.#connections += 1;
    return this.#connections;
  }

  added(channel: Channel): void {
    this.#channels.set(channel.id, channel);
    if (this.#scripted) channel.answerWith(this.#scripted.attach(this.#scriptedPeer(channel)));
    this.#forgetClosed();
    this.#heartbeat?.start(channel);
    this.changed();
  }

  changed(): void {
    this.#stopRepeatWithoutPeer();
    this.#wakeWhenChanged?.();
    this.#onChange();
  }

  /** A peer that has ended is most likely gone, so nothing is sent to it again and again. */
  #stopRepeatWithoutPeer(): void {
    if (!this.#repeat || this.connections.some(({ state }) => state === 'open')) return;
    this.#repeat.stop();
    this.#repeat = null;
    const why = this.connections.some(({ state }) => state !== 'closed')
      ? 'one side has ended'
      : 'nothing is connected any more';
    this.transcript.appendDetails('note', 'none', 0, { text: `Repeating stopped: ${why}.` });
  }

  #scriptedPeer(channel: Channel): ResponderPeer {
    return responderPeer(channel, (problem) => {
      this.transcript.appendDetails('note', 'none', channel.id, { text: problem.message });
    });
  }

  #repeatEnded(problem: AppError | null): void {
    this.#repeat = null;
    if (problem) this.transcript.appendDetails('note', 'none', 0, { text: `Repeating stopped: ${problem.message}` });
    this.changed();
  }

  #recipients(to: Recipient): Channel[] {
    const channels = to === 'all' ? this.#openChannels() : [...this.#channels.values()].filter(({ id }) => id === to);
    if (channels.length > 0) return channels;
    throw new AppError('NOT_CONNECTED', 'Nothing is connected, so nothing was sent.', {
      hint: this.options.kind.endsWith('listener') ? 'Wait for a client.' : 'Connect first.',
    });
  }

  #openChannels(): Channel[] {
    return [...this.#channels.values()].filter((channel) => isSendable(channel.snapshot()));
  }

  #forgetClosed(): void {
    const closed = [...this.#channels.values()].filter((channel) => channel.snapshot().state === 'closed');
    for (const channel of closed.slice(0, Math.max(0, closed.length - CLOSED_LISTED)))
      this.#channels.delete(channel.id);
  }

  #makeDriver(options: SessionOptions, surroundings: TcpClientSurroundings): Driver {
    const onProblem = (problem: AppError): void => {
      this.transcript.appendDetails('note', 'none', 0, { text: problem.message });
    };
    const responder = (chosen: ResponderOptions) => (this.#scripted ? null : makeResponder(chosen, onProblem));
    switch (options.kind) {
      case 'tcp-client':
        return new TcpClient(this, options, surroundings);
      case 'tcp-listener':
        return new TcpListener(this, options, responder(options.responder));
      case 'udp-client':
        return new UdpClient(this, options, surroundings.resolve);
      case 'udp-listener':
        return new UdpListener(this, options, responder(options.responder));
    }
  }
}

function isSendable({ state }: ConnectionSnapshot): boolean {
  return state === 'open' || state === 'peer-ended';
}

function stallText(code: string): string {
  if (code === 'ENOSPC') return 'The disk is full. Reading has stopped and goes on as soon as there is room.';
  if (code === 'EDQUOT') return 'Your disk quota is used up. Reading has stopped and goes on when there is room.';
  return `The disk does not take the transcript (${code}). Reading has stopped and goes on when it does.`;
}
