import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError } from '../../errors/index.ts';
import { describeProblem, hostAndPort } from '../problem/index.ts';
import type { Endpoint, EntryDetails, Slab, TlsSummary, Transcript } from '../transcript/index.ts';
import type { Channel, PeerResponder } from './channel.ts';
import type { ConnectionSnapshot, ConnectionState } from './session-snapshot.ts';
import type { SocketReader } from './socket-reader.ts';
import { Traffic } from './traffic.ts';

/** Bytes that may wait for a peer that does not read before more is refused. */
const MOST_UNSENT_BYTES = 16 * 1024 * 1024;
/** Bytes of replies waiting at which a responder's peer is no longer read from. */
const REPLY_PAUSE_BYTES = 1024 * 1024;
/** Milliseconds a closing connection may take to send what waits. */
const CLOSE_LIMIT_MS = 2000;

export interface StreamChannelOptions {
  readonly id: number;
  readonly stream: Duplex;
  readonly transcript: Transcript;
  readonly remote: Endpoint;
  readonly local: Endpoint | null;
  readonly tls: TlsSummary | null;
  /** Reads without copies; null to read through the stream. */
  readonly reader: SocketReader | null;
  /** Largest chunk; what the stream gives beyond it is cut, as a smaller `recv` would. */
  readonly receiveSize: number;
  /** Closes our side as soon as the peer has ended and everything is sent. */
  readonly closeWhenPeerEnds: boolean;
  readonly onChange: () => void;
  readonly onClosed: (channel: StreamChannel) => void;
}

type CloseBy = EntryDetails['close']['by'];

/** A TCP connection, TLS or not, direct or through a tunnel, that records everything it carries. */
export class StreamChannel implements Channel {
  readonly id: number;
  readonly #options: StreamChannelOptions;
  readonly #stream: Duplex;
  readonly #traffic = new Traffic();
  #responder: PeerResponder | null = null;
  #peerEnded = false;
  #weEnded = false;
  #closed = false;
  #closeBy: CloseBy | null = null;
  #unanswered = false;
  #closeTimer: NodeJS.Timeout | undefined;
  readonly #stopWaiting: () => void;

