/** What the process ends with: stable, for scripts. */
export const EXIT = {
  ok: 0,
  /** It was tried and went wrong; the reason is on standard error. */
  failed: 1,
  /** The command line itself cannot be used. */
  usage: 2,
  /** It went well, and the answer is no: nothing found, no such name, messages lost, a check failed. */
  negative: 3,
  /** Signing in was refused, or needs somebody to type. */
  signIn: 4,
  /** Ended by Ctrl+C, as a shell says it: 128 + SIGINT. */
  interrupted: 130,
} as const;
