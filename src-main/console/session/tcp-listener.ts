import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import type { AppError } from '../../errors/index.ts';
import type { Endpoint } from '../transcript/index.ts';
import { responderPeer, type Responder } from './channel.ts';
import { KEEPALIVE_MS } from './dial.ts';
import type { Driver, SessionHost } from './driver.ts';
import { describeListenProblem } from './listen-problem.ts';
import type { TcpListenerOptions } from './session-options.ts';
import type { SessionState } from './session-snapshot.ts';
import { StreamChannel } from './stream-channel.ts';

/** Clients served at once; the next one is refused and the transcript says so. */
export const MOST_CLIENTS = 256;

/** Listens on a port. Each client is a channel of its own, and one that leaves never stops the others. */
export class TcpListener implements Driver {
  readonly #host: SessionHost;
  readonly #options: TcpListenerOptions;
  readonly #responder: Responder | null;
  readonly #channels = new Set<StreamChannel>();
  #server: Server | null = null;
  #state: SessionState = { kind: 'closed' };
  #refusing = false;

  constructor(host: SessionHost, options: TcpListenerOptions, responder: Responder | null) {
    this.#host = host;
    this.#options = options;
    this.#responder = responder;
  }

  get state(): SessionState {
    return this.#state;
  }

  async start(): Promise<void> {
    if (this.#server) return;
    const { host, port, backlog, noDelay, keepAlive } = this.#options;
    const server = net.createServer({
      allowHalfOpen: true,
      noDelay,
      keepAlive,
      keepAliveInitialDelay: KEEPALIVE_MS,
    });
    this.#server = server;
    server.on('connection', (socket) => this.#accept(socket));
    try {
      await listening(server, { host, port, backlog, exclusive: true });
      server.on('error', (error) => this.#onLaterError(error));
      const { address, port: actualPort } = server.address() as AddressInfo;
      const local: Endpoint = { address, port: actualPort };
      this.#host.transcript.appendDetails('listen', 'none', 0, { local, transport: 'tcp' });
      this.#setState({ kind: 'listening', local, refusing: this.#refusing });
    } catch (thrown) {
      this.#server = null;
      const problem = await describeListenProblem(thrown, { transport: 'tcp', host, port });
      this.#host.transcript.appendDetails('error', 'none', 0, problem);
      this.#setState({ kind: 'failed', problem });
    }
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = null;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const channel of this.#channels) channel.close();
    await closed;
    this.#responder?.dispose();
    this.#host.transcript.appendDetails('note', 'none', 0, { text: 'Stopped listening.' });
    this.#setState({ kind: 'closed' });
  }

  /** Breaks off every new client at once, or takes them again. Those already there stay. */
  setRefusing(refusing: boolean): void {
    this.#refusing = refusing;
    if (this.#state.kind === 'listening') this.#setState({ ...this.#state, refusing });
  }

  #accept(socket: Socket): void {
    const id = this.#host.nextConnection();
    const remote: Endpoint = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    const local: Endpoint = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    const full = this.#channels.size >= MOST_CLIENTS;
    const refused = this.#refusing || full;
    this.#host.transcript.appendDetails('accept', 'received', id, { remote, local, refused });
    if (refused) {
      socket.on('error', () => socket.destroy());
      socket.resetAndDestroy();
      this.#host.changed();
      return;
    }
    this.#serve(id, socket, remote, local);
  }

  #serve(id: number, stream: Socket, remote: Endpoint, local: Endpoint): void {
    const responder = this.#responder;
    const channel = new StreamChannel({
      id,
      stream,
      remote,
      local,
      tls: null,
      reader: null,
      transcript: this.#host.transcript,
      receiveSize: this.#options.receiveSize,
      closeWhenPeerEnds: false,
      onChange: () => this.#host.changed(),
      onClosed: (closed) => {
        this.#channels.delete(closed);
        this.#host.changed();
      },
    });
    this.#channels.add(channel);
    if (responder)
      channel.answerWith(responder.attach(responderPeer(channel, (problem) => this.#noteProblem(id, problem))));
    this.#host.added(channel);
    this.#host.changed();
  }

  #noteProblem(id: number, problem: AppError): void {
    this.#host.transcript.appendDetails('note', 'none', id, { text: `A reply was not sent: ${problem.message}` });
  }

  #onLaterError(error: Error): void {
    const { host, port } = this.#options;
    void describeListenProblem(error, { transport: 'tcp', host, port }).then((problem) => {
      this.#host.transcript.appendDetails('error', 'none', 0, problem);
    });
  }

  #setState(state: SessionState): void {
    this.#state = state;
    this.#host.changed();
  }
}

function listening(server: Server, options: net.ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
