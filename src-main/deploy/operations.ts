import { AppError } from '../errors/index.ts';
import type { Target } from '../target/target.ts';
import { switchOver, tryRelease } from './trial.ts';
import { layoutOf, presentServices, runningService, type Installation } from './installation.ts';
import type { Job, JobResult } from './job.ts';
import { ManagerSession } from './manager/session.ts';
import { probeInstallation } from './probe.ts';
import type { Release } from './release.ts';
import { assertRoot, needsRoot } from './service/root.ts';
import { ServiceControl } from './service/control.ts';
import { stopPlainProcess } from './service/plain.ts';
import { waitHealthy } from './wait-healthy.ts';

export interface OperationOptions {
  readonly target: Target;
  /** As in the options of the deployment; may start with `~/`. */
  readonly folder: string;
  readonly password: string | undefined;
  readonly who: string;
  readonly job: Job;
  readonly signal: AbortSignal;
}

type Ending = Exclude<JobResult, { readonly kind: 'running' }>;

export const ROLLBACK_STEPS = ['preflight', 'start', 'health', 'switch'] as const;
export const START_STEPS = ['start', 'health'] as const;
export const RENEW_TOKEN_STEPS = ['token', ...START_STEPS] as const;
export const STOP_STEPS = ['stop'] as const;

/** Goes back to the version before this one; the present one stays, as the way forward again. */
export async function rollBack({ target, folder, password, who, job, signal }: OperationOptions): Promise<Ending> {
  const session = await job.step('preflight', async () => {
    const found = await probeInstallation(target, folder, signal);
    const release = versionBefore(found);
    if (needsRoot(release, found)) await assertRoot(target, password, signal);
    return ManagerSession.open(target, { node: release.runtime.node, folder: found.folder, signal });
  });
  try {
    await session.lock(who, signal, (owner) => job.log('preflight', `Waiting for ${owner.by}.`));
    const before = await probeInstallation(target, folder, signal);
    const release = versionBefore(before);
    const control = new ServiceControl({ target, folder: before.folder, password });
    await tryRelease({ target, job, signal, session, control, release, before });
    await job.step('switch', (report) => switchOver({ session, control, release, before }, report));
    return { kind: 'done', note: `Back at version ${release.agentVersion} with its settings.`, warnings: [] };
  } finally {
    await session.close();
  }
}

/** Starts or restarts what is installed, and waits until it answers. */
export async function startAgain(
  action: 'start' | 'restart',
  { target, folder, password, who, job, signal }: OperationOptions,
): Promise<Ending> {
  const { release, installed } = await job.step('start', async () => {
    const before = await probeInstallation(target, folder, signal);
    const current = installedRelease(before);
    if (current.service === 'plain') await startPlain(target, before, current, who, signal);
    else {
      const control = new ServiceControl({ target, folder: before.folder, password });
      await control.control(action, current.service);
    }
    return { release: current, installed: before };
  });
  await job.step('health', async (report) => {
    const health = await waitHealthy(target, installed.folder, release, signal);
    if (health.pinProblem) report.warn(health.pinProblem.message, health.pinProblem.hint);
    else report.detail(`It answers: version ${health.info.version}, LED ${health.level ?? 'unknown'}.`);
  });
  return { kind: 'done', note: action === 'start' ? 'The agent runs.' : 'The agent was restarted.', warnings: [] };
}

/** Makes a new token in place of the old one, and restarts the agent, which takes only the new one from then on. */
export async function renewToken(options: OperationOptions): Promise<Ending> {
  await options.job.step('token', async (report) => {
    const file = await replaceToken(options);
    report.detail(`It is in ${file}, which only its user may read.`);
  });
  try {
    await startAgain('restart', options);
  } catch (thrown) {
    const error = AppError.from(thrown);
    const next = 'The new token is in its file already: the agent takes it when it starts the next time.';
    // Not as the hint, which nobody sees of work that was cancelled.
    throw error.with({ message: `${error.message} ${next}` });
  }
  return { kind: 'done', note: 'The agent takes only the new token now.', warnings: [] };
}

/** The file that holds the new token. */
async function replaceToken({ target, folder, password, who, job, signal }: OperationOptions): Promise<string> {
  const installation = await probeInstallation(target, folder, signal);
  const current = installedRelease(installation);
  if (current.settings.access !== 'token') {
    throw new AppError('NO_TOKEN', 'This agent asks for no token.', {
      hint: 'Choose "Whoever has the token" in its settings first.',
    });
  }
  if (needsRoot(current, installation)) await assertRoot(target, password, signal);
  const { node } = current.runtime;
  const session = await ManagerSession.open(target, { node, folder: installation.folder, signal });
  try {
    await session.lock(who, signal, (owner) => job.log('token', `Waiting for ${owner.by}.`));
    await session.replaceToken();
  } finally {
    await session.close();
  }
  return layoutOf(installation.folder).token;
}

/** Stops the agent; a service of the system starts again with the device. */
export async function stopAgent({ target, folder, password, job, signal }: OperationOptions): Promise<Ending> {
  const kind = await job.step('stop', async () => {
    const installation = await probeInstallation(target, folder, signal);
    const running = runningService(installation) ?? presentServices(installation)[0] ?? 'plain';
    const control = new ServiceControl({ target, folder: installation.folder, password });
    if (running === 'plain') await stopPlainProcess(target, installation.folder);
    else await control.control('stop', running);
    return running;
  });
  const until = kind === 'plain' ? 'until you start it' : 'until you start it or the device restarts';
  return { kind: 'done', note: `The agent is stopped ${until}.`, warnings: [] };
}

async function startPlain(
  target: Target,
  before: Installation,
  { id, runtime }: Release,
  who: string,
  signal: AbortSignal,
): Promise<void> {
  const session = await ManagerSession.open(target, { node: runtime.node, folder: before.folder, signal });
  try {
    await session.lock(who, signal, () => undefined);
    await session.startPlain(id, id);
    await session.switchTo(id);
  } finally {
    await session.close();
  }
}

function installedRelease({ current }: Installation): Release {
  if (current !== null) return current;
  throw new AppError('NOT_INSTALLED', 'No agent is installed.', { hint: 'Deploy the agent first.' });
}

function versionBefore(found: Installation): Release {
  installedRelease(found);
  if (found.previous !== null) return found.previous;
  throw new AppError('NO_VERSION_BEFORE', 'There is no version to go back to.', {
    hint: 'A deployment with other settings, or of another version, keeps the one before it.',
  });
}
