import { AppError, type AppErrorData } from '../errors/index.ts';
import type { AgentHealth } from '../led/index.ts';
import type { Target } from '../target/target.ts';
import type { AgentBundle, BundleFile } from './agent-bundle.ts';
import type { SudoFact, TargetFacts } from './facts.ts';
import { findingsOf, raiseStop, type Finding } from './findings.ts';
import { isAnnounced, isUnfinished, runningService, type Installation } from './installation.ts';
import type { Job, JobResult, StepReport } from './job.ts';
import { ManagerSession } from './manager/session.ts';
import { planRelease } from './plan.ts';
import { probe, probeInstallation } from './probe.ts';
import type { Release } from './release.ts';
import { bringRuntime } from './runtime/bring-runtime.ts';
import { chooseRuntime, findRuntime } from './runtime/choice.ts';
import { installNode } from './runtime/install-node.ts';
import type { PinnedRuntime } from './runtime/pinned.ts';
import type { RuntimeStore } from './runtime/runtime-store.ts';
import { assertRoot, needsRoot } from './service/root.ts';
import { ServiceControl } from './service/control.ts';
import type { DeployOptions } from './settings.ts';
import { switchOver, tryRelease } from './trial.ts';
import { askAgent } from './wait-healthy.ts';

export interface DeploymentOptions {
  readonly target: Target;
  readonly options: DeployOptions;
  readonly bundle: AgentBundle;
  readonly runtimes: RuntimeStore;
  readonly job: Job;
  readonly signal: AbortSignal;
  readonly password: string | undefined;
  /** `ana@laptop`, for the one who waits meanwhile and for the history. */
  readonly who: string;
  readonly isPractice: boolean;
  readonly onFindings: (findings: readonly Finding[]) => void;
}

/** What keeps the usual way of sending from working, and not the session's own channel, whose program checks by itself. */
const WHY_THROUGH_SESSION = new Map([
  // Where the server starts SFTP through the shell.
  ['SFTP_DISTURBED', 'SFTP is disturbed by text that a start-up file prints'],
  ['HASH_TOOL_MISSING', 'There is no program that can check the copies'],
]);

type Ending = Exclude<JobResult, { readonly kind: 'running' }>;

/** What the look at the device leads to. */
interface Plan {
  readonly release: Release;
  readonly installation: Installation;
  readonly missingRuntime: PinnedRuntime | null;
  /** The end, when there is nothing to do. */
  readonly unchanged: Ending | null;
}

/** The steps of a deployment, for the job it reports to. */
export function deploySteps({ installNode }: DeployOptions): readonly DeployStep[] {
  return DEPLOY_STEPS.filter((step) => step !== 'packages' || installNode);
}

const DEPLOY_STEPS = ['preflight', 'packages', 'runtime', 'upload', 'install', 'start', 'health', 'switch'] as const;
type DeployStep = (typeof DEPLOY_STEPS)[number];

/** One deployment, from the first look to the switch. Whatever fails, what ran before runs again. */
export class Deployment {
  readonly #options: DeploymentOptions;

  constructor(options: DeploymentOptions) {
    this.#options = options;
  }

