import { AppError } from '../errors/index.ts';
import { checkHealth, type AgentHealth } from '../led/index.ts';
import type { Target } from '../target/target.ts';
import { layoutOf, type Installation } from './installation.ts';
import { probeInstallation } from './probe.ts';
import type { Release } from './release.ts';

const PAUSE_MS = 100;
/** The slowest board needs seconds to start Node. */
const GIVE_UP_AFTER_MS = 45_000;
const LOOK_AT_SERVICE_EVERY_MS = 1500;

/** Asks the agent of a release once, through the target. Raises what `connect` and `checkHealth` raise. */
export async function askAgent(
  target: Target,
  folder: string,
  release: Pick<Release, 'agentVersion' | 'settings'>,
  signal?: AbortSignal,
): Promise<AgentHealth> {
  const { access, ledPort, bcm } = release.settings;
  const token = access === 'token' ? await readToken(target, folder) : null;
  const stream = await target.connect('127.0.0.1', ledPort, { signal });
  const health = await checkHealth(stream, { expectedVersion: release.agentVersion, token });
  if (health.info.bcm === bcm && health.info.access === access) return health;
  throw new AppError('AGENT_OTHER_SETTINGS', 'The agent that answers was started with other settings.', {
    hint: 'An agent that this app did not start may hold the port. Stop it and deploy again.',
  });
}

/** The secret of an agent deployed with `--access token`; null when there is none. */
export async function readToken(target: Target, folder: string): Promise<string | null> {
  const bytes = await target.readFile(layoutOf(folder).token);
  return bytes === null ? null : Buffer.from(bytes).toString('utf8').trim();
}

/**
 * Asks until the agent answers as this release should: a started process proves nothing (node-red#1547). Raises
 * `AGENT_CRASHED` as soon as it ended, and the last error when it never answered.
 */
export async function waitHealthy(
  target: Target,
  folder: string,
  release: Release,
  signal: AbortSignal,
): Promise<AgentHealth> {
  const deadline = Date.now() + GIVE_UP_AFTER_MS;
  let lookAt = Date.now() + LOOK_AT_SERVICE_EVERY_MS;
  for (;;) {
    try {
      return await askAgent(target, folder, release, signal);
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (signal.aborted || error.code === 'DISCONNECTED' || Date.now() > deadline) throw error;
    }
    if (Date.now() > lookAt) {
      raiseCrash(await probeInstallation(target, folder, signal), release);
      lookAt = Date.now() + LOOK_AT_SERVICE_EVERY_MS;
    }
    await pause(signal);
  }
}

function raiseCrash(installation: Installation, { service }: Release): void {
  const how = service === 'plain' ? plainCrash(installation) : unitCrash(installation, service);
  if (how === null) return;
  throw new AppError('AGENT_CRASHED', `The agent ended right after it was started, with ${how}.`, {
    hint: 'The log of this step shows its last words.',
  });
}

function plainCrash({ plain }: Installation): string | null {
  if (plain === null || !plain.alive) return plain?.lastExit ?? 'an unknown code';
  return plain.restarts > 0 ? (plain.lastExit ?? 'an unknown code') : null;
}

function unitCrash(installation: Installation, kind: 'system' | 'user'): string | null {
  const unit = installation[kind];
  if (unit === null) return 'no service left';
  if (unit.active !== 'failed' && unit.restarts === 0) return null;
  return unit.exitStatus === null ? unit.result : `code ${unit.exitStatus}`;
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(new AppError('CANCELLED', 'Cancelled.'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, PAUSE_MS);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
