import type { Target } from '../../target/target.ts';
import { presentServices, type Installation } from '../installation.ts';
import type { SudoFact } from '../facts.ts';
import type { Release } from '../release.ts';

/** Whether there is a way to be root, with a password or without. */
export function canBeRoot(sudo: SudoFact): boolean {
  return sudo === 'root' || sudo === 'passwordless' || sudo === 'password';
}

/** Whether root is needed to start a release in place of what is there. */
export function needsRoot({ service }: Release, before: Installation): boolean {
  return service === 'system' || presentServices(before).includes('system');
}

/** Raises what `sudo` raises when this user may not be root with this password; changes nothing. */
export async function assertRoot(target: Target, password: string | undefined, signal: AbortSignal): Promise<void> {
  await target.sudo({ argv: ['true'] }, { password, signal });
}
