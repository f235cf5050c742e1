import { AppError } from '../../src-main/errors/app-error.ts';

/** A part of the page whose files did not come, as when the app has ended while its page is open in a browser. */
export function notFetched(thrown: unknown): AppError {
  return new AppError('PAGE_NOT_FETCHED', 'Its files did not come from Pi Workbench.', {
    hint: 'See that Pi Workbench still runs, then try again. If that does not help, reload the page.',
    cause: thrown,
  });
}
