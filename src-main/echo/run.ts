import { describeProblem, hostAndPort, type Problem } from '../console/index.ts';
import { AppError } from '../errors/index.ts';
import { FATE, Ledger } from './ledger.ts';
import type { EchoLink } from './link.ts';
import { LiveStatistics } from './live-statistics.ts';
import { ReplyMatcher } from './matcher.ts';
import type { EchoOptions } from './options.ts';
import { Payloads } from './payloads.ts';
import type { EchoCounts, EchoEnd, EchoStatus } from './report.ts';

/** Milliseconds between looks at overdue messages; the run itself is driven by replies. */
const TICK_MS = 100;
/** Milliseconds the other side gets to close once everything has come back. */
const CLOSE_GRACE_MS = 2000;

export interface EchoRunOptions extends Omit<EchoOptions, 'viaDeviceId'> {
  /** Called about ten times a second, never for a single round. */
  readonly onTick?: (run: EchoRun) => void;
  /** Ends the run early, keeping what was measured. */
  readonly stop?: AbortSignal;
}

/**
 * One echo test over an open connection: sends numbered messages, at most `inFlight` on the way, and settles each by the
 * content of what comes back. The way of one round from write to verdict makes no object and no event.
 */
export class EchoRun {
  readonly ledger: Ledger;
  readonly statistics: LiveStatistics;
  phase: 'running' | 'ending' = 'running';
  status: EchoStatus = 'finished';
  problem: Problem | null = null;
  end: EchoEnd | null = null;
  /** Milliseconds since the start at which the last reply came. */
  lastReplyAt = 0;
  readonly #options: EchoRunOptions;
  readonly #link: EchoLink;
  readonly #payloads: Payloads;
  readonly #matcher: ReplyMatcher;
  #startedAt = 0;
  #nextDue = 0;
  #pace: NodeJS.Timeout | null = null;
  #halfClosedAt: number | null = null;
  #deadline: NodeJS.Timeout | null = null;
  #awaitsClose = false;
  #resolve: () => void = () => undefined;
  #over = false;

