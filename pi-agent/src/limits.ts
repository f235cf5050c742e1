/** Bounds of the agent, in one place. They are part of PROTOCOL.md. */

/** Clients on each port; the next one is told that the agent is busy. */
export const MAX_CLIENTS = 64;
/** Bytes written to a client and not yet taken by it, above which nothing more is read from it. */
export const MAX_UNSENT_BYTES = 64 * 1024;
/** Milliseconds a client may leave its answers untaken while it sends more. */
export const STALL_MS = 30_000;
/** Milliseconds for `AUTH` in token mode; a shorter idle time-out counts for it too. */
export const AUTH_WAIT_MS = 10_000;
/** Wrong tokens until the connection is closed. */
export const MAX_WRONG_TOKENS = 3;
/** Milliseconds from `BYE` until the socket is closed for good. */
export const BYE_MS = 2000;
/** Milliseconds of silence until the first TCP keepalive probe. */
export const KEEPALIVE_MS = 30_000;
/** Seconds without a byte until a client that does not watch is sent away. */
export const DEFAULT_IDLE_SECONDS = 600;
/** Bytes of input worked on before other clients get their turn. */
export const SLICE_BYTES = 256;
