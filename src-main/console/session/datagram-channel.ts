import type { Socket } from 'node:dgram';
import { AppError } from '../../errors/index.ts';
import { describeProblem, hostAndPort } from '../problem/index.ts';
import type { Endpoint, Transcript } from '../transcript/index.ts';
import type { Channel, PeerResponder } from './channel.ts';
import type { ConnectionSnapshot } from './session-snapshot.ts';
import { Traffic } from './traffic.ts';

/** The longest payload of one datagram (RFC 768: 65,535 less the headers). */
export const LONGEST_DATAGRAM = 65_507;

/** An address that datagrams come from and go to. UDP has no connection: this only keeps the two apart. */
export class DatagramChannel implements Channel {
  readonly id: number;
  readonly #socket: Socket;
  readonly #transcript: Transcript;
  readonly #remote: Endpoint;
  readonly #connected: boolean;
  readonly #changed: () => void;
  readonly #traffic = new Traffic();
  #responder: PeerResponder | null = null;
  #closed = false;
  #unanswered = false;
  #unsent = 0;
  #lost = 0;

  constructor(options: {
    id: number;
    socket: Socket;
    transcript: Transcript;
    remote: Endpoint;
    /** The socket itself is bound to this peer. */
    connected: boolean;
    onChange: () => void;
  }) {
    this.id = options.id;
    this.#socket = options.socket;
    this.#transcript = options.transcript;
    this.#remote = options.remote;
    this.#connected = options.connected;
    this.#changed = options.onChange;
  }

  answerWith(responder: PeerResponder): void {
    this.#responder = responder;
  }

  /** Records a datagram. UDP cannot be held back: while the disk takes nothing they are counted as lost instead. */
  receive(datagram: Uint8Array): void {
    if (this.#transcript.congested) {
      this.#lose();
      return;
    }
    this.#traffic.received(datagram.length);
    this.#transcript.appendData({ direction: 'received', connection: this.id, bytes: datagram, datagram: true });
    this.setUnanswered(false);
    this.#responder?.received(datagram);
  }

  send(bytes: Uint8Array): number {
    if (this.#closed) {
      throw new AppError('NOT_CONNECTED', 'This socket is closed.', { hint: 'Open it again before sending.' });
    }
    if (bytes.length > LONGEST_DATAGRAM) {
      throw new AppError('TOO_LONG', `One datagram carries at most ${LONGEST_DATAGRAM.toLocaleString('en')} bytes.`, {
        hint: 'Send less at a time, or use TCP.',
      });
    }
    this.#traffic.sent(bytes.length);
    const entry = this.#transcript.appendData({ direction: 'sent', connection: this.id, bytes, datagram: true });
    this.#unsent += bytes.length;
    const done = (error: Error | null): void => {
      this.#unsent -= bytes.length;
      if (error) this.#failed(error);
    };
    if (this.#connected) this.#socket.send(bytes, done);
    else this.#socket.send(bytes, this.#remote.port, this.#remote.address, done);
    return entry;
  }

  endSending(): void {
    throw new AppError('NO_STREAM', 'UDP has no end to send: each datagram stands alone.');
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#traffic.closedAt = Date.now();
    this.#responder?.dispose();
    this.#transcript.appendDetails('close', 'sent', this.id, { by: 'us', text: 'Closed by this side.' });
    this.#changed();
  }

  setUnanswered(unanswered: boolean): void {
    if (this.#unanswered === unanswered || this.#closed) return;
    this.#unanswered = unanswered;
    this.#changed();
  }

  snapshot(): ConnectionSnapshot {
    const { openedAt, closedAt, sentBytes, receivedBytes, lastSentAt, lastReceivedAt } = this.#traffic;
    return {
      id: this.id,
      remote: this.#remote,
      local: null,
      tls: null,
      state: this.#closed ? 'closed' : 'open',
      openedAt,
      closedAt,
      sentBytes,
      receivedBytes,
      lastSentAt,
      lastReceivedAt,
      unsentBytes: this.#unsent,
      unanswered: this.#unanswered,
    };
  }

  #lose(): void {
    this.#lost += 1;
    if (this.#lost > 1) return;
    const stop = this.#transcript.relieved.subscribe(() => {
      stop();
      const text = `${this.#lost} datagrams were lost while the disk took nothing.`;
      this.#lost = 0;
      this.#transcript.appendDetails('note', 'none', this.id, { text });
    });
  }

  #failed(error: Error): void {
    const where = hostAndPort(this.#remote.address, this.#remote.port);
    this.#transcript.appendDetails('error', 'none', this.id, describeProblem(error, { during: 'send', where }));
  }
}
