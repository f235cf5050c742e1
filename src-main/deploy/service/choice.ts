import { AppError } from '../../errors/index.ts';
import type { TargetFacts } from '../facts.ts';
import type { DeployOptions, ServiceKind } from '../settings.ts';
import { canBeRoot } from './root.ts';

export interface ServiceChoice {
  readonly kind: ServiceKind;
  /** sudo will ask for the user's password. */
  readonly needsPassword: boolean;
  /** Why the wanted kind cannot be had, or null. */
  readonly problem: AppError | null;
}

/**
 * The service that fits: one of the system where there is systemd and a way to be root, else a plain process. `systemctl`
 * alone proves nothing: only `/run/systemd/system` does (PatchMon#993).
 */
export function chooseService(facts: TargetFacts, wanted: DeployOptions['service']): ServiceChoice {
  const { sudo, systemd } = facts;
  const needsPassword = sudo === 'password';
  const isAbleToBeRoot = canBeRoot(sudo);
  const choose = (kind: ServiceKind, problem: AppError | null = null): ServiceChoice => ({
    kind,
    needsPassword: kind === 'system' && needsPassword,
    problem,
  });
  if (wanted === 'plain') return choose('plain');
  if (wanted === 'user') return choose('user', systemd.running && systemd.userManager ? null : noUserManager());
  if (wanted === 'system') {
    return choose('system', systemd.running ? (isAbleToBeRoot ? null : noSudo()) : noSystemd());
  }
  if (wanted === 'auto' && systemd.running && isAbleToBeRoot) return choose('system');
  if (systemd.running && systemd.userManager) return choose('user');
  return choose('plain');
}

function noSystemd(): AppError {
  return new AppError('NO_SYSTEMD', 'systemd does not run on the device, so it cannot keep the agent running.', {
    hint: 'Choose "Plain program".',
  });
}

function noSudo(): AppError {
  return new AppError('SUDO_NOT_ALLOWED', 'A service of the system needs sudo, which this user may not use.', {
    hint: 'Sign in as a user who may, or deploy without root rights.',
  });
}

function noUserManager(): AppError {
  return new AppError('NO_USER_MANAGER', 'systemd has no manager for this user on the device.', {
    hint: 'Choose "Plain program", or install the package "dbus-user-session" and sign in again.',
  });
}
