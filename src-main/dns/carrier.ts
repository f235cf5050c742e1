import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError } from '../errors/index.ts';
import type { DnsServerAddress, Through, Transport } from './answer.ts';
import type { Reply } from './wire.ts';

export interface SendOptions {
  /** Milliseconds until `ETIMEDOUT`. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** A reply that belongs to the question, and what it took to get it. */
export interface Delivery {
  readonly reply: Reply;
  readonly durationMs: number;
  readonly attempts: number;
  readonly ignored: number;
  readonly replyBytes: number;
}

/**
 * One way to bring a DNS message to a server and its reply back. `read` returns null for packets that do not belong to
 * the question: those are counted and waited past. Raises the system's error (`ECONNREFUSED`, `ENETUNREACH`),
 * `ETIMEDOUT` or `CANCELLED`.
 */
export interface Carrier {
  readonly transport: Transport;
  readonly through: Through;
  send(query: Buffer, read: (bytes: Uint8Array) => Reply | null, options: SendOptions): Promise<Delivery>;
}

/** Milliseconds after which an unanswered datagram is sent again, as resolvers do. */
const RESEND_AFTER_MS = [1000, 2000] as const;

/**
 * Datagrams from a connected socket: the kernel then drops what comes from other addresses and reports a port nobody
 * listens on.
 */
export function udpCarrier(server: DnsServerAddress, resendAfterMs: readonly number[] = RESEND_AFTER_MS): Carrier {
  return {
    transport: 'udp',
    through: 'app',
    send: (query, read, { timeoutMs, signal }) =>
      new Promise<Delivery>((resolve, reject) => {
        const started = performance.now();
        const socket = createSocket(isIPv6(server.address.replace(/%.*$/, '')) ? 'udp6' : 'udp4');
        let attempts = 0;
        let ignored = 0;
        let resend: NodeJS.Timeout | undefined;
        const deadline = setTimeout(() => finish(() => reject(timedOut(server, timeoutMs))), timeoutMs);
        const finish = (settle: () => void): void => {
          clearTimeout(deadline);
          clearTimeout(resend);
          signal?.removeEventListener('abort', cancel);
          socket.removeAllListeners().on('error', () => undefined);
          socket.close();
          settle();
        };
        const fail = (thrown: Error): void => finish(() => reject(thrown));
        const cancel = (): void => fail(cancelled());
        const transmit = (): void => {
          socket.send(query, (thrown) => thrown && fail(thrown));
          const wait = resendAfterMs[attempts];
          attempts += 1;
          if (wait !== undefined) resend = setTimeout(transmit, wait);
        };
        socket.on('error', fail);
        socket.on('message', (bytes) => {
          const reply = read(bytes);
          if (reply === null) ignored += 1;
          else {
            const durationMs = performance.now() - started;
            finish(() => resolve({ reply, durationMs, attempts, ignored, replyBytes: bytes.length }));
          }
        });
        if (signal?.aborted) return cancel();
        signal?.addEventListener('abort', cancel);
        socket.on('connect', transmit);
        socket.connect(server.port, server.address);
      }),
  };
}

/** One question over a TCP connection of its own, each message after two bytes of length (RFC 1035, section 4.2.2). */
export function tcpCarrier(server: DnsServerAddress): Carrier {
  return streamCarrier('app', server, (signal) => {
    const socket = connect({ host: server.address, port: server.port, signal });
    return Promise.resolve(socket);
  });
}

/** DNS over any byte stream, such as an SSH tunnel; `open` may still be connecting when it resolves. */
export function streamCarrier(
  through: Through,
  server: DnsServerAddress,
  open: (signal: AbortSignal) => Promise<Duplex>,
): Carrier {
  return {
    transport: 'tcp',
    through,
    async send(query, read, { timeoutMs, signal }) {
      const started = performance.now();
      const stop = new AbortController();
      const deadline = setTimeout(() => stop.abort(timedOut(server, timeoutMs)), timeoutMs);
      const cancel = (): void => stop.abort(cancelled());
      if (signal?.aborted) cancel();
      signal?.addEventListener('abort', cancel);
      let stream: Duplex | undefined;
      try {
        stop.signal.throwIfAborted();
        stream = await open(stop.signal);
        const answered = await converse(stream, query, read, stop.signal);
        return { ...answered, durationMs: performance.now() - started, attempts: 1 };
      } catch (thrown) {
        throw stop.signal.aborted ? stop.signal.reason : thrown;
      } finally {
        clearTimeout(deadline);
        signal?.removeEventListener('abort', cancel);
        stream?.on('error', () => undefined).destroy();
      }
    },
  };
}

function converse(
  stream: Duplex,
  query: Buffer,
  read: (bytes: Uint8Array) => Reply | null,
  signal: AbortSignal,
): Promise<Pick<Delivery, 'reply' | 'ignored' | 'replyBytes'>> {
  return new Promise((resolve, reject) => {
    let pending = Buffer.alloc(0);
    let ignored = 0;
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    stream.on('error', reject);
    stream.on('close', () => reject(closedEarly()));
    stream.on('end', () => reject(closedEarly()));
    stream.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const length = pending.readUInt16BE(0);
        const reply = read(pending.subarray(2, 2 + length));
        pending = pending.subarray(2 + length);
        if (reply !== null) return resolve({ reply, ignored, replyBytes: length });
        ignored += 1;
      }
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    stream.write(Buffer.concat([length, query]));
  });
}

export function timedOut(server: DnsServerAddress, timeoutMs: number): AppError {
  return new AppError('ETIMEDOUT', `${server.address} did not answer within ${timeoutMs / 1000} s.`);
}

export function cancelled(): AppError {
  return new AppError('CANCELLED', 'Cancelled.');
}

function closedEarly(): AppError {
  return new AppError('ECONNRESET', 'The DNS server closed the connection without an answer.');
}
