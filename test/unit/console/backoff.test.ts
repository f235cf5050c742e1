import { expect, test } from 'vitest';
import { backoffMs } from '../../../src-main/console/session/backoff.ts';

test('the wait doubles from half a second with each failure in a row, up to ten seconds', () => {
  expect([1, 2, 3, 4, 5, 6, 7].map((failures) => backoffMs(failures))).toEqual([
    500, 1000, 2000, 4000, 8000, 10_000, 10_000,
  ]);
});
