import type { Transcript } from '../transcript/index.ts';
import type { Channel } from './channel.ts';
import type { SessionState } from './session-snapshot.ts';

/** What a driver needs from the session it drives. */
export interface SessionHost {
  readonly transcript: Transcript;
  /** The number of the next connection. */
  nextConnection(): number;
  /** A peer came; it stays listed after it has gone. */
  added(channel: Channel): void;
  /** Something that is shown has changed. */
  changed(): void;
}

/** One way of using sockets: as a client, as a listener, over TCP or UDP. */
export interface Driver {
  readonly state: SessionState;
  /** Connects or listens. Failures become entries of the transcript and the state, and are not raised. */
  start(): Promise<void>;
  /** Stops at once: no further try, no further client; open connections are closed. */
  stop(): Promise<void>;
}
