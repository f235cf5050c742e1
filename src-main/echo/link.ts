import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { describeProblem, hostAndPort, type FailedAttempt, type Problem } from '../console/index.ts';
import { AppError, systemCode } from '../errors/index.ts';
import type { Target } from '../target/target.ts';

const READ_BUFFER = 256 * 1024;

export interface Receiver {
  /** `chunk` holds `length` bytes and is used again afterwards. */
  data(chunk: Buffer, length: number): void;
  /** The other side will send no more. */
  end(): void;
  /** The connection is gone; `error` when it broke. */
  closed(error: Error | null): void;
}

/** A connection made, not yet read from. */
export interface EchoLink {
  readonly stream: Duplex;
  /** Where it leads, `192.168.1.20:1235`, when known. */
  readonly remote: string | null;
  /** Begins to deliver what arrives; what came before is delivered first. */
  start(receiver: Receiver): void;
}

/**
 * Connects straight to the host. Received bytes land in one buffer, so that a round trip allocates nothing. `signal`
 * must not be aborted once the link is open: the socket would be destroyed.
 */
export async function openDirect(host: string, port: number, signal: AbortSignal): Promise<EchoLink> {
  const early: Buffer[] = [];
  let receiver: Receiver | null = null;
  const socket = connect({
    host,
    port,
    signal,
    noDelay: true,
    keepAlive: true,
    onread: {
      buffer: Buffer.allocUnsafe(READ_BUFFER),
      callback: (length, buffer) => {
        if (receiver) receiver.data(buffer as Buffer, length);
        else early.push(Buffer.from(buffer.subarray(0, length)));
        return true;
      },
    },
  });
  await once(socket, 'connect');
  return {
    stream: socket,
    remote: remoteOf(socket),
    start: (given) => {
      receiver = given;
      watchEnd(socket, given);
      for (const chunk of early.splice(0)) given.data(chunk, chunk.length);
    },
  };
}

/** Connects from the device, through its SSH connection. */
export async function openThrough(target: Target, host: string, port: number, signal: AbortSignal): Promise<EchoLink> {
  const stream = await target.connect(host, port, { signal });
  return {
    stream,
    remote: null,
    start: (receiver) => {
      watchEnd(stream, receiver);
      stream.on('data', (chunk: Buffer) => receiver.data(chunk, chunk.length));
    },
  };
}

/** Why the connection could not be made, each address with its own reason when several were tried. */
export function connectProblem(thrown: unknown, host: string, port: number, viaTunnel: boolean): Problem {
  const where = hostAndPort(host, port);
  const attempts = thrown instanceof AggregateError ? thrown.errors.map((one) => attemptOf(one, port)) : [];
  const known = thrown instanceof AggregateError && systemCode(thrown) === undefined ? thrown.errors[0] : thrown;
  if (known instanceof AppError && !viaTunnel) return describeProblem(known, { during: 'connect', where, port });
  return describeProblem(known, { during: viaTunnel ? 'tunnel' : 'connect', where, port, attempts });
}

function attemptOf(thrown: unknown, port: number): FailedAttempt {
  const address = thrown instanceof Error && 'address' in thrown ? String(thrown.address) : '';
  const { code, meaning } = describeProblem(thrown, { during: 'connect', where: hostAndPort(address, port), port });
  return { address, code, meaning };
}

function watchEnd(stream: Duplex, receiver: Receiver): void {
  let failure: Error | null = null;
  stream.on('end', () => receiver.end());
  stream.on('error', (thrown) => {
    failure = thrown;
  });
  stream.on('close', () => receiver.closed(failure));
}

function remoteOf(socket: Socket): string | null {
  const { remoteAddress, remotePort } = socket;
  return remoteAddress === undefined || remotePort === undefined ? null : hostAndPort(remoteAddress, remotePort);
}
