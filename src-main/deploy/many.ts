import { Signal, type Observable } from '../events/index.ts';
import { AppError } from '../errors/index.ts';
import type { DeployService } from './deploy-service.ts';
import type { JobSnapshot, JobResult, StepSnapshot } from './job.ts';
import type { DeployOptions } from './settings.ts';
import type { DeploySnapshot } from './snapshot.ts';

/** How many devices are deployed to at the same time, unless another number is chosen. */
export const AT_ONCE = 4;

/** A device of a deployment to many: its turn has not come, or how its own work goes and went. */
export interface ManyRow {
  readonly deviceId: string;
  /** Without their logs, which the device's own page shows. Empty where the work never began. */
  readonly steps: readonly StepSnapshot[];
  /** Milliseconds since the epoch; null where the work never began. */
  readonly startedAt: number | null;
  readonly durationMs: number | null;
  readonly result: { readonly kind: 'waiting' } | JobResult;
}

export interface ManySnapshot {
  /** Grows with every change, over all deployments to many. */
  readonly number: number;
  /** Which deployment to many this is; 0 before the first. */
  readonly run: number;
  readonly atOnce: number;
  readonly rows: readonly ManyRow[];
}

/** One row as it is now. Whoever has another `run`, or missed a number, asks for the whole snapshot. */
export interface ManyChange {
  readonly number: number;
  readonly run: number;
  readonly row: ManyRow;
}

export interface DeployManyOptions {
  readonly deploy: Pick<DeployService, 'start' | 'cancel' | 'snapshots' | 'optionsOf'>;
  readonly practiceDeviceId: string;
}

/**
 * Deploys to many devices side by side, a few at once; the others wait for their turn. Each device succeeds or fails by
 * itself. The work on each is the same as when it is begun on its own page, and can be followed there.
 */
export class DeployMany {
  readonly #given: DeployManyOptions;
  readonly #changes = new Signal<ManyChange>();
  readonly #unsubscribe: () => void;
  #snapshot: ManySnapshot = { number: 0, run: 0, atOnce: AT_ONCE, rows: [] };
  #options: DeployOptions | null = null;

  constructor(given: DeployManyOptions) {
    this.#given = given;
    this.#unsubscribe = given.deploy.snapshots.subscribe((snapshot) => this.#follow(snapshot));
  }

  get snapshot(): ManySnapshot {
    return this.#snapshot;
  }

  get changes(): Observable<ManyChange> {
    return this.#changes;
  }

  /** Begins, and returns at once. Raises `DEPLOY_BUSY` while the deployment to many before it is under way. */
  start(deviceIds: readonly string[], options: DeployOptions, atOnce = AT_ONCE): ManySnapshot {
    if (this.#snapshot.rows.some(({ result }) => isOpen(result))) {
      throw new AppError('DEPLOY_BUSY', 'A deployment to several devices is under way already.', {
        hint: 'Wait until it is over, or cancel it.',
      });
    }
    const { number, run } = this.#snapshot;
    this.#options = options;
    this.#snapshot = { number: number + 1, run: run + 1, atOnce, rows: [...new Set(deviceIds)].map(waitingRow) };
    this.#fill();
    return this.#snapshot;
  }

  /** Devices whose turn has not come are left as they are; on the others, what ran before runs again. */
  cancel(): ManySnapshot {
    const note = 'Cancelled before its turn; nothing was changed.';
    for (const row of this.#of('waiting')) this.#change({ ...row, result: { kind: 'cancelled', note } });
    for (const { deviceId } of this.#of('running')) this.#given.deploy.cancel(deviceId);
    return this.#snapshot;
  }

  dispose(): void {
    this.cancel();
    this.#unsubscribe();
  }

  /** Gives free places to those that wait, in their order. */
  #fill(): void {
    while (this.#of('running').length < this.#snapshot.atOnce) {
      const next = this.#of('waiting')[0];
      if (!next) return;
      this.#begin(next);
    }
  }

  #begin(row: ManyRow): void {
    const { deviceId } = row;
    try {
      const { job } = this.#given.deploy.start(deviceId, 'deploy', { options: this.#optionsFor(deviceId) });
      if (job) this.#change(rowOf(deviceId, job));
    } catch (thrown) {
      this.#change({ ...row, result: { kind: 'failed', error: AppError.from(thrown).toData() } });
    }
  }

  /** The practice device keeps its own folder and its simulated LED, and lets in nobody from outside this computer. */
  #optionsFor(deviceId: string): DeployOptions {
    const { deploy, practiceDeviceId } = this.#given;
    const options = this.#options ?? deploy.optionsOf(deviceId);
    if (deviceId !== practiceDeviceId) return options;
    const own = deploy.optionsOf(deviceId);
    return { ...own, settings: { ...options.settings, access: 'ssh-only', driver: 'simulated' } };
  }

  #follow({ deviceId, job }: DeploySnapshot): void {
    const row = this.#snapshot.rows.find((one) => one.deviceId === deviceId);
    if (row?.result.kind !== 'running' || job === null) return;
    this.#change(rowOf(deviceId, job));
    if (job.result.kind !== 'running') this.#fill();
  }

  #of(kind: ManyRow['result']['kind']): readonly ManyRow[] {
    return this.#snapshot.rows.filter(({ result }) => result.kind === kind);
  }

  #change(row: ManyRow): void {
    const number = this.#snapshot.number + 1;
    const rows = this.#snapshot.rows.map((one) => (one.deviceId === row.deviceId ? row : one));
    this.#snapshot = { ...this.#snapshot, number, rows };
    this.#changes.emit({ number, run: this.#snapshot.run, row });
  }
}

function isOpen({ kind }: ManyRow['result']): boolean {
  return kind === 'waiting' || kind === 'running';
}

function waitingRow(deviceId: string): ManyRow {
  return { deviceId, steps: [], startedAt: null, durationMs: null, result: { kind: 'waiting' } };
}

function rowOf(deviceId: string, { steps, startedAt, durationMs, result }: JobSnapshot): ManyRow {
  return { deviceId, steps: steps.map((step) => ({ ...step, log: [] })), startedAt, durationMs, result };
}
