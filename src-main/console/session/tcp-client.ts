import type { Duplex } from 'node:stream';
import { isAbort } from '../../errors/index.ts';
import { describeProblem, hostAndPort, type Activity, type FailedAttempt, type Problem } from '../problem/index.ts';
import type { Endpoint, TlsSummary } from '../transcript/index.ts';
import { backoffMs } from './backoff.ts';
import { dial, DialError, type Resolve } from './dial.ts';
import type { Driver, SessionHost } from './driver.ts';
import { secure, UntrustedCertificate } from './secure.ts';
import type { TcpClientOptions } from './session-options.ts';
import type { SessionState } from './session-snapshot.ts';
import type { SocketReader } from './socket-reader.ts';
import { StreamChannel } from './stream-channel.ts';

/** A connection that lasted this long counts as a success, and the next back-off starts anew. */
const STABLE_MS = 5000;

/** Opens a TCP connection from another machine, by its SSH tunnel. */
export type OpenTunnel = (deviceId: string, host: string, port: number, signal: AbortSignal) => Promise<Duplex>;

export interface TcpClientSurroundings {
  readonly openTunnel: OpenTunnel;
  readonly resolve?: Resolve;
  /** Stretches the back-off; tests shorten it. */
  readonly backoffScale?: number;
}

/** An open stream and what is known of it. */
interface Opened {
  readonly stream: Duplex;
  readonly reader: SocketReader | null;
  readonly remote: Endpoint;
  readonly local: Endpoint | null;
  readonly tls: TlsSummary | null;
  readonly failed: readonly FailedAttempt[];
}

/** Connects to a host and port, and again with growing pauses when asked to. */
export class TcpClient implements Driver {
  readonly #host: SessionHost;
  readonly #options: TcpClientOptions;
  readonly #surroundings: TcpClientSurroundings;
  #state: SessionState = { kind: 'closed' };
  #abort = new AbortController();
  #channel: StreamChannel | null = null;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #openedAt = 0;

  constructor(host: SessionHost, options: TcpClientOptions, surroundings: TcpClientSurroundings) {
    this.#host = host;
    this.#options = options;
    this.#surroundings = surroundings;
  }

  get state(): SessionState {
    return this.#state;
  }

  async start(): Promise<void> {
    if (this.#state.kind === 'connecting' || this.#state.kind === 'open') return;
    clearTimeout(this.#retry);
    this.#abort = new AbortController();
    this.#failures = 0;
    await this.#try();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#retry);
    const wasTrying = this.#state.kind === 'connecting' || this.#state.kind === 'waiting';
    this.#abort.abort();
    if (this.#channel) this.#channel.close();
    else this.#setState({ kind: 'closed' });
    if (wasTrying) this.#host.transcript.appendDetails('note', 'none', 0, { text: 'Stopped trying to connect.' });
  }

  async #try(): Promise<void> {
    const { signal } = this.#abort;
    this.#setState({ kind: 'connecting', attempt: this.#failures + 1 });
    const startedUs = this.#host.transcript.now();
    try {
      const opened = await this.#open(signal);
      if (signal.aborted) opened.stream.destroy();
      else this.#opened(opened, this.#host.transcript.now() - startedUs);
    } catch (thrown) {
      if (signal.aborted || isAbort(thrown)) return;
      this.#failed(thrown);
    }
  }

  async #open(signal: AbortSignal): Promise<Opened> {
    const base = this.#options.through === null ? await this.#openDirect(signal) : await this.#openTunnel(signal);
    const { tls, host, port, connectTimeoutMs } = this.#options;
    if (!tls) return base;
    try {
      const { socket, summary } = await secure(base.stream, {
        ...tls,
        host,
        port,
        timeoutMs: connectTimeoutMs,
        signal,
      });
      return { ...base, stream: socket, reader: null, tls: summary };
    } catch (thrown) {
      base.stream.destroy();
      throw thrown;
    }
  }

  async #openDirect(signal: AbortSignal): Promise<Opened> {
    const { resolve } = this.#surroundings;
    const receiveSize = this.#options.tls ? null : this.#options.receiveSize;
    const { socket, reader, failed } = await dial({ ...this.#options, receiveSize, signal, resolve });
    return {
      stream: socket,
      reader,
      failed,
      tls: null,
      remote: { address: socket.remoteAddress ?? this.#options.host, port: socket.remotePort ?? this.#options.port },
      local: { address: socket.localAddress ?? '', port: socket.localPort ?? 0 },
    };
  }

  async #openTunnel(signal: AbortSignal): Promise<Opened> {
    const { through, host, port } = this.#options;
    const stream = await this.#surroundings.openTunnel(through ?? '', host, port, signal);
    return { stream, reader: null, failed: [], tls: null, remote: { address: host, port }, local: null };
  }

  #opened(opened: Opened, tookUs: number): void {
    const { transcript } = this.#host;
    const { remote, local, tls } = opened;
    const id = this.#host.nextConnection();
    for (const one of opened.failed) {
      transcript.appendDetails('note', 'none', id, { text: `${one.address} did not answer: ${one.meaning}` });
    }
    transcript.appendDetails('connect', 'sent', id, { local, remote, tookUs, tls, through: this.#options.through });
    this.#openedAt = Date.now();
    this.#channel = new StreamChannel({
      ...opened,
      id,
      transcript,
      receiveSize: this.#options.receiveSize,
      closeWhenPeerEnds: this.#options.reconnect,
      onChange: () => this.#host.changed(),
      onClosed: () => this.#closed(),
    });
    this.#setState({ kind: 'open' });
    this.#host.added(this.#channel);
  }

  #closed(): void {
    this.#channel = null;
    if (Date.now() - this.#openedAt >= STABLE_MS) this.#failures = 0;
    if (this.#options.reconnect && !this.#abort.signal.aborted) this.#waitAndRetry(null);
    else this.#setState({ kind: 'closed' });
  }

  #failed(thrown: unknown): void {
    const problem = this.#describe(thrown);
    this.#host.transcript.appendDetails('error', 'none', 0, problem);
    if (this.#options.reconnect) this.#waitAndRetry(problem);
    else this.#setState({ kind: 'failed', problem });
  }

  #describe(thrown: unknown): Problem {
    const { host, port, localPort, through } = this.#options;
    const where = hostAndPort(host, port);
    if (thrown instanceof UntrustedCertificate) {
      const [certificate] = thrown.tls.certificates;
      const shown = certificate ? ` It is for ${certificate.subject}, signed by ${certificate.issuer}.` : '';
      const problem = describeProblem(thrown, { during: 'connect', where });
      return { ...problem, meaning: problem.meaning + shown, certificates: thrown.tls.certificates };
    }
    const during: Activity = thrown instanceof DialError ? thrown.during : through === null ? 'connect' : 'tunnel';
    const attempts = thrown instanceof DialError ? thrown.attempts : [];
    return describeProblem(thrown, { during, where, attempts, localPort });
  }

  #waitAndRetry(problem: Problem | null): void {
    this.#failures += 1;
    const delay = backoffMs(this.#failures, this.#surroundings.backoffScale);
    this.#setState({ kind: 'waiting', attempt: this.#failures, retryAt: Date.now() + delay, problem });
    this.#retry = setTimeout(() => void this.#try(), delay);
  }

  #setState(state: SessionState): void {
    this.#state = state;
    this.#host.changed();
  }
}
