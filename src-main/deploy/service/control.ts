import { AppError } from '../../errors/index.ts';
import type { ExecResult, Target } from '../../target/target.ts';
import { diskFull, saysDiskFull } from '../../target/upload/upload-error.ts';
import { otherUnits, presentServices, runningService, type Installation } from '../installation.ts';
import type { ManagerSession } from '../manager/session.ts';
import { unitOf, type Release } from '../release.ts';
import { scriptAsInput } from '../script-input.ts';
import type { SystemdKind } from '../settings.ts';
import { stopPlainProcess } from './plain.ts';
import {
  ANNOUNCE,
  CONTROL_UNIT,
  DISABLE_UNIT,
  REMOVE_UNIT,
  SETTLE_UNIT,
  STOP_UNIT_FOR_TRIAL,
  TRY_UNIT,
  withText,
} from './systemd-scripts.ts';

/** Seconds that stopping an agent and starting another may take on the slowest board. */
const SYSTEMD_TIMEOUT_MS = 90_000;

export interface ServiceControlOptions {
  readonly target: Target;
  readonly folder: string;
  /** The user's password for sudo; undefined where sudo asks for none. Never stored, never on a command line. */
  readonly password: string | undefined;
}

/** Starts, stops and removes the agent's service on a target, of whatever kind it is. */
export class ServiceControl {
  readonly #options: ServiceControlOptions;

  constructor(options: ServiceControlOptions) {
    this.#options = options;
  }

  /**
   * Starts a release in place of what runs. `restore` undoes it, and happens by itself when the connection breaks. Tells
   * whether the service ends when the user signs out.
   */
  async activate(
    release: Release,
    before: Installation,
    session: ManagerSession,
  ): Promise<{ readonly stopsAtSignOut: boolean }> {
    const running = runningService(before);
    const plain = running === 'plain' ? (before.plain?.release ?? null) : null;
    for (const kind of managedOthers(release, before)) await this.#systemd(kind, STOP_UNIT_FOR_TRIAL);
    if (release.service === 'plain') {
      await session.startPlain(release.id, plain);
      return { stopsAtSignOut: false };
    }
    if (plain !== null) await session.stopPlain(release.id, plain);
    const unit = unitOf(release) ?? '';
    const said = await this.#systemd(release.service, withText(TRY_UNIT, unit));
    return { stopsAtSignOut: said.split('\n').includes('stops-at-sign-out') };
  }

  /** Puts back what ran before `activate`. */
  async restore(release: Release, before: Installation, session: ManagerSession): Promise<void> {
    if (release.service !== 'plain') await this.#systemd(release.service, SETTLE_UNIT);
    if (release.service === 'plain' || runningService(before) === 'plain') await session.restore();
    for (const kind of managedOthers(release, before)) await this.#systemd(kind, SETTLE_UNIT);
  }

  /** Keeps services of another kind than the release's from starting with the device. `restore` undoes it too. */
  async disableOthers(release: Release, before: Installation): Promise<void> {
    for (const kind of managedOthers(release, before)) await this.#systemd(kind, DISABLE_UNIT);
  }

  /** Lets a release that has become the current one start with the device from now on. */
  async keep({ service }: Release): Promise<void> {
    if (service !== 'plain') await this.#systemd(service, SETTLE_UNIT);
  }

  /** Takes out services of another kind than the release's, which runs now. */
  async removeOthers({ service }: Release, before: Installation): Promise<void> {
    for (const kind of otherUnits(service, before)) await this.#systemd(kind, REMOVE_UNIT);
  }

  /** Lets avahi announce a service of the system as the release says, or no longer. */
  async announce({ service, avahi }: Release): Promise<void> {
    if (service === 'system') await this.#systemd(service, withText(ANNOUNCE, avahi ?? ''));
  }

  async control(action: 'start' | 'stop' | 'restart', kind: SystemdKind): Promise<void> {
    await this.#systemd(kind, CONTROL_UNIT, [action]);
  }

  /** Stops and takes out every service that is there. */
  async removeAll(installation: Installation): Promise<void> {
    for (const kind of presentServices(installation)) {
      if (kind === 'plain') await stopPlainProcess(this.#options.target, this.#options.folder);
      else await this.#systemd(kind, REMOVE_UNIT);
    }
  }

  async #systemd(kind: SystemdKind, script: string, more: readonly string[] = []): Promise<string> {
    const { target, folder, password } = this.#options;
    const { command, input } = scriptAsInput(script, [kind, folder, ...more]);
    const options = { input, timeoutMs: SYSTEMD_TIMEOUT_MS };
    const result =
      kind === 'system' ? await target.sudo(command, { ...options, password }) : await target.exec(command, options);
    if (result.code !== 0) throw serviceFailed(target.name, result);
    return result.stdout;
  }
}

/** The other kinds whose manager answers: a user's manager may be gone while the unit still lies there. */
function managedOthers({ service }: Release, before: Installation): readonly SystemdKind[] {
  return otherUnits(service, before).filter((kind) => before[kind] !== null);
}

function serviceFailed(name: string, { code, signal, stderr, stdout }: ExecResult): AppError {
  if (saysDiskFull(stderr)) return diskFull(name, null, null, stderr.trim());
  return new AppError('SERVICE_FAILED', `systemd on ${name} could not do what was asked for.`, {
    hint: 'Look at the log below: it holds what systemd said.',
    cause: `${signal ?? `code ${code ?? 'none'}`}: ${stderr.trim() || stdout.trim() || 'no output'}`,
  });
}
