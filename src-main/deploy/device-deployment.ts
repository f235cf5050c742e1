import { AppError } from '../errors/index.ts';
import type { AgentEndpoint } from '../led/index.ts';
import type { Target } from '../target/target.ts';
import type { AgentBundle } from './agent-bundle.ts';
import { Deployment, deploySteps } from './deployment.ts';
import { findingsOf, type Finding } from './findings.ts';
import { assertFolder } from './folder.ts';
import { runningService, type Installation } from './installation.ts';
import { Job, type JobKind, type JobResult, type StepId } from './job.ts';
import { followLog } from './log.ts';
import {
  renewToken,
  RENEW_TOKEN_STEPS,
  rollBack,
  ROLLBACK_STEPS,
  startAgain,
  START_STEPS,
  stopAgent,
  STOP_STEPS,
} from './operations.ts';
import { probe, probeInstallation } from './probe.ts';
import { REMOVE_STEPS, removeAgent } from './removal.ts';
import type { RuntimeStore } from './runtime/runtime-store.ts';
import type { DeployOptions } from './settings.ts';
import { summaryOf, type DeploySnapshot } from './snapshot.ts';
import { askAgent, readToken } from './wait-healthy.ts';

export interface DeviceDeploymentOptions {
  readonly deviceId: string;
  readonly isPractice: boolean;
  readonly options: DeployOptions;
  readonly findTarget: () => Target | undefined;
  readonly bundle: () => Promise<AgentBundle>;
  readonly runtimes: RuntimeStore;
  readonly who: string;
  readonly saveOptions: (options: DeployOptions) => Promise<void>;
  readonly onChange: (snapshot: DeploySnapshot) => void;
  /** The agent came, went, or is reached otherwise than before. */
  readonly onEndpoint: () => void;
}

const STEPS: Readonly<Record<JobKind, (options: DeployOptions) => readonly StepId[]>> = {
  deploy: deploySteps,
  rollback: () => ROLLBACK_STEPS,
  uninstall: () => REMOVE_STEPS,
  start: () => START_STEPS,
  restart: () => START_STEPS,
  stop: () => STOP_STEPS,
  'renew-token': () => RENEW_TOKEN_STEPS,
};

/** The agent of one device: what is installed, and the one piece of work that may be under way. */
export class DeviceDeployment {
  readonly #given: DeviceDeploymentOptions;
  #snapshot: DeploySnapshot;
  #installation: Installation | null = null;
  #endpoint: AgentEndpoint | null = null;
  #reading: Promise<void> | null = null;
  #running: { readonly stop: AbortController; readonly ended: Promise<void> } | null = null;

