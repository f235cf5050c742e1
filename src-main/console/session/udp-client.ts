import dgram, { type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { describeProblem, hostAndPort, type Activity, type FailedAttempt } from '../problem/index.ts';
import { interleaveFamilies } from './address-order.ts';
import { DatagramChannel } from './datagram-channel.ts';
import { resolveBySystem, type Resolve } from './dial.ts';
import type { Driver, SessionHost } from './driver.ts';
import type { UdpClientOptions } from './session-options.ts';
import type { SessionState } from './session-snapshot.ts';

/** Sends datagrams to the first address of a host that there is a way to, and receives what it answers. */
export class UdpClient implements Driver {
  readonly #host: SessionHost;
  readonly #options: UdpClientOptions;
  readonly #resolve: Resolve;
  #socket: Socket | null = null;
  #channel: DatagramChannel | null = null;
  #state: SessionState = { kind: 'closed' };

  constructor(host: SessionHost, options: UdpClientOptions, resolve: Resolve = resolveBySystem) {
    this.#host = host;
    this.#options = options;
    this.#resolve = resolve;
  }

  get state(): SessionState {
    return this.#state;
  }

  async start(): Promise<void> {
    if (this.#state.kind === 'open' || this.#state.kind === 'connecting') return;
    this.#setState({ kind: 'connecting', attempt: 1 });
    let during: Activity = 'look-up';
    const attempts: FailedAttempt[] = [];
    const startedUs = this.#host.transcript.now();
    try {
      const found = interleaveFamilies(await this.#resolve(this.#options.host, this.#options.family));
      if (found.length === 0) throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' });
      during = 'connect';
      const address = await this.#connectToFirst(
        found.map((one) => one.address),
        attempts,
      );
      this.#opened(address, attempts, startedUs);
    } catch (thrown) {
      const { host, port, localPort } = this.#options;
      const problem = describeProblem(thrown, { during, where: hostAndPort(host, port), attempts, localPort });
      this.#host.transcript.appendDetails('error', 'none', 0, problem);
      this.#setState({ kind: 'failed', problem });
    }
  }

  stop(): Promise<void> {
    this.#channel?.close();
    this.#channel = null;
    const socket = this.#socket;
    this.#socket = null;
    this.#setState({ kind: 'closed' });
    return socket ? new Promise((resolve) => socket.close(() => resolve())) : Promise.resolve();
  }

  /** The first address the system has a way to; those before it go into `failed`. Raises the last one's error. */
  async #connectToFirst(addresses: readonly string[], failed: FailedAttempt[]): Promise<string> {
    let last: unknown;
    for (const address of addresses) {
      try {
        await this.#connect(address);
        return address;
      } catch (thrown) {
        this.#socket?.close();
        this.#socket = null;
        const { port, localPort } = this.#options;
        const where = hostAndPort(address, port);
        const { code, meaning } = describeProblem(thrown, { during: 'connect', where, localPort });
        failed.push({ address, code, meaning });
        last = thrown;
      }
    }
    throw last;
  }

  async #connect(address: string): Promise<void> {
    const { port, localPort } = this.#options;
    const socket = dgram.createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(localPort ?? 0, () => {
        // With a callback, a connect that fails is told to it and not as an event.
        socket.connect(port, address, (error?: Error | null) => {
          socket.off('error', reject);
          if (error) reject(error);
          else resolve();
        });
      });
    });
  }

  #opened(address: string, failed: readonly FailedAttempt[], startedUs: number): void {
    const socket = this.#socket;
    if (!socket) return;
    const { transcript } = this.#host;
    const id = this.#host.nextConnection();
    const remote = { address, port: this.#options.port };
    const { address: localAddress, port: localPort } = socket.address();
    const local = { address: localAddress, port: localPort };
    const tookUs = transcript.now() - startedUs;
    for (const one of failed) {
      transcript.appendDetails('note', 'none', id, { text: `${one.address} cannot be used: ${one.meaning}` });
    }
    transcript.appendDetails('connect', 'sent', id, { local, remote, tookUs, tls: null, through: null });
    const channel = new DatagramChannel({
      id,
      socket,
      transcript,
      remote,
      connected: true,
      onChange: () => this.#host.changed(),
    });
    socket.on('message', (datagram) => channel.receive(datagram));
    // A port that nothing listens on answers by ICMP, which arrives here as ECONNREFUSED; the socket stays usable.
    socket.on('error', (error) => {
      const where = hostAndPort(remote.address, remote.port);
      transcript.appendDetails('error', 'none', id, describeProblem(error, { during: 'receive', where }));
    });
    this.#channel = channel;
    this.#setState({ kind: 'open' });
    this.#host.added(channel);
  }

  #setState(state: SessionState): void {
    this.#state = state;
    this.#host.changed();
  }
}
