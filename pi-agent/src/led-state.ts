/** A level of the LED as read back from its pin: 1 lights it. */
export type Level = 0 | 1;

/** What keeps changing the level by itself. Times are milliseconds. */
export type Activity =
  | { readonly kind: 'steady' }
  /** On and off for `phaseMs` each, until another command. */
  | { readonly kind: 'blink'; readonly phaseMs: number }
  /** On for `onMs`, then off. */
  | { readonly kind: 'pulse'; readonly onMs: number };

export const STEADY: Activity = { kind: 'steady' };

/** The LED as the agent knows it. */
export interface LedState {
  /** Grows by one with each change, from 0 at the agent's start. */
  readonly number: number;
  /** Null when the pin could not be read. */
  readonly level: Level | null;
  readonly activity: Activity;
}
