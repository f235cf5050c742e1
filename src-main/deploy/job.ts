import { AppError, type AppErrorData } from '../errors/index.ts';

export type StepState = 'waiting' | 'running' | 'done' | 'skipped' | 'warned' | 'failed' | 'cancelled';

export type StepId =
  | 'preflight'
  | 'packages'
  | 'runtime'
  | 'upload'
  | 'install'
  | 'start'
  | 'health'
  | 'switch'
  | 'token'
  | 'stop'
  | 'remove';

export interface StepSnapshot {
  readonly id: StepId;
  readonly name: string;
  readonly state: StepState;
  readonly detail: string;
  readonly hint: string;
  readonly durationMs: number | null;
  /** 0 to 1, or null where it cannot be measured. */
  readonly progress: number | null;
  readonly log: readonly string[];
}

export type JobKind = 'deploy' | 'rollback' | 'uninstall' | 'start' | 'stop' | 'restart' | 'renew-token';

export type JobResult =
  | { readonly kind: 'running' }
  /** `note` says in a sentence what came of it. */
  | { readonly kind: 'done'; readonly note: string; readonly warnings: readonly AppErrorData[] }
  /** Everything was as wanted already. */
  | { readonly kind: 'unchanged'; readonly note: string; readonly warnings: readonly AppErrorData[] }
  | { readonly kind: 'cancelled'; readonly note: string }
  | { readonly kind: 'failed'; readonly error: AppErrorData };

export interface JobSnapshot {
  readonly kind: JobKind;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number | null;
  readonly steps: readonly StepSnapshot[];
  readonly result: JobResult;
}

export const STEP_NAMES: Readonly<Record<StepId, string>> = {
  preflight: 'Look at the device',
  packages: 'Install Node.js by apt',
  runtime: 'Find Node.js',
  upload: 'Send the agent',
  install: 'Put it in place',
  start: 'Start it',
  health: 'Ask it how it is',
  switch: 'Make it the current version',
  token: 'Make a new token',
  stop: 'Stop it',
  remove: 'Remove its files',
};

const MAX_LOG_LINES = 300;

/** What a running step tells about itself. */
export interface StepReport {
  detail(sentence: string): void;
  log(line: string): void;
  progress(share: number): void;
  /** The step went well, except for something the user should know. */
  warn(sentence: string, hint: string): void;
}

/** The steps of one piece of work, with their times; every change is told. */
export class Job {
  readonly kind: JobKind;
  readonly #startedAt = Date.now();
  readonly #onChange: (snapshot: JobSnapshot) => void;
  readonly #steps: Map<StepId, StepSnapshot>;
  #durationMs: number | null = null;
  #result: JobResult = { kind: 'running' };

  constructor(kind: JobKind, steps: readonly StepId[], onChange: (snapshot: JobSnapshot) => void) {
    this.kind = kind;
    this.#onChange = onChange;
    this.#steps = new Map(steps.map((id) => [id, waitingStep(id)]));
  }

  get snapshot(): JobSnapshot {
    return {
      kind: this.kind,
      startedAt: this.#startedAt,
      durationMs: this.#durationMs,
      steps: [...this.#steps.values()],
      result: this.#result,
    };
  }

  /** Runs one step. Its error ends the step as failed, or as cancelled, and is raised again. */
  async step<T>(id: StepId, run: (report: StepReport) => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const spent = (): number => Math.round(performance.now() - startedAt);
    this.#change(id, { state: 'running' });
    try {
      const result = await run(this.#reportOf(id));
      const state = this.#step(id).state === 'warned' ? 'warned' : 'done';
      this.#change(id, { state, progress: null, durationMs: spent() });
      return result;
    } catch (thrown) {
      const error = AppError.from(thrown);
      const state = error.code === 'CANCELLED' ? 'cancelled' : 'failed';
      this.#change(id, { state, detail: error.message, hint: error.hint, progress: null, durationMs: spent() });
      throw error;
    }
  }

  skip(id: StepId, detail: string): void {
    this.#change(id, { state: 'skipped', detail });
  }

  log(id: StepId, line: string): void {
    this.#change(id, { log: [...this.#step(id).log, line].slice(-MAX_LOG_LINES) });
  }

  /** Ends the work; steps that never began are marked as skipped. */
  end(result: Exclude<JobResult, { readonly kind: 'running' }>): void {
    for (const step of this.#steps.values()) {
      if (step.state === 'waiting') this.#steps.set(step.id, { ...step, state: 'skipped' });
    }
    this.#durationMs = Date.now() - this.#startedAt;
    this.#result = result;
    this.#onChange(this.snapshot);
  }

  #reportOf(id: StepId): StepReport {
    return {
      detail: (detail) => this.#change(id, { detail }),
      log: (line) => this.log(id, line),
      progress: (progress) => this.#change(id, { progress }),
      warn: (detail, hint) => this.#change(id, { state: 'warned', detail, hint }),
    };
  }

  #step(id: StepId): StepSnapshot {
    return this.#steps.get(id) ?? waitingStep(id);
  }

  #change(id: StepId, change: Partial<StepSnapshot>): void {
    this.#steps.set(id, { ...this.#step(id), ...change });
    this.#onChange(this.snapshot);
  }
}

function waitingStep(id: StepId): StepSnapshot {
  const empty = { detail: '', hint: '', durationMs: null, progress: null, log: [] };
  return { id, name: STEP_NAMES[id], state: 'waiting', ...empty };
}
