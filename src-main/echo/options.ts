import { AppError } from '../errors/index.ts';

/** What the messages are made of; each differs from its neighbours, so that a mixed-up reply is seen. */
export type EchoPattern = 'counter' | 'random' | 'text';

/** When the sending side is closed: after every reply has come, or right after the last message was sent. */
export type EchoEnding = 'after-replies' | 'after-last-send';

export interface EchoOptions {
  readonly host: string;
  readonly port: number;
  /** The device whose SSH connection carries the test, or null for a direct connection. */
  readonly viaDeviceId: string | null;
  readonly rounds: number;
  /** Bytes of each message. */
  readonly size: number;
  /** Milliseconds from one message to the next; 0 sends as soon as the window has room. */
  readonly intervalMs: number;
  /** Messages on the way at the same time. */
  readonly inFlight: number;
  readonly pattern: EchoPattern;
  /** The text repeated in each message of the pattern `text`. */
  readonly text: string;
  /** Milliseconds after which a message counts as lost and makes room for the next. */
  readonly replyTimeoutMs: number;
  readonly ending: EchoEnding;
}

export const ECHO_LIMITS = {
  rounds: { min: 1, max: 1_000_000 },
  size: { min: 1, max: 1_048_576 },
  intervalMs: { min: 0, max: 60_000 },
  inFlight: { min: 1, max: 1024 },
  replyTimeoutMs: { min: 100, max: 60_000 },
  textLength: 1000,
  /** Bytes on the way at the same time. */
  windowBytes: 64 * 1024 * 1024,
} as const;

export const DEFAULT_ECHO_OPTIONS: Omit<EchoOptions, 'host' | 'port'> = {
  viaDeviceId: null,
  rounds: 200,
  size: 64,
  intervalMs: 10,
  inFlight: 1,
  pattern: 'counter',
  text: 'The quick brown fox jumps over the lazy dog. ',
  replyTimeoutMs: 2000,
  ending: 'after-replies',
};

/** Refuses what the single limits let through but makes no sense together. Raises `ECHO_WINDOW_TOO_LARGE`. */
export function checkTogether(options: Pick<EchoOptions, 'size' | 'inFlight'>): void {
  if (options.size * options.inFlight <= ECHO_LIMITS.windowBytes) return;
  throw new AppError('ECHO_WINDOW_TOO_LARGE', 'So many messages of that size would be more than 64 MiB on the way.', {
    hint: 'Choose fewer in flight, or smaller messages.',
  });
}