  constructor(link: EchoLink, options: EchoRunOptions) {
    this.#link = link;
    this.#options = options;
    this.ledger = new Ledger(options.rounds);
    this.statistics = new LiveStatistics(this.ledger);
    this.#payloads = new Payloads(options);
    this.#matcher = new ReplyMatcher(this.#payloads, this.ledger);
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  get counts(): EchoCounts {
    const { sent, matched, lost, corrupted, reordered, late } = this.ledger;
    const unanswered = sent - matched - lost - corrupted;
    return { sent, matched, lost, corrupted, reordered, late, unanswered, extraBytes: this.#matcher.extraBytes };
  }

  /** Runs to the end; a connection that breaks is the run's result, not an error. */
  async run(): Promise<void> {
    const { stop } = this.#options;
    const ended = new Promise<void>((resolve) => {
      this.#resolve = resolve;
    });
    const onStop = (): void => this.#finish('stopped');
    const tick = setInterval(() => this.#tick(), Math.min(TICK_MS, this.#options.replyTimeoutMs / 4));
    this.#startedAt = performance.now();
    this.#link.start({
      data: (chunk, length) => this.#received(chunk, length),
      end: () => this.#peerEnded(),
      closed: (error) => this.#closed(error),
    });
    stop?.addEventListener('abort', onStop);
    if (stop?.aborted) onStop();
    this.#pump();
    await ended;
    stop?.removeEventListener('abort', onStop);
    clearInterval(tick);
    if (this.#pace) clearTimeout(this.#pace);
    if (this.#deadline) clearTimeout(this.#deadline);
    this.#matcher.giveUp(this.elapsedMs);
    this.ledger.close(this.status !== 'finished');
    this.#link.stream.destroy();
  }

  #received(chunk: Buffer, length: number): void {
    if (this.#over) return;
    const now = performance.now() - this.#startedAt;
    this.#matcher.feed(chunk, length, now);
    this.lastReplyAt = now;
    this.#advance();
  }

  #advance(): void {
    this.#pump();
    const { ledger } = this;
    if (ledger.sent < ledger.rounds || ledger.inWindow > 0) return;
    if (this.phase === 'running') this.#beginEnd();
    else if (ledger.oldestOpen === ledger.sent) this.#endSending();
  }

  /** Sends what the window and the interval allow. */
  #pump(): void {
    const { ledger } = this;
    const { inFlight, intervalMs, rounds } = this.#options;
    if (this.#over || this.phase !== 'running' || this.#pace !== null) return;
    const { stream } = this.#link;
    const several = inFlight > 1 && inFlight - ledger.inWindow > 1;
    if (several) stream.cork();
    while (ledger.sent < rounds && ledger.inWindow < inFlight) {
      const now = performance.now() - this.#startedAt;
      if (intervalMs > 0) {
        if (now < this.#nextDue) {
          this.#waitUntilDue(now);
          break;
        }
        this.#nextDue = Math.max(this.#nextDue + intervalMs, now);
      }
      this.#sendNext();
    }
    if (several) stream.uncork();
    if (ledger.sent === rounds && this.#options.ending === 'after-last-send') this.#halfClose();
  }

  #sendNext(): void {
    const { ledger } = this;
    const index = ledger.sent;
    const before = index - this.#options.inFlight;
    const mayReuse =
      before < 0 ||
      ledger.fate[before] === FATE.matched ||
      ledger.fate[before] === FATE.reordered ||
      this.#link.stream.writableLength === 0;
    const message = this.#payloads.prepare(index, mayReuse);
    ledger.markSent(performance.now() - this.#startedAt);
    this.#link.stream.write(message);
  }

  #waitUntilDue(now: number): void {
    this.#pace = setTimeout(() => {
      this.#pace = null;
      this.#advance();
    }, this.#nextDue - now);
  }

  #tick(): void {
    if (this.#over) return;
    const now = this.elapsedMs;
    if (this.ledger.expire(now - this.#options.replyTimeoutMs)) {
      this.#matcher.giveUp(now);
      this.#advance();
    }
    this.#options.onTick?.(this);
  }

  /** Nothing more will be sent. What is overdue may still come, and many servers answer nothing after a half-close. */
  #beginEnd(): void {
    this.phase = 'ending';
    if (this.ledger.oldestOpen === this.ledger.sent) this.#endSending();
    else this.#deadline = setTimeout(() => this.#endSending(), this.#options.replyTimeoutMs);
  }

  /** Says that nothing more will come from here, and gives the other side a while to close in turn. */
  #endSending(): void {
    if (this.#awaitsClose) return;
    this.#awaitsClose = true;
    if (this.#deadline) clearTimeout(this.#deadline);
    this.#halfClose();
    const wait = Math.min(this.#options.replyTimeoutMs, CLOSE_GRACE_MS);
    this.#deadline = setTimeout(() => this.#finish('finished'), wait);
  }

  #halfClose(): void {
    if (this.#halfClosedAt !== null) return;
    this.#halfClosedAt = this.elapsedMs;
    this.end = { peerClosed: false, afterMs: null };
    this.#link.stream.end();
  }

  #peerEnded(): void {
    if (this.#over) return;
    if (this.#halfClosedAt === null) {
      const { sent, rounds } = this.ledger;
      this.#fail(
        new AppError('PEER_CLOSED', `The other side closed the connection after ${sent} of ${rounds} messages.`, {
          hint: 'It may close each connection after a while or a number of bytes, or it is no echo server.',
        }),
      );
      return;
    }
    this.end = { peerClosed: true, afterMs: this.elapsedMs - this.#halfClosedAt };
    this.#finish('finished');
  }

  #closed(error: Error | null): void {
    if (this.#over) return;
    if (error) this.#fail(error);
    else this.#peerEnded();
  }

  #fail(thrown: Error): void {
    const where = hostAndPort(this.#options.host, this.#options.port);
    const problem = describeProblem(thrown, { during: 'receive', where });
    // describeProblem words system errors; our own error already is in words.
    this.problem =
      thrown instanceof AppError ? { ...problem, meaning: thrown.message, hint: thrown.hint, python: '' } : problem;
    this.#finish('failed');
  }

  #finish(status: EchoStatus): void {
    if (this.#over) return;
    this.#over = true;
    this.status = status;
    this.#resolve();
  }
}
