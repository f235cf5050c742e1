import { AppError } from '../../errors/index.ts';

/** A call was ended from this side. */
export function cancelled(): AppError {
  return new AppError('CANCELLED', 'Cancelled.');
}

/** The carrier broke while a call was open, or none came up in time. */
export function lost(): AppError {
  return new AppError('CONNECTION_LOST', 'The connection between this page and Pi Workbench broke.', {
    hint: 'It is made again by itself; then try again. If it stays broken, start Pi Workbench anew.',
  });
}

/** A call was made on a client that was closed. */
export function closed(): AppError {
  return new AppError('CLOSED', 'This window is closing.');
}
