import type { AppError } from '../../errors/index.ts';

/** Prints an error nobody expected, with its stack, for a bug report. */
export function logUnexpected(error: AppError, call: string): void {
  console.error(`Unexpected error in ${call}:`, error.cause ?? error);
}