  constructor(given: DeviceDeploymentOptions) {
    this.#given = given;
    this.#snapshot = {
      deviceId: given.deviceId,
      number: 0,
      isSignedIn: given.findTarget() !== undefined,
      isPractice: given.isPractice,
      options: given.options,
      installed: null,
      readAt: null,
      isReading: false,
      problem: null,
      agent: null,
      agentProblem: null,
      bundledVersion: '',
      job: null,
      findings: null,
    };
  }

  get snapshot(): DeploySnapshot {
    return this.#snapshot;
  }

  /** Reads what is installed, unless that is under way already. */
  refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => (this.#reading = null));
    return this.#reading;
  }

  /** The user signed in or out. */
  async targetChanged(): Promise<void> {
    const isSignedIn = this.#given.findTarget() !== undefined;
    if (!isSignedIn) {
      this.#installation = null;
      this.#endpoint = null;
      this.#change({ isSignedIn, installed: null, readAt: null, agent: null, agentProblem: null, problem: null });
      return;
    }
    this.#change({ isSignedIn });
    await this.refresh();
    this.#given.onEndpoint();
  }

  /** How the agent is reached; null when none is installed or nobody is signed in. */
  async endpoint(): Promise<AgentEndpoint | null> {
    if (this.#given.findTarget() === undefined) return null;
    if (this.#snapshot.readAt === null) await this.refresh();
    return this.#endpoint;
  }

  /** Looks at the device and judges what a deployment with these options would meet; changes nothing. */
  async preflight(options: DeployOptions, signal: AbortSignal): Promise<readonly Finding[]> {
    this.#assertFolder(options);
    const target = this.#target();
    const bundle = await this.#given.bundle();
    const facts = await probe(target, options.folder, signal);
    const context = { options, uploadBytes: bundle.bytes, now: Date.now(), isPractice: this.#given.isPractice };
    const findings = findingsOf(facts, context);
    this.#change({ findings });
    return findings;
  }

  /** Begins a piece of work; `snapshot.job` tells how it goes. Raises `DEPLOY_BUSY` while another one is under way. */
  start(kind: JobKind, more: { readonly options?: DeployOptions; readonly password?: string }): DeploySnapshot {
    if (this.#running) {
      throw new AppError('DEPLOY_BUSY', 'Work on this device is under way already.', {
        hint: 'Wait until it is over, or cancel it.',
      });
    }
    const options = more.options ?? this.#snapshot.options;
    this.#assertFolder(options);
    const target = this.#target();
    const stop = new AbortController();
    const job = new Job(kind, STEPS[kind](options), (snapshot) => this.#change({ job: snapshot }));
    // Other work than a deployment makes what was found before one stale.
    const findings = kind === 'deploy' ? this.#snapshot.findings : null;
    this.#change({ job: job.snapshot, options, findings });
    const ended = this.#work(job, target, options, more.password, stop.signal).finally(() => (this.#running = null));
    this.#running = { stop, ended };
    return this.#snapshot;
  }

  /** Asks the work under way to stop; what ran before then runs again. */
  cancel(): void {
    this.#running?.stop.abort();
  }

  async followLog(signal: AbortSignal, onLines: (lines: readonly string[]) => void): Promise<void> {
    if (this.#snapshot.readAt === null) await this.refresh();
    const current = this.#installation?.current;
    if (!current || !this.#installation) {
      throw new AppError('NOT_INSTALLED', 'No agent is installed, so there is no log.', { hint: 'Deploy it first.' });
    }
    await followLog(this.#target(), current.service, this.#installation.folder, { signal, onLines });
  }

  async dispose(): Promise<void> {
    this.#running?.stop.abort();
    await this.#running?.ended;
    await this.#reading;
  }

  async #work(
    job: Job,
    target: Target,
    options: DeployOptions,
    password: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const ending = await this.#carryOut(job, target, options, password, signal);
      await this.#reread();
      job.end(ending);
    } catch (thrown) {
      const error = AppError.from(thrown);
      await this.#reread();
      if (error.code === 'CANCELLED') job.end({ kind: 'cancelled', note: error.message });
      else job.end({ kind: 'failed', error: error.toData() });
    }
    this.#given.onEndpoint();
  }

  async #carryOut(
    job: Job,
    target: Target,
    options: DeployOptions,
    password: string | undefined,
    signal: AbortSignal,
  ): Promise<Exclude<JobResult, { readonly kind: 'running' }>> {
    const { who, isPractice } = this.#given;
    const common = { target, folder: options.folder, password, who, job, signal };
    switch (job.kind) {
      case 'deploy': {
        const bundle = await this.#given.bundle();
        const onFindings = (findings: readonly Finding[]): void => this.#change({ findings });
        await this.#given.saveOptions(options);
        const { runtimes } = this.#given;
        return new Deployment({ ...common, options, bundle, runtimes, isPractice, onFindings }).run();
      }
      case 'rollback':
        return rollBack(common);
      case 'start':
      case 'restart':
        return startAgain(job.kind, common);
      case 'stop':
        return stopAgent(common);
      case 'renew-token':
        return renewToken(common);
      case 'uninstall':
        await removeAgent(common);
        return { kind: 'done', note: 'The agent and its files are gone.', warnings: [] };
    }
  }

  /** What is installed after some work; the work's own end is told even when this cannot be read. */
  async #reread(): Promise<void> {
    await this.#reading;
    await this.refresh();
  }

  async #read(): Promise<void> {
    const target = this.#given.findTarget();
    if (target === undefined) return;
    this.#change({ isReading: true });
    try {
      const { version: bundledVersion } = await this.#given.bundle();
      const installation = await probeInstallation(target, this.#snapshot.options.folder);
      const endpoint = await endpointOf(target, installation);
      const { agent, agentProblem } = await this.#askAgent(target, installation);
      this.#installation = installation;
      this.#endpoint = endpoint;
      const installed = summaryOf(installation);
      const options = this.#optionsAfter(installation);
      const read = { installed, agent, agentProblem, options, bundledVersion };
      this.#change({ ...read, readAt: Date.now(), isReading: false, problem: null });
    } catch (thrown) {
      this.#change({ isReading: false, problem: AppError.from(thrown).toData() });
    }
  }

  /** What runs there is the best proposal for the next deployment, unless the last one has not come to its end. */
  #optionsAfter({ current }: Installation): DeployOptions {
    const { options, job } = this.#snapshot;
    const isOpen = job?.kind === 'deploy' && job.result.kind !== 'done' && job.result.kind !== 'unchanged';
    return current === null || isOpen ? options : { ...options, settings: current.settings };
  }

  async #askAgent(target: Target, installation: Installation): Promise<Pick<DeploySnapshot, 'agent' | 'agentProblem'>> {
    const { current, folder } = installation;
    if (current === null || runningService(installation) === null) return { agent: null, agentProblem: null };
    try {
      const health = await askAgent(target, folder, current);
      return { agent: health.info, agentProblem: health.pinProblem?.toData() ?? null };
    } catch (thrown) {
      return { agent: null, agentProblem: AppError.from(thrown).toData() };
    }
  }

  #target(): Target {
    const target = this.#given.findTarget();
    if (target) return target;
    throw new AppError('NOT_SIGNED_IN', 'You are not signed in to this device.', { hint: 'Sign in first.' });
  }

  /** The practice device's folder is the app's own choice, wherever its data is. */
  #assertFolder({ folder }: DeployOptions): void {
    if (!this.#given.isPractice) assertFolder(folder);
  }

  #change(change: Partial<DeploySnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change, number: this.#snapshot.number + 1 };
    this.#given.onChange(this.#snapshot);
  }
}

async function endpointOf(target: Target, { current, folder }: Installation): Promise<AgentEndpoint | null> {
  if (current === null) return null;
  const { ledPort, echoPort, bcm, access } = current.settings;
  const token = access === 'token' ? await readToken(target, folder) : null;
  return { ledPort, echoPort, bcm, access, token };
}
