import { describeProblem } from '../console/index.ts';
import type { AgentEndpointLookup } from '../led/index.ts';
import type { TargetLookup } from '../target/target.ts';
import type { RoundData } from './csv.ts';
import { connectProblem, openDirect, openThrough, type EchoLink } from './link.ts';
import { HISTOGRAM_BINS, TIMELINE_ENTRIES } from './live-statistics.ts';
import { Histogram } from './histogram.ts';
import { checkTogether, type EchoOptions } from './options.ts';
import { measureOverhead } from './overhead.ts';
import type { EchoCounts, EchoPhase, EchoProgress, EchoReport, Overhead } from './report.ts';
import { EchoRun } from './run.ts';
import { roundTripsOf } from './statistics.ts';
import { EchoStore } from './store.ts';
import { Timeline } from './timeline.ts';

const CONNECT_TIMEOUT_MS = 10_000;

const NO_COUNTS: EchoCounts = {
  sent: 0,
  matched: 0,
  lost: 0,
  corrupted: 0,
  reordered: 0,
  late: 0,
  unanswered: 0,
  extraBytes: 0,
};
const NO_TIMELINE = new Timeline(1).columns();

/** Where an echo test can go without anything typed: the echo service of a device's agent. */
export interface EchoDestination {
  readonly deviceId: string;
  readonly host: string;
  readonly port: number;
  /** The device whose SSH connection has to carry it, or null when the port is reached straight. */
  readonly viaDeviceId: string | null;
}

export interface EchoServiceOptions {
  readonly folder: string;
  readonly targets: TargetLookup;
  readonly endpoints: AgentEndpointLookup;
  /** Milliseconds until a connection that is not made is given up; default 10 000. */
  readonly connectTimeoutMs?: number;
}

