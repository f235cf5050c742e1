import type {
  EchoCounts,
  EchoOptions,
  EchoPhase,
  EchoReport,
  EchoRunSummary,
  RoundTrips,
} from '../../../src-main/api/contract/echo.ts';
import { bytesText } from '../../ui/index.ts';

/** A round trip with three digits that mean something: `0.042 ms`, `1.35 ms`, `210 ms`. */
export function tripText(ms: number): string {
  if (ms >= 9999.5) return `${(ms / 1000).toFixed(1)} s`;
  return `${tripDigits(ms)} ms`;
}

export function tripDigits(ms: number): string {
  if (ms < 0.9995) return ms.toFixed(3);
  if (ms < 9.995) return ms.toFixed(2);
  return ms < 99.95 ? ms.toFixed(1) : ms.toFixed(0);
}

const NUMBER = new Intl.NumberFormat('en');

export function countText(count: number): string {
  return NUMBER.format(count);
}

export function perSecondText(messagesPerSecond: number, bytesPerSecond: number): string {
  const messages = messagesPerSecond >= 10 ? Math.round(messagesPerSecond) : Number(messagesPerSecond.toFixed(1));
  return `${countText(messages)} messages/s, ${bytesText(Math.round(bytesPerSecond))}/s`;
}

/** `127.0.0.1:1235`, `[::1]:7`. */
export function whereText({ host, port }: Pick<EchoOptions, 'host' | 'port'>): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** `200 × 64 bytes, one at a time, every 10 ms`. */
export function testText({ rounds, size, inFlight, intervalMs }: EchoOptions): string {
  const window = inFlight === 1 ? 'one at a time' : `${countText(inFlight)} in flight`;
  const pace = intervalMs === 0 ? 'without a pause' : `every ${countText(intervalMs)} ms`;
  return `${countText(rounds)} × ${bytesText(size)}, ${window}, ${pace}`;
}

export const phaseWords: Record<EchoPhase, string> = {
  'measuring-overhead': 'Measuring this app’s own share',
  connecting: 'Connecting',
  running: 'Running',
  ending: 'Waiting for the last replies',
};

export const statusWords: Record<EchoReport['status'], string> = {
  finished: 'Finished',
  stopped: 'Stopped early',
  failed: 'Broke off',
};

/** Messages that did not come back intact. */
export function failedCount({ lost, corrupted }: EchoCounts): number {
  return lost + corrupted;
}

/** The figures of a round trip in the order shown. */
export const TRIP_FIGURES: readonly {
  readonly key: keyof RoundTrips;
  readonly label: string;
  readonly help: string;
}[] = [
  { key: 'min', label: 'Fastest', help: 'The fastest round trip (min)' },
  { key: 'median', label: 'Median', help: 'Half of all round trips were faster' },
  { key: 'p95', label: '95th percentile', help: '95 of 100 round trips were faster (p95)' },
  { key: 'p99', label: '99th percentile', help: '99 of 100 round trips were faster (p99)' },
  { key: 'max', label: 'Slowest', help: 'The slowest round trip (max)' },
  { key: 'jitter', label: 'Jitter', help: 'Mean difference between one round trip and the next' },
];

/** How much more or less than before: `+12 %`, `−3 %`, `the same`. */
export function changeText(before: number, now: number): string {
  if (before === now) return 'the same';
  if (before === 0) return 'more';
  const percent = (now / before - 1) * 100;
  const sign = percent > 0 ? '+' : '−';
  const size = Math.abs(percent);
  if (size < 0.5) return 'the same';
  return size >= 1000 ? `× ${(now / before).toFixed(1)}` : `${sign}${size.toFixed(0)} %`;
}

/** Whether two runs sent the same messages in the same way, so that their figures may be compared. */
export function comparable(one: EchoRunSummary, other: EchoRunSummary): boolean {
  const { size, inFlight, intervalMs } = one.options;
  return size === other.options.size && inFlight === other.options.inFlight && intervalMs === other.options.intervalMs;
}
