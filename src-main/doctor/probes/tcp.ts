import { connect, type Socket } from 'node:net';
import { AppError, systemCode } from '../../errors/index.ts';
import type { BannerFacts } from '../interpret/ssh.ts';

export interface TcpOutcome {
  /** Empty when it opened; `ETIMEDOUT` after the time-out, otherwise the system's code. */
  readonly code: string;
  readonly durationMs: number;
  /** The open connection; the caller ends it. */
  readonly socket: Socket | null;
}

/** Opens a TCP connection and tells how it went. Raises only `CANCELLED`. */
export function tryTcp(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<TcpOutcome> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(AppError.from(signal.reason));
    const socket = connect({ host, port, noDelay: true });
    const settle = (action: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      action();
    };
    const give = (code: string): void =>
      settle(() => {
        if (code !== '') socket.destroy();
        resolve({ code, durationMs: performance.now() - started, socket: code === '' ? socket : null });
      });
    const abort = (): void =>
      settle(() => {
        socket.destroy();
        reject(new AppError('CANCELLED', 'Cancelled.'));
      });
    const timer = setTimeout(() => give('ETIMEDOUT'), timeoutMs);
    signal.addEventListener('abort', abort, { once: true });
    // The listener stays: a reset that comes late must not end the process.
    socket.on('error', (thrown) => give(codeOf(thrown)));
    socket.once('connect', () => give(''));
  });
}

function codeOf(thrown: Error): string {
  const errors: unknown[] = thrown instanceof AggregateError ? thrown.errors : [thrown];
  const codes = errors.flatMap((one) => systemCode(one) ?? []);
  return codes.find((code) => code === 'ECONNREFUSED') ?? codes[0] ?? 'ECONNFAILED';
}

/** RFC 4253, 4.2: lines may come before the identification, each of at most 255 bytes. */
const MOST_BYTES = 8 * 1024;

/** Waits for what the far side says first, and ends the connection. Raises only `CANCELLED`. */
export function readBanner(
  socket: Socket,
  { port, timeoutMs, signal }: { readonly port: number; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<BannerFacts> {
  return new Promise((resolve, reject) => {
    let received = '';
    const end = (action: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.removeAllListeners('data');
      socket.destroy();
      action();
    };
    const give = (kind: BannerFacts['kind'], line = firstLine(received)): void =>
      end(() => resolve({ port, kind, line, waitedMs: timeoutMs }));
    const abort = (): void => end(() => reject(new AppError('CANCELLED', 'Cancelled.')));
    const timer = setTimeout(() => give(received === '' ? 'silent' : 'other'), timeoutMs);
    signal.addEventListener('abort', abort, { once: true });
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      const found = /^(SSH-[^\r\n]*)\r?\n/m.exec(received)?.[1];
      if (found !== undefined) give('identified', printable(found));
      else if (received.length > MOST_BYTES) give('other');
    });
    socket.once('close', () => give(received === '' ? 'closed' : 'other'));
    // Something that waits to be spoken to first, as a web server does, is told apart by an empty line.
    setTimeout(() => socket.writable && received === '' && socket.write('\r\n'), timeoutMs / 2).unref();
  });
}

const firstLine = (text: string): string => printable(text.split(/\r?\n/, 1)[0] ?? '');
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 255);
