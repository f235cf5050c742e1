import { AppError } from '../errors/index.ts';
import type { AgentHealth } from '../led/index.ts';
import type { Target } from '../target/target.ts';
import { runningService, type Installation } from './installation.ts';
import type { Job, StepReport } from './job.ts';
import { lastLogLines } from './log.ts';
import type { ManagerSession } from './manager/session.ts';
import type { Release } from './release.ts';
import type { ServiceControl } from './service/control.ts';
import { waitHealthy } from './wait-healthy.ts';

export interface Trial {
  readonly target: Target;
  readonly job: Job;
  readonly signal: AbortSignal;
  readonly session: ManagerSession;
  readonly control: ServiceControl;
  readonly release: Release;
  readonly before: Installation;
}

/** Starts a release and waits until it answers well. When it does not, what ran before runs again. */
export async function tryRelease({
  target,
  job,
  signal,
  session,
  control,
  release,
  before,
}: Trial): Promise<AgentHealth> {
  try {
    await job.step('start', async (report) => {
      const { stopsAtSignOut } = await control.activate(release, before, session);
      if (!stopsAtSignOut) report.detail(SERVICE_WORDS[release.service]);
      else
        report.warn('As a service of the user, which stops at sign-out.', 'Run "sudo loginctl enable-linger" there.');
    });
    return await job.step('health', async (report) => {
      const health = await waitHealthy(target, before.folder, release, signal);
      report.log(`INFO: version ${health.info.version}, driver ${health.info.driver}, GPIO ${health.info.bcm}`);
      if (health.pinProblem) report.warn(health.pinProblem.message, health.pinProblem.hint);
      else report.detail(`It answers: version ${health.info.version}, LED ${health.level ?? 'unknown'}.`);
      return health;
    });
  } catch (thrown) {
    throw await undo({ target, job, signal, session, control, release, before }, AppError.from(thrown));
  }
}

/**
 * Makes a release that answers the current one, takes out other services, and lets avahi announce this one. Others are
 * disabled before: when it is cut off after the switch, two agents would start with the device.
 */
export async function switchOver(
  { session, control, release, before }: Pick<Trial, 'session' | 'control' | 'release' | 'before'>,
  report: StepReport,
): Promise<void> {
  await control.disableOthers(release, before);
  await session.switchTo(release.id);
  await control.keep(release);
  await control.removeOthers(release, before);
  report.detail(`Version ${release.agentVersion} is the current one.`);
  try {
    await control.announce(release);
  } catch (thrown) {
    // It runs and answers: that the network is not told is no reason to call the deployment failed.
    report.warn('It runs, but avahi could not be told to announce it.', AppError.from(thrown).message);
  }
}

async function undo({ target, job, session, control, release, before }: Trial, error: AppError): Promise<AppError> {
  if (target.state.kind === 'disconnected') return error;
  if (error.code !== 'CANCELLED') {
    const lines = await lastLogLines(target, release.service, before.folder, 20);
    for (const line of lines) job.log('health', line);
  }
  const was = before.current;
  try {
    await control.restore(release, before, session);
  } catch (thrown) {
    const failure = AppError.from(thrown);
    job.log('health', `Putting back what ran before failed: ${failure.message}`);
    return error.with({
      message: `${error.message} What ran before could not be started again.`,
      hint: `${failure.message} ${failure.hint}`.trim(),
      cause: error.cause ?? thrown,
    });
  }
  const runs = runningService(before) !== null && was !== null;
  const now = runs ? `Version ${was.agentVersion} runs again.` : 'Nothing is left running, as before.';
  return error.with({ message: `${error.message} ${now}` });
}

const SERVICE_WORDS = {
  system: 'As a service of the system',
  user: 'As a service of the user',
  plain: 'As a plain program, watched over by a small supervisor',
} as const;