export interface EchoRunContext {
  /** Ends the run early; what was measured until then is its result. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EchoProgress) => void;
}

/** Runs echo tests, one or several at a time, and keeps their results. */
export class EchoService {
  readonly store: EchoStore;
  readonly #targets: TargetLookup;
  readonly #endpoints: AgentEndpointLookup;
  readonly #connectTimeoutMs: number;
  readonly #disposal = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor({ folder, targets, endpoints, connectTimeoutMs = CONNECT_TIMEOUT_MS }: EchoServiceOptions) {
    this.store = new EchoStore(folder);
    this.#targets = targets;
    this.#endpoints = endpoints;
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  /** The agents' echo services of these devices, as far as they are signed in to and have an agent. */
  async destinations(deviceIds: readonly string[]): Promise<readonly EchoDestination[]> {
    const found = await Promise.all(deviceIds.map((id) => this.#destinationOf(id)));
    return found.filter((one) => one !== null);
  }

  /**
   * Runs a test to its end and stores it. A connection that cannot be made or breaks is a result with a `problem`;
   * raises `NOT_SIGNED_IN` and `ECHO_WINDOW_TOO_LARGE`.
   */
  run(options: EchoOptions, context: EchoRunContext = {}): Promise<EchoReport> {
    const running = this.#run(options, context).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  /** Stops what runs, and waits until it is stored. */
  async dispose(): Promise<void> {
    this.#disposal.abort();
    await Promise.allSettled(this.#running);
  }

  async #run(options: EchoOptions, { signal, onProgress }: EchoRunContext): Promise<EchoReport> {
    checkTogether(options);
    const target = options.viaDeviceId === null ? null : this.#targets.get(options.viaDeviceId);
    const stop = AbortSignal.any([this.#disposal.signal, ...(signal ? [signal] : [])]);
    const startedAt = Date.now();
    const frame = { id: EchoStore.newId(startedAt), startedAt, options, via: target?.name ?? null };
    const show = (phase: EchoPhase, run: EchoRun | null, overhead: Overhead | null): void =>
      onProgress?.(progressOf(phase, run, overhead));
    show('measuring-overhead', null, null);
    const overhead = await measureOverhead(options, stop);
    show('connecting', null, overhead);
    const { host, port } = options;
    const opened = await openWithin(this.#connectTimeoutMs, stop, (limit) =>
      target ? openThrough(target, host, port, limit) : openDirect(host, port, limit),
    );
    if ('thrown' in opened) return unconnected(frame, opened.thrown, overhead, stop.aborted);
    const { link } = opened;
    const run = new EchoRun(link, { ...options, stop, onTick: (one) => show(one.phase, one, overhead) });
    await run.run();
    const report = { ...frame, remote: link.remote, overhead, ...resultOf(run, options) };
    return run.ledger.sent > 0 ? this.#stored(report, roundsOf(run)) : report;
  }

  /** The report, stored; where that cannot be, it says why, and what was measured is there all the same. */
  async #stored(report: EchoReport, rounds: RoundData): Promise<EchoReport> {
    try {
      await this.store.save(report, rounds);
      return report;
    } catch (thrown) {
      return {
        ...report,
        problem: report.problem ?? describeProblem(thrown, { during: 'record', where: 'this computer' }),
      };
    }
  }

  async #destinationOf(deviceId: string): Promise<EchoDestination | null> {
    const target = this.#targets.find(deviceId);
    if (!target) return null;
    const endpoint = await this.#endpoints.endpoint(deviceId);
    if (!endpoint) return null;
    const { echoPort: port, access } = endpoint;
    const tunnelled = target.kind === 'ssh' && access === 'ssh-only';
    return tunnelled
      ? { deviceId, host: '127.0.0.1', port, viaDeviceId: deviceId }
      : { deviceId, host: target.address, port, viaDeviceId: null };
  }
}

/** Opens a link; `ETIMEDOUT` after `timeoutMs`. Once it is open, the limit has no more power over it. */
async function openWithin(
  timeoutMs: number,
  stop: AbortSignal,
  connect: (limit: AbortSignal) => Promise<EchoLink>,
): Promise<{ link: EchoLink } | { thrown: unknown }> {
  const limit = new AbortController();
  let timedOut = false;
  const cancel = (): void => limit.abort();
  const timer = setTimeout(() => {
    timedOut = true;
    cancel();
  }, timeoutMs);
  stop.addEventListener('abort', cancel);
  if (stop.aborted) cancel();
  try {
    return { link: await connect(limit.signal) };
  } catch (thrown) {
    return { thrown: timedOut ? Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' }) : thrown };
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', cancel);
  }
}

/** The result of a test that never began; it is shown, not kept. */
function unconnected(
  frame: Pick<EchoReport, 'id' | 'startedAt' | 'options' | 'via'>,
  thrown: unknown,
  overhead: Overhead | null,
  stopped: boolean,
): EchoReport {
  const { host, port, viaDeviceId } = frame.options;
  return {
    ...frame,
    remote: null,
    status: stopped ? 'stopped' : 'failed',
    problem: stopped ? null : connectProblem(thrown, host, port, viaDeviceId !== null),
    counts: NO_COUNTS,
    roundTrips: null,
    durationMs: 0,
    messagesPerSecond: 0,
    bytesPerSecond: 0,
    histogram: null,
    timeline: NO_TIMELINE,
    overhead,
    end: null,
  };
}

function progressOf(phase: EchoPhase, run: EchoRun | null, overhead: Overhead | null): EchoProgress {
  const statistics = run?.statistics;
  statistics?.advance();
  return {
    phase,
    elapsedMs: run?.elapsedMs ?? 0,
    counts: run?.counts ?? NO_COUNTS,
    roundTrips: statistics?.roundTrips ?? null,
    histogram: statistics?.histogram.bins(HISTOGRAM_BINS) ?? null,
    timeline: statistics?.timeline.columns() ?? NO_TIMELINE,
    overhead,
  };
}

/** The exact figures, from all rounds anew: late replies have their place in them. */
function resultOf(
  run: EchoRun,
  options: EchoOptions,
): Omit<EchoReport, 'id' | 'startedAt' | 'options' | 'via' | 'remote' | 'overhead'> {
  const { ledger } = run;
  const histogram = new Histogram();
  const timeline = new Timeline(TIMELINE_ENTRIES);
  for (let index = 0; index < ledger.sent; index += 1) {
    if (ledger.isOpen(index)) continue;
    const rtt = ledger.rtt[index] as number;
    timeline.add(ledger.sentAt[index] as number, rtt);
    if (!Number.isNaN(rtt)) histogram.add(rtt);
  }
  const durationMs = run.lastReplyAt;
  const perSecond = durationMs > 0 ? (ledger.matched * 1000) / durationMs : 0;
  return {
    status: run.status,
    problem: run.problem,
    counts: run.counts,
    roundTrips: roundTripsOf(ledger.rtt.subarray(0, ledger.sent)),
    durationMs,
    messagesPerSecond: perSecond,
    bytesPerSecond: perSecond * options.size,
    histogram: histogram.bins(HISTOGRAM_BINS),
    timeline: timeline.columns(),
    end: run.end,
  };
}

function roundsOf({ ledger }: EchoRun): RoundData {
  return {
    sentAt: ledger.sentAt.subarray(0, ledger.sent),
    rtt: Float32Array.from(ledger.rtt.subarray(0, ledger.sent)),
    fate: ledger.fate.subarray(0, ledger.sent),
  };
}
