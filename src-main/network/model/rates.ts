import { counterGrowth } from './counters.ts';
import type { CounterText } from './model.ts';

/** Counters of one interface at one moment of the machine's own clock. */
export interface InterfaceSample {
  readonly name: string;
  /** The kernel's number: another one under the same name is another interface, whose counters start anew. */
  readonly index: number | null;
  readonly rxBytes: CounterText | null;
  readonly txBytes: CounterText | null;
  readonly rxPackets: CounterText | null;
  readonly txPackets: CounterText | null;
  /** Errors and drops of both directions together. */
  readonly faults: CounterText | null;
}

export interface CounterSample {
  /** Seconds on a clock that only goes forward: the machine's uptime where it tells, else this computer's. */
  readonly atSeconds: number;
  readonly interfaces: readonly InterfaceSample[];
}

/** What passed between two samples, per second; null is a gap: it cannot be said. */
export interface InterfaceRate {
  readonly name: string;
  readonly rxBytesPerSecond: number | null;
  readonly txBytesPerSecond: number | null;
  readonly rxPacketsPerSecond: number | null;
  readonly txPacketsPerSecond: number | null;
  readonly faultsPerSecond: number | null;
}

/** No interface a Pi can have is faster than 400 Gbit/s: more than that is a counter that was reset and ran past its old value. */
const ABSURD_BYTES_PER_SECOND = 50e9;

/**
 * The rates between two samples. A counter that went back (a 32-bit counter wraps at 4 GiB, a reset interface starts at
 * 0), a clock that did not go forward and an interface that was made anew are gaps: never negative, never absurd.
 */
export function ratesBetween(before: CounterSample, after: CounterSample): readonly InterfaceRate[] {
  const seconds = after.atSeconds - before.atSeconds;
  return after.interfaces.map((now) => {
    const then = before.interfaces.find((other) => other.name === now.name && other.index === now.index);
    const rate = (key: 'rxBytes' | 'txBytes' | 'rxPackets' | 'txPackets' | 'faults'): number | null =>
      seconds > 0 && then ? perSecond(then[key], now[key], seconds) : null;
    return {
      name: now.name,
      rxBytesPerSecond: rate('rxBytes'),
      txBytesPerSecond: rate('txBytes'),
      rxPacketsPerSecond: rate('rxPackets'),
      txPacketsPerSecond: rate('txPackets'),
      faultsPerSecond: rate('faults'),
    };
  });
}

function perSecond(before: CounterText | null, after: CounterText | null, seconds: number): number | null {
  if (before === null || after === null) return null;
  const growth = counterGrowth(before, after);
  if (growth === null || growth / seconds > ABSURD_BYTES_PER_SECOND) return null;
  return growth / seconds;
}
