const FIRST_MS = 500;
const LONGEST_MS = 10_000;

/** Milliseconds to wait after `failures` failed tries in a row: 0.5, 1, 2, 4, 8, then 10 s. */
export function backoffMs(failures: number, scale = 1): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1)) * scale;
}
