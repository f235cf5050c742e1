import dgram, { type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { hostAndPort } from '../problem/index.ts';
import { responderPeer, type Responder } from './channel.ts';
import { DatagramChannel } from './datagram-channel.ts';
import type { Driver, SessionHost } from './driver.ts';
import { describeListenProblem } from './listen-problem.ts';
import type { UdpListenerOptions } from './session-options.ts';
import type { SessionState } from './session-snapshot.ts';

/** Senders told apart; beyond it the one heard longest ago is forgotten. */
const MOST_SENDERS = 256;

/** Receives datagrams on a port. Each address that sends is a peer that can be answered. */
export class UdpListener implements Driver {
  readonly #host: SessionHost;
  readonly #options: UdpListenerOptions;
  readonly #responder: Responder | null;
  readonly #channels = new Map<string, DatagramChannel>();
  #socket: Socket | null = null;
  #state: SessionState = { kind: 'closed' };

  constructor(host: SessionHost, options: UdpListenerOptions, responder: Responder | null) {
    this.#host = host;
    this.#options = options;
    this.#responder = responder;
  }

  get state(): SessionState {
    return this.#state;
  }

  async start(): Promise<void> {
    if (this.#socket) return;
    const { host, port } = this.#options;
    const socket = dgram.createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    this.#socket = socket;
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.bind({ address: host, port, exclusive: true }, () => {
          socket.off('error', reject);
          resolve();
        });
      });
      this.#bound(socket);
    } catch (thrown) {
      socket.close();
      this.#socket = null;
      const problem = await describeListenProblem(thrown, { transport: 'udp', host, port });
      this.#host.transcript.appendDetails('error', 'none', 0, problem);
      this.#setState({ kind: 'failed', problem });
    }
  }

  async stop(): Promise<void> {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    this.#responder?.dispose();
    this.#host.transcript.appendDetails('note', 'none', 0, { text: 'Stopped listening.' });
    this.#setState({ kind: 'closed' });
  }

  #bound(socket: Socket): void {
    const { address, port } = socket.address();
    const local = { address, port };
    socket.on('message', (datagram, from) => this.#channelOf(socket, from).receive(datagram));
    socket.on('error', (error) => {
      void describeListenProblem(error, { transport: 'udp', ...this.#options }).then((problem) => {
        this.#host.transcript.appendDetails('error', 'none', 0, problem);
      });
    });
    this.#host.transcript.appendDetails('listen', 'none', 0, { local, transport: 'udp' });
    this.#setState({ kind: 'listening', local, refusing: false });
  }

  #channelOf(socket: Socket, from: RemoteInfo): DatagramChannel {
    const key = hostAndPort(from.address, from.port);
    const known = this.#channels.get(key);
    if (known) {
      this.#channels.delete(key);
      this.#channels.set(key, known);
      return known;
    }
    this.#forgetOldest();
    const id = this.#host.nextConnection();
    const remote = { address: from.address, port: from.port };
    const { transcript } = this.#host;
    transcript.appendDetails('accept', 'received', id, { remote, local: null, refused: false });
    const onChange = (): void => this.#host.changed();
    const channel = new DatagramChannel({ id, socket, transcript, remote, connected: false, onChange });
    if (this.#responder) {
      const peer = responderPeer(channel, (problem) => {
        transcript.appendDetails('note', 'none', id, { text: `A reply was not sent: ${problem.message}` });
      });
      channel.answerWith(this.#responder.attach({ ...peer, endSending: () => undefined }));
    }
    this.#channels.set(key, channel);
    this.#host.added(channel);
    return channel;
  }

  #forgetOldest(): void {
    if (this.#channels.size < MOST_SENDERS) return;
    const oldest = this.#channels.entries().next();
    if (oldest.done) return;
    const [key, channel] = oldest.value;
    channel.close();
    this.#channels.delete(key);
  }

  #setState(state: SessionState): void {
    this.#state = state;
    this.#host.changed();
  }
}
