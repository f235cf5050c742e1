import type { Problem } from '../problem/index.ts';
import type { Endpoint, TlsSummary, TornTail, TranscriptTotals } from '../transcript/index.ts';
import type { ReplayStatus } from '../exchange/index.ts';
import type { SessionOptions } from './session-options.ts';

/** Where a session stands. Times are milliseconds since 1970. */
export type SessionState =
  | { readonly kind: 'connecting'; readonly attempt: number }
  /** Between two tries of a session that reconnects. */
  | { readonly kind: 'waiting'; readonly attempt: number; readonly retryAt: number; readonly problem: Problem | null }
  | { readonly kind: 'open' }
  | { readonly kind: 'listening'; readonly local: Endpoint; readonly refusing: boolean }
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly problem: Problem }
  /** Opened from the disk: it can be looked at, exported and replayed. */
  | { readonly kind: 'saved'; readonly torn: TornTail | null };

/** Which directions of a connection are still open. */
export type ConnectionState = 'open' | 'peer-ended' | 'we-ended' | 'closed';

export interface ConnectionSnapshot {
  /** From 1, in the order they were made. */
  readonly id: number;
  readonly remote: Endpoint;
  readonly local: Endpoint | null;
  readonly state: ConnectionState;
  readonly openedAt: number;
  readonly closedAt: number | null;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Bytes sent here that the system has not taken yet. */
  readonly unsentBytes: number;
  readonly lastReceivedAt: number | null;
  readonly lastSentAt: number | null;
  /** A heartbeat was not answered in time. */
  readonly unanswered: boolean;
  readonly tls: TlsSummary | null;
}

export interface RepeatSnapshot {
  readonly everyMs: number;
  readonly sent: number;
  /** How many are left; null when it goes on until stopped. */
  readonly left: number | null;
}

/** Why recording waits. */
export interface RecordingStall {
  readonly code: string;
  readonly text: string;
}

export interface SessionSnapshot {
  readonly id: string;
  readonly title: string;
  readonly options: SessionOptions;
  readonly createdAt: number;
  readonly state: SessionState;
  /** Every open connection and the last closed ones. */
  readonly connections: readonly ConnectionSnapshot[];
  /** Connections made so far. */
  readonly connectionCount: number;
  /** Entries that can be asked for. */
  readonly entries: number;
  readonly totals: TranscriptTotals;
  readonly stall: RecordingStall | null;
  readonly repeat: RepeatSnapshot | null;
  readonly replay: ReplayStatus | null;
  /** Numbers of pinned entries, in order. */
  readonly pins: readonly number[];
  /** Whether the transcript stays when its tab is closed; others go when there are many. */
  readonly kept: boolean;
}
