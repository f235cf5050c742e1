import { AppError, systemCode } from '../../errors/index.ts';

/** Why a connection is gone, as `DISCONNECTED` with the system's code in the details. */
export function disconnection(name: string, leaving: boolean, error: Error | null): AppError {
  if (leaving) {
    return new AppError('DISCONNECTED', `You signed out of ${name}.`, { hint: 'Sign in again to go on.' });
  }
  const code = systemCode(error);
  const details = { reason: code ?? error?.message ?? 'closed' };
  const options = { cause: error ?? undefined, details };
  if (error && /keepalive/i.test(error.message)) {
    return new AppError('DISCONNECTED', `${name} stopped answering.`, {
      ...options,
      hint: 'It may be switched off, restarting or out of reach. Reconnect when it is back.',
    });
  }
  return new AppError('DISCONNECTED', `The connection to ${name} was cut.`, {
    ...options,
    hint: 'The device may have been restarted or the network changed. Reconnect when it is back.',
  });
}