  /** Raises the error of the step that failed, or `CANCELLED`. */
  async run(): Promise<Ending> {
    try {
      return await this.#run();
    } catch (thrown) {
      throw withWhatRuns(AppError.from(thrown), this.#options.job);
    }
  }

  async #run(): Promise<Ending> {
    const { job, target, signal } = this.#options;
    const plan =
      (await job.step('preflight', (report) => this.#preflight(report))) ??
      (await job.step('packages', (report) => this.#installNode(report)));
    const { release, installation, missingRuntime, unchanged } = plan;
    if (unchanged !== null) return unchanged;
    const { node, version } = release.runtime;
    const folder = installation.folder;
    await job.step('runtime', async (report) => {
      if (missingRuntime) await this.#bringRuntime(missingRuntime, folder, report);
      report.detail(`Node.js ${version}: ${node}`);
    });
    const session = await job.step('upload', () => ManagerSession.open(target, { node, folder, signal }));
    try {
      return await this.#withSession(session, release);
    } finally {
      await session.close();
    }
  }

  /** Null when a Node has to be installed before there can be a plan. */
  async #preflight(report: StepReport): Promise<Plan | null> {
    const { facts, findings } = await this.#look(report);
    const plan = findRuntime(facts) === null ? null : await this.#plan(facts);
    if (plan === null) await this.#assertRoot(facts.sudo);
    else if (this.#options.options.installNode) this.#options.job.skip('packages', 'There is a Node.js already.');
    const warnings = findings.filter(({ level }) => level === 'warning').length;
    report.detail(warnings === 0 ? 'Everything fits.' : `It fits, with ${counted(warnings, 'warning')}.`);
    return plan;
  }

  async #installNode(report: StepReport): Promise<Plan> {
    const { target, password, signal } = this.#options;
    await installNode({ target, password, signal, report });
    const { facts } = await this.#look(report);
    const { version } = chooseRuntime(facts);
    report.detail(`Node.js ${version} is installed.`);
    return this.#plan(facts);
  }

  /** Reads the device. Raises what stops the deployment. */
  async #look(report: StepReport): Promise<{ facts: TargetFacts; findings: readonly Finding[] }> {
    const { target, options, bundle, signal, isPractice } = this.#options;
    const facts = await probe(target, options.folder, signal);
    const context = { options, uploadBytes: bundle.bytes, now: Date.now(), isPractice };
    const findings = findingsOf(facts, context);
    this.#options.onFindings(findings);
    for (const { level, title, text } of findings)
      report.log(`${level === 'good' ? '' : `${level}: `}${title}: ${text}`);
    raiseStop(findings);
    return { facts, findings };
  }

  async #plan(facts: TargetFacts): Promise<Plan> {
    const { options, bundle, who } = this.#options;
    const { installation, sudo } = facts;
    const release = planRelease({ facts, options, bundle, by: { at: Date.now(), who } });
    const unchanged = await this.#unchanged(release, installation);
    if (unchanged === null && needsRoot(release, installation)) await this.#assertRoot(sudo);
    const { node, carried } = chooseRuntime(facts);
    const missingRuntime = facts.runtimes.includes(node) ? null : carried;
    return { release, installation, missingRuntime, unchanged };
  }

  async #bringRuntime(runtime: PinnedRuntime, folder: string, report: StepReport): Promise<void> {
    const { target, runtimes, signal } = this.#options;
    report.detail(`Getting Node.js ${runtime.version} for ${runtime.arch}`);
    const stored = await runtimes.get(runtime, signal, report.progress);
    report.detail(`Sending Node.js ${runtime.version}, ${Math.round(stored.bytes / 1_000_000)} MB`);
    await bringRuntime({ target, folder, runtime, stored, signal, onProgress: report.progress });
  }

