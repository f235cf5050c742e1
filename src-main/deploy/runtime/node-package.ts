import { AppError } from '../../errors/index.ts';
import type { TargetFacts } from '../facts.ts';
import { canBeRoot } from '../service/root.ts';
import { LOWEST_NODE } from '../settings.ts';

/** What apt on the device could install where no Node runs and none can be brought. */
export type NodePackage =
  /** `version` is null while apt has not read what there is, as on a fresh card. */
  | { readonly kind: 'offered'; readonly version: string | null }
  | { readonly kind: 'too-old'; readonly version: string }
  | { readonly kind: 'none' };

/** Only where there is apt and a way to be root. */
export function nodePackageOf({ hasApt, sudo, nodePackage: version }: TargetFacts): NodePackage {
  if (!hasApt || !canBeRoot(sudo)) return { kind: 'none' };
  return version !== null && isTooOld(version) ? { kind: 'too-old', version } : { kind: 'offered', version };
}

/** The version in the answer of `apt-cache policy nodejs`; null when apt knows none. */
export function parseCandidate(text: string): string | null {
  const version = /^\s*Candidate: (\S+)$/m.exec(text)?.[1];
  return version === undefined || version === '(none)' ? null : version;
}

/** By the first number of a Debian version, which an epoch may stand before (deb-version(7)). */
export function isTooOld(version: string): boolean {
  return Number(/^(?:\d+:)?(\d+)/.exec(version)?.[1] ?? 0) < LOWEST_NODE;
}

export function packageTooOld(version: string): AppError {
  const message = `Its system offers only Node.js ${version}, and ${LOWEST_NODE} or newer is needed.`;
  return new AppError('NODE_PACKAGE_TOO_OLD', message, {
    hint: 'Put a newer Raspberry Pi OS on its card: Bookworm or later.',
  });
}

const LOCKED = /Could not get lock|Unable to (?:acquire the dpkg frontend lock|lock directory)/;
const OFFLINE =
  /Temporary failure resolving|Could not resolve|Could not connect|Unable to connect|Network is unreachable|Connection (?:timed out|failed)|No route to host/;

/** What apt says while it waits, with the words of a failure, before it may go on to succeed. */
const WAITING = /^Waiting for cache lock:.*$/gm;

/** Whether apt did nothing because another apt or dpkg was at work. */
export function isLocked(output: string): boolean {
  return LOCKED.test(output.replace(WAITING, ''));
}

/** Why apt knows no Node after it was asked to read what there is. */
export function noCandidate(output: string): AppError {
  if (isLocked(output) || OFFLINE.test(output)) return aptFailure(output);
  return new AppError('NODE_PACKAGE_MISSING', 'apt on the device knows no package "nodejs".', {
    hint: 'Look at its sources: "apt policy nodejs" tells where it looks.',
    cause: lastLines(output),
  });
}

/** What apt's own words mean when it could not install. */
export function aptFailure(output: string): AppError {
  const cause = lastLines(output);
  if (isLocked(output)) {
    return new AppError('APT_BUSY', 'Another program went on installing packages on the device, so apt could not.', {
      hint: 'A Pi that was just started updates itself. Wait some minutes, then deploy again.',
      cause,
    });
  }
  if (OFFLINE.test(output)) {
    return new AppError('APT_OFFLINE', 'The device does not reach the Internet, so apt could not get Node.js.', {
      hint: 'Connect it to the Internet, see that "sudo apt update" works on it, then deploy again.',
      cause,
    });
  }
  if (/don't have enough free space|No space left on device/.test(output)) {
    return new AppError('DISK_FULL', 'The disk of the device has no room for Node.js.', {
      hint: 'Delete what is not needed ("sudo apt clean" often helps), then deploy again.',
      cause,
    });
  }
  if (/dpkg was interrupted|unmet dependencies/i.test(output)) {
    return new AppError('APT_BROKEN', 'An earlier installation on the device was cut short, so apt refuses to work.', {
      hint: 'Run "sudo dpkg --configure -a" and "sudo apt --fix-broken install" on it, then deploy again.',
      cause,
    });
  }
  return new AppError('APT_FAILED', 'apt on the device could not install Node.js.', {
    hint: 'Run "sudo apt install nodejs" on it and see what it says.',
    cause,
  });
}

function lastLines(output: string): string {
  return output.trim().split('\n').slice(-8).join('\n');
}
