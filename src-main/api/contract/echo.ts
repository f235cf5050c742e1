import * as v from 'valibot';
import { ECHO_LIMITS } from '../../echo/options.ts';
import type { EchoProgress, EchoReport } from '../../echo/report.ts';
import type { EchoDestination } from '../../echo/service.ts';
import type { EchoRunSummary } from '../../echo/store.ts';
import { call, type CallMap, type EventMap } from '../definition.ts';
import { DeviceId } from './devices.ts';

const whole = ({ min, max }: { readonly min: number; readonly max: number }) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));

const runId = v.pipe(v.string(), v.regex(/^\d{8}T\d{6}-[0-9a-f]{6}$/, 'it is not the id of a run'));

const options = v.object({
  host: v.pipe(v.string(), v.trim(), v.minLength(1, 'it is empty'), v.maxLength(253, 'it is too long')),
  port: whole({ min: 1, max: 65_535 }),
  viaDeviceId: v.nullable(DeviceId),
  rounds: whole(ECHO_LIMITS.rounds),
  size: whole(ECHO_LIMITS.size),
  intervalMs: whole(ECHO_LIMITS.intervalMs),
  inFlight: whole(ECHO_LIMITS.inFlight),
  pattern: v.picklist(['counter', 'random', 'text']),
  text: v.pipe(v.string(), v.maxLength(ECHO_LIMITS.textLength)),
  replyTimeoutMs: whole(ECHO_LIMITS.replyTimeoutMs),
  ending: v.picklist(['after-replies', 'after-last-send']),
});

export const echoCalls = {
  /**
   * Runs a test and gives its result, also when the connection failed or broke (`problem`). Cancelling the call stops
   * the run: the result is then what was measured until that moment.
   */
  'echo.run': call<EchoReport, EchoProgress>()(options),
  /** The echo services of the agents that can be reached now. */
  'echo.destinations': call<readonly EchoDestination[]>()(v.object({})),
  /** Earlier runs, the newest first. */
  'echo.runs': call<readonly EchoRunSummary[]>()(v.object({})),
  'echo.report': call<EchoReport>()(v.object({ id: runId })),
  'echo.delete': call<null>()(v.object({ id: runId })),
  /** Writes every round as CSV; gives the size of the file in bytes. */
  'echo.exportCsv': call<number>()(
    v.object({ id: runId, path: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)), overwrite: v.boolean() }),
  ),
} satisfies CallMap;

export const echoEvents = {} satisfies EventMap;

export type { HistogramBins } from '../../echo/histogram.ts';
export type { EchoEnding, EchoOptions, EchoPattern } from '../../echo/options.ts';
export type { EchoCounts, EchoPhase, EchoProgress, EchoReport, EchoStatus, Overhead } from '../../echo/report.ts';
export type { EchoDestination } from '../../echo/service.ts';
export type { RoundTrips } from '../../echo/statistics.ts';
export type { EchoRunSummary } from '../../echo/store.ts';
export type { TimelineColumns } from '../../echo/timeline.ts';