  /** Before anything is sent, and only where something has to be done as root. */
  async #assertRoot(sudo: SudoFact): Promise<void> {
    const { target, password, signal } = this.#options;
    if (sudo === 'root' || sudo === 'passwordless') return;
    if (sudo === 'password' && password === undefined) {
      throw new AppError('SUDO_PASSWORD_REQUIRED', 'sudo on the device asks for a password.', {
        hint: 'Type it, or deploy without root rights: the agent then does not start with the device.',
      });
    }
    await assertRoot(target, password, signal);
  }

  /** The end of a deployment that has nothing to do; null when there is something. */
  async #unchanged(release: Release, installation: Installation): Promise<Ending | null> {
    const { target, job, signal } = this.#options;
    if (installation.current?.id !== release.id) return null;
    if (runningService(installation) !== release.service || isUnfinished(installation, release)) return null;
    if (!isAnnounced(release, installation)) return null;
    try {
      const health = await askAgent(target, installation.folder, release, signal);
      for (const { id, state } of job.snapshot.steps) if (state === 'waiting') job.skip(id, 'Nothing to do.');
      return {
        kind: 'unchanged',
        note: `Version ${release.agentVersion} with these settings is there already and answers. Nothing was changed.`,
        warnings: warningsOf(health),
      };
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      job.log('preflight', `It is installed, but: ${AppError.from(thrown).message}`);
      return null;
    }
  }

  async #withSession(session: ManagerSession, release: Release): Promise<Ending> {
    const { job, target, signal, options } = this.#options;
    const { before, waited } = await job.step('upload', (report) => this.#upload(session, release, report));
    const same = waited ? await this.#unchanged(release, before) : null;
    if (same !== null) return same;
    await job.step('install', async (report) => {
      await session.commit(release);
      if (release.settings.access === 'token') await session.makeToken();
      report.detail(`${before.folder}/releases/${release.id}, checked by SHA-256`);
    });
    signal.throwIfAborted();

    const control = new ServiceControl({ target, folder: before.folder, password: this.#options.password });
    const health = await tryRelease({ ...this.#options, session, control, release, before });
    await job.step('switch', async (report) => {
      await switchOver({ session, control, release, before }, report);
    });
    return {
      kind: 'done',
      note: `Version ${release.agentVersion} runs and answers on port ${options.settings.ledPort}.`,
      warnings: warningsOf(health),
    };
  }

  async #upload(
    session: ManagerSession,
    release: Release,
    report: StepReport,
  ): Promise<{ before: Installation; waited: boolean }> {
    const { target, bundle, signal, options, who } = this.#options;
    const { waited } = await session.lock(who, signal, (owner) =>
      report.detail(`Waiting: ${owner.by} is deploying to this device right now.`),
    );
    // Read once more under the lock: somebody else may have deployed meanwhile.
    const before = await probeInstallation(target, options.folder, signal);
    const { incoming, here } = await session.begin(release);
    const missing = bundle.files.filter(({ name }) => !here.includes(name));
    await this.#send(session, incoming, missing, report);
    const bytes = missing.reduce((sum, file) => sum + file.bytes.length, 0);
    report.detail(
      missing.length === 0
        ? 'The files are there already; nothing was sent.'
        : `${counted(missing.length, 'file')}, ${Math.ceil(bytes / 1000)} kB`,
    );
    return { before, waited };
  }

  async #send(
    session: ManagerSession,
    incoming: string,
    missing: readonly BundleFile[],
    report: StepReport,
  ): Promise<void> {
    const { target, signal } = this.#options;
    const files = missing.map(({ name, bytes }) => ({ from: bytes, to: `${incoming}/${name}`, mode: 0o644 }));
    try {
      await target.upload(files, {
        signal,
        onProgress: ({ sentBytes, totalBytes }) => report.progress(totalBytes === 0 ? 1 : sentBytes / totalBytes),
      });
    } catch (thrown) {
      const why = WHY_THROUGH_SESSION.get(AppError.from(thrown).code);
      if (why === undefined) throw thrown;
      report.log(`${why}; the files go another way.`);
      for (const { name, bytes } of missing) await session.put(name, bytes);
    }
  }
}

/** What a connection that breaks during a step means for the agent; the device cannot be asked any more. */
const AFTER_A_CUT: Readonly<Record<DeployStep, string>> = {
  preflight: 'Nothing was changed there.',
  packages: 'What runs there was not touched; apt brings to its end what it has begun.',
  runtime: 'What runs there was not touched.',
  upload: 'What runs there was not touched.',
  install: 'What runs there was not touched.',
  start: 'The device puts back by itself what ran before.',
  health: 'The device puts back by itself what ran before.',
  switch: 'The new version answered already; which one runs is seen after the next sign-in.',
};

function withWhatRuns(error: AppError, job: Job): AppError {
  if (error.code !== 'DISCONNECTED') return error;
  const step = DEPLOY_STEPS.find((id) => job.snapshot.steps.some((one) => one.id === id && one.state === 'failed'));
  return step === undefined ? error : error.with({ message: `${error.message} ${AFTER_A_CUT[step]}` });
}

function warningsOf({ pinProblem }: AgentHealth): readonly AppErrorData[] {
  return pinProblem === null ? [] : [pinProblem.toData()];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
