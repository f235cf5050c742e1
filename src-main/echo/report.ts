import type { Problem } from '../console/index.ts';
import type { HistogramBins } from './histogram.ts';
import type { EchoOptions } from './options.ts';
import type { RoundTrips } from './statistics.ts';
import type { TimelineColumns } from './timeline.ts';

export interface EchoCounts {
  readonly sent: number;
  /** Came back intact, in whatever order. */
  readonly matched: number;
  /** Did not come back within the time-out, nor later. */
  readonly lost: number;
  /** Came back with other content. */
  readonly corrupted: number;
  /** Intact, but after one that was sent later (RFC 4737). */
  readonly reordered: number;
  /** Intact, but after the time-out. */
  readonly late: number;
  /** Still on the way when the run was stopped or broke off. */
  readonly unanswered: number;
  /** Received bytes that belong to no message. */
  readonly extraBytes: number;
}

/** What this app and this computer add: the same messages against an echo server inside the app. Milliseconds. */
export interface Overhead {
  readonly median: number;
  readonly p95: number;
  readonly rounds: number;
}

export interface EchoEnd {
  /** The other side closed after this side had said that it will send no more. */
  readonly peerClosed: boolean;
  /** Milliseconds from closing the sending side to the other side's close; null when it did not come. */
  readonly afterMs: number | null;
}

export type EchoStatus = 'finished' | 'stopped' | 'failed';

/** The result of a run, as it is stored and compared. */
export interface EchoReport {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly options: EchoOptions;
  /** The address connected to, or null where only the tunnel's far end knows it. */
  readonly remote: string | null;
  /** The device the test went through, in words, or null. */
  readonly via: string | null;
  readonly status: EchoStatus;
  /** Why it failed. */
  readonly problem: Problem | null;
  readonly counts: EchoCounts;
  readonly roundTrips: RoundTrips | null;
  /** Milliseconds from the first message sent to the last reply. */
  readonly durationMs: number;
  readonly messagesPerSecond: number;
  /** Intact bytes that made the round trip. */
  readonly bytesPerSecond: number;
  readonly histogram: HistogramBins | null;
  readonly timeline: TimelineColumns;
  readonly overhead: Overhead | null;
  readonly end: EchoEnd | null;
}

export type EchoPhase = 'measuring-overhead' | 'connecting' | 'running' | 'ending';

/** The state of a run while it goes on; sent at most ten times a second. */
export interface EchoProgress {
  readonly phase: EchoPhase;
  readonly elapsedMs: number;
  readonly counts: EchoCounts;
  readonly roundTrips: RoundTrips | null;
  readonly histogram: HistogramBins | null;
  readonly timeline: TimelineColumns;
  readonly overhead: Overhead | null;
}