  constructor(options: StreamChannelOptions) {
    this.#options = options;
    this.id = options.id;
    this.#stream = options.stream;
    if (options.reader) options.reader.sink = (chunk, slab) => this.#receive(chunk, slab);
    else options.stream.on('data', (chunk: Buffer) => this.#receiveInPieces(chunk));
    options.stream.on('end', () => this.#onEnd());
    options.stream.on('error', (error) => this.#onError(error));
    options.stream.on('close', () => this.#onClose());
    options.stream.on('drain', () => this.#resumeReading());
    this.#stopWaiting = options.transcript.relieved.subscribe(() => this.#resumeReading());
    if (options.transcript.congested) options.stream.pause();
  }

  answerWith(responder: PeerResponder): void {
    this.#responder = responder;
  }

  get state(): ConnectionState {
    if (this.#closed) return 'closed';
    if (this.#peerEnded) return 'peer-ended';
    return this.#weEnded ? 'we-ended' : 'open';
  }

  /** Bytes handed over that the system has not taken. */
  get unsentBytes(): number {
    return this.#closed ? 0 : this.#stream.writableLength;
  }

  send(bytes: Uint8Array): number {
    this.requireSendable();
    const entry = this.#record(bytes, null);
    this.#stream.write(bytes);
    return entry;
  }

  /** Like `send`, for bytes in a slab, which is held until both the disk and the peer have them. */
  sendFromSlab(bytes: Uint8Array, slab: Slab, sent: (error?: Error | null) => void): void {
    this.requireSendable();
    this.#record(bytes, slab);
    slab.retain();
    this.#stream.write(bytes, (error) => {
      slab.release();
      sent(error);
    });
  }

  /** Raises `NOT_CONNECTED`, `SENDING_ENDED` or `SEND_QUEUE_FULL` where nothing can be sent. */
  requireSendable(): void {
    if (this.#closed || this.#closeBy) {
      throw new AppError('NOT_CONNECTED', 'This connection is closed.', { hint: 'Connect again before sending.' });
    }
    if (this.#weEnded) {
      throw new AppError('SENDING_ENDED', 'This side has said that it sends nothing more.', {
        hint: 'Disconnect and connect again to send.',
      });
    }
    if (this.#stream.writableLength > MOST_UNSENT_BYTES) {
      throw new AppError('SEND_QUEUE_FULL', 'The other side does not read: too much waits to be sent.', {
        hint: 'Wait until it reads again, or disconnect.',
      });
    }
  }

  endSending(): void {
    if (this.#closed || this.#weEnded) return;
    this.#weEnded = true;
    const unsentBytes = this.#stream.writableLength;
    this.#options.transcript.appendDetails('half-close', 'sent', this.id, { unsentBytes });
    this.#stream.end();
    this.#options.onChange();
  }

  close(): void {
    if (this.#closed || this.#closeBy) return;
    if (!this.#weEnded) this.#responder?.closing?.();
    this.#closeBy = 'us';
    if (this.#stream.writableFinished) {
      this.#stream.destroy();
      return;
    }
    this.#stream.end(() => this.#stream.destroy());
    this.#closeTimer = setTimeout(() => this.#stream.destroy(), CLOSE_LIMIT_MS);
  }

  /** Breaks the connection off: the peer sees a reset and no end. */
  reset(): void {
    if (this.#closed) return;
    this.#closeBy = 'reset';
    if (isSocket(this.#stream)) this.#stream.resetAndDestroy();
    else this.#stream.destroy();
  }

  /** Notes whether the last heartbeat was answered. */
  setUnanswered(unanswered: boolean): void {
    if (this.#unanswered === unanswered || this.#closed) return;
    this.#unanswered = unanswered;
    this.#options.onChange();
  }

  snapshot(): ConnectionSnapshot {
    const { remote, local, tls } = this.#options;
    const { openedAt, closedAt, sentBytes, receivedBytes, lastSentAt, lastReceivedAt } = this.#traffic;
    return {
      id: this.id,
      remote,
      local,
      tls,
      state: this.state,
      openedAt,
      closedAt,
      sentBytes,
      receivedBytes,
      lastSentAt,
      lastReceivedAt,
      unsentBytes: this.unsentBytes,
      unanswered: this.#unanswered,
    };
  }

  #record(bytes: Uint8Array, slab: Slab | null): number {
    this.#traffic.sent(bytes.length);
    return this.#options.transcript.appendData({ direction: 'sent', connection: this.id, bytes, slab });
  }

  #receiveInPieces(chunk: Buffer): void {
    const { receiveSize } = this.#options;
    for (let at = 0; at < chunk.length; at += receiveSize) this.#receive(chunk.subarray(at, at + receiveSize), null);
  }

  #receive(chunk: Uint8Array, slab: Slab | null): void {
    const { transcript } = this.#options;
    this.#traffic.received(chunk.length);
    transcript.appendData({ direction: 'received', connection: this.id, bytes: chunk, slab });
    this.setUnanswered(false);
    this.#responder?.received(chunk);
    if (this.#mustWait()) this.#stream.pause();
  }

  /** Reading waits for the disk, and for a peer that does not take the replies it caused. */
  #mustWait(): boolean {
    if (this.#options.transcript.congested) return true;
    return this.#responder !== null && this.#stream.writableLength > REPLY_PAUSE_BYTES;
  }

  #resumeReading(): void {
    if (!this.#closed && this.#stream.isPaused() && !this.#mustWait()) this.#stream.resume();
  }

  #onEnd(): void {
    if (this.#peerEnded || this.#closeBy) return;
    this.#peerEnded = true;
    const { transcript, closeWhenPeerEnds, onChange } = this.#options;
    transcript.appendDetails('half-close', 'received', this.id, { unsentBytes: this.#stream.writableLength });
    this.#responder?.ended();
    if (closeWhenPeerEnds) this.endSending();
    onChange();
  }

  #onError(error: Error): void {
    if (this.#closed) return;
    const { remote, transcript } = this.#options;
    const where = hostAndPort(remote.address, remote.port);
    const during = 'syscall' in error && error.syscall === 'write' ? 'send' : 'receive';
    transcript.appendDetails('error', 'none', this.id, describeProblem(error, { during, where }));
    this.#closeBy ??= 'error';
  }

  #onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#closeTimer);
    this.#stopWaiting();
    this.#traffic.closedAt = Date.now();
    this.#responder?.dispose();
    const by = this.#closeBy ?? 'peer';
    this.#options.transcript.appendDetails('close', closeDirection(by), this.id, { by, text: CLOSE_TEXT[by] });
    this.#options.reader?.dispose();
    this.#options.onClosed(this);
  }
}

const CLOSE_TEXT: Readonly<Record<CloseBy, string>> = {
  us: 'Closed by this side.',
  peer: 'Closed: both sides have ended.',
  error: 'Closed after the error above.',
  reset: 'Broken off by this side (reset).',
};

function closeDirection(by: CloseBy): 'sent' | 'received' | 'none' {
  if (by === 'us' || by === 'reset') return 'sent';
  return by === 'peer' ? 'received' : 'none';
}

function isSocket(stream: Duplex): stream is Socket {
  return 'resetAndDestroy' in stream;
}
