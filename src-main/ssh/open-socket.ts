import { connect, type Socket } from 'node:net';
import { AppError, systemCode } from '../errors/index.ts';

/** What to say when a machine cannot be reached: by the system's code. */
const SENTENCES: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  ECONNREFUSED: [
    '{host} is there, but nothing answers SSH on port {port}.',
    'SSH may be off: switch it on with raspi-config (Interface Options, SSH) or in Raspberry Pi Imager. Check the port.',
  ],
  ETIMEDOUT: [
    '{host} did not answer within {seconds} s.',
    'Check that it is switched on and on the same network. A Pi’s first start takes a few minutes.',
  ],
  EHOSTUNREACH: [
    'This computer found no way to {host}.',
    'Check that it is switched on, its cable or Wi-Fi, and that both are on the same network.',
  ],
  ENETUNREACH: ['This computer has no network that leads to {host}.', 'Check the network connection of this computer.'],
  EHOSTDOWN: ['{host} is not reachable.', 'Check that it is switched on and on the same network.'],
  ENOTFOUND: [
    'The name {host} is not known.',
    'Check the spelling. If a name that ends in .local is not found, use the IP address.',
  ],
  EAI_AGAIN: ['The name {host} could not be looked up.', 'Check the network connection, or use the IP address.'],
  ECONNRESET: ['{host} closed the connection at once.', 'Wait a minute and try again: a Pi that starts may do that.'],
};

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** Why a machine was not reached, in words; the code stays as the system names it. */
export function reachError(code: string, { host, port }: Place, timeoutMs: number, cause?: unknown): AppError {
  const [message, hint] = SENTENCES[code] ?? [
    'The connection to {host} failed.',
    'Try again. If it stays so, copy the details and show them to somebody who can help.',
  ];
  const filled = message
    .replace('{host}', host)
    .replace('{port}', String(port))
    .replace('{seconds}', String(timeoutMs / 1000));
  return new AppError(code, filled, { hint, cause, details: { host, port } });
}

/** A TCP connection to an SSH server. Raises what `reachError` makes, or the reason of the signal. */
export function openSocket(place: Place, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect({ ...place, noDelay: true });
    const settle = (action: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.off('connect', onConnect).off('error', onError);
      action();
    };
    const fail = (error: Error): void =>
      settle(() => {
        // Once nobody listens any more, an error that comes late would end the process.
        socket.on('error', () => undefined).destroy();
        reject(error);
      });
    const onConnect = (): void => settle(() => resolve(socket));
    const onError = (thrown: Error): void => fail(reachError(codeOf(thrown), place, timeoutMs, thrown));
    const onAbort = (): void => fail(signal.reason as Error);
    const timer = setTimeout(() => fail(reachError('ETIMEDOUT', place, timeoutMs)), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('connect', onConnect).on('error', onError);
  });
}

/** With several addresses Node raises one error that holds those of each; a refusal says more than a time-out. */
function codeOf(thrown: Error): string {
  const errors: unknown[] = thrown instanceof AggregateError ? thrown.errors : [thrown];
  const codes = errors.map(systemCode).filter((code) => code !== undefined);
  return codes.find((code) => code === 'ECONNREFUSED') ?? codes[0] ?? systemCode(thrown) ?? 'ECONNFAILED';
}
