import type { Client } from '../../src-main/api/client.ts';
import { AppError } from '../../src-main/errors/app-error.ts';

/** Stands where no carrier is: every call is refused in words. */
export function unconnectedClient(): Client {
  return {
    call: () => Promise.reject(new AppError('NOT_CONNECTED', 'This page is not connected to Pi Workbench.')),
    on: () => () => undefined,
    onResync: () => () => undefined,
    onState: () => () => undefined,
    state: 'closed',
    close: () => undefined,
  };
}
