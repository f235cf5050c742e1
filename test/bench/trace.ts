import type { Browser } from 'playwright-core';

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly ts: number;
  readonly dur?: number;
  /** Of `dur`, what the thread had a processor for. */
  readonly tdur?: number;
  readonly id2?: { readonly local: string };
  readonly args: {
    readonly name?: string;
    readonly frame_reporter?: { readonly state: string; readonly scroll_state: string };
  };
}

/** How a page got its frames onto the screen while one scrolled. */
export interface ScrollFrames {
  /** Frames presented a second. */
  readonly perSecond: number;
  /** Milliseconds from one presented frame to the next. */
  readonly median: number;
  readonly p95: number;
  readonly longest: number;
}

const CATEGORIES = ['cc', 'benchmark', 'devtools.timeline', 'disabled-by-default-devtools.timeline'];

/** Records Chromium's own trace of what it does while `work` runs. */
export async function traced(browser: Browser, work: () => Promise<void>): Promise<Trace> {
  const session = await browser.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: CATEGORIES },
  });
  try {
    await work();
  } finally {
    const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    await complete;
    await session.detach();
  }
  return new Trace(events);
}

export class Trace {
  readonly #events: readonly TraceEvent[];
  /** The process of the page: the one that makes most frames. */
  readonly #page: number;

  constructor(events: readonly TraceEvent[]) {
    this.#events = [...events].sort((a, b) => a.ts - b.ts);
    const frames = new Map<number, number>();
    for (const { pid } of this.#reports()) frames.set(pid, (frames.get(pid) ?? 0) + 1);
    this.#page = [...frames].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
  }

  /** The frames between the first and the last that Chromium calls a scroll's. */
  scrolling(): ScrollFrames {
    const frames = this.#frames();
    const scrolled = frames.filter(({ scrolls }) => scrolls);
    const from = scrolled[0]?.begin ?? 0;
    const to = scrolled.at(-1)?.end ?? 0;
    // One moment may present several reports, as of a frame in two parts.
    const shown = frames.filter(({ presented, end }) => presented && end >= from && end <= to).map(({ end }) => end);
    const moments = [...new Set(shown)].sort((a, b) => a - b);
    const gaps = moments.slice(1).map((moment, n) => (moment - (moments[n] ?? 0)) / 1000);
    gaps.sort((a, b) => a - b);
    return {
      perSecond: moments.length / ((to - from) / 1e6),
      median: gaps[gaps.length >> 1] ?? Number.NaN,
      p95: gaps[Math.floor(gaps.length * 0.95)] ?? Number.NaN,
      longest: gaps.at(-1) ?? Number.NaN,
    };
  }

  /**
   * Processor time in milliseconds of the longest task of the page's main thread, during which it can take no click. The
   * time that other programs of a busy machine took meanwhile is not in it.
   */
  longestTask(): number {
    const main = this.#events.find(({ name, pid, args }) => this.#isMain(name, pid, args))?.tid;
    const tasks = this.#events.filter(({ name, pid, tid }) => name === 'RunTask' && pid === this.#page && tid === main);
    return Math.max(0, ...tasks.map(({ tdur = 0 }) => tdur / 1000));
  }

  #isMain(name: string, pid: number, args: TraceEvent['args']): boolean {
    return name === 'thread_name' && pid === this.#page && args.name === 'CrRendererMain';
  }

  #reports(): readonly TraceEvent[] {
    return this.#events.filter(({ name }) => name === 'PipelineReporter');
  }

  #frames() {
    const begun = new Map<string, TraceEvent>();
    const frames: { begin: number; end: number; scrolls: boolean; presented: boolean }[] = [];
    for (const event of this.#reports().filter(({ pid }) => pid === this.#page)) {
      const id = event.id2?.local ?? '';
      const begin = begun.get(id);
      if (event.ph === 'b') begun.set(id, event);
      else if (begin) {
        begun.delete(id);
        const report = begin.args.frame_reporter;
        frames.push({
          begin: begin.ts,
          end: event.ts,
          scrolls: report !== undefined && report.scroll_state !== 'SCROLL_NONE',
          presented: report?.state.startsWith('STATE_PRESENTED') ?? false,
        });
      }
    }
    return frames;
  }
}
