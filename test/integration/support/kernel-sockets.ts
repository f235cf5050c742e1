import { execFileSync } from 'node:child_process';

/** What `ss -tno` says of TCP sockets, by a filter such as `sport = :1234`, a line each. Linux only. */
export function kernelSockets(...filter: readonly string[]): string {
  return execFileSync('ss', ['-Htno', ...filter]).toString();
}
