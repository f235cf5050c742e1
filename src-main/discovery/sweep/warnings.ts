import type { SweepOutcome } from './sweep.ts';

/** Above this share of answers, something on the way answers for machines that are not there. */
const TOO_MANY = 0.9;
const FEW = 20;

export interface SweepCircumstances {
  readonly platform: NodeJS.Platform;
  /** True when this computer is in the network that was searched. */
  readonly sameSubnet: boolean;
  /** True for a search of this computer's own loopback network, where every address answers. */
  readonly loopback: boolean;
  /** Networks whose adapter went away meanwhile. */
  readonly lost: readonly LostAdapter[];
}

export interface LostAdapter {
  readonly adapter: string;
  readonly cidr: string;
}

/** What a person must know about a finished search, in sentences. */
export function searchWarnings(outcome: SweepOutcome, where: SweepCircumstances): readonly string[] {
  const asked = outcome.open + outcome.refused + outcome.silent;
  const answered = outcome.open + outcome.refused;
  const warnings: string[] = [];
  if (!where.loopback && asked >= FEW && answered > asked * TOO_MANY) {
    warnings.push(
      `${answered} of ${asked} addresses answered. So many machines are unlikely: a firewall or router probably answers for all, so this result is not to be trusted.`,
    );
  }
  const hint =
    outcome.unreachable > asked * TOO_MANY ? localNetworkHint(where.platform, 'EHOSTUNREACH', where.sameSubnet) : null;
  if (hint !== null) warnings.push(hint);
  for (const { adapter, cidr } of where.lost) {
    warnings.push(
      `${adapter} went away during the search, so not every address of ${cidr} was asked. Connect it again, then search again.`,
    );
  }
  for (const [code, times] of outcome.failed) {
    if (where.lost.length === 0 || !LOSS_CODES.has(code)) warnings.push(failureText(code, times));
  }
  return warnings;
}

/** `35 s`, `12 min`, `3 h`. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/**
 * What to do when the system itself keeps this app from its own network. macOS 15 and later answer EHOSTUNREACH for
 * machines of the same subnet, without a question, when the app is not allowed in "Local Network"; null elsewhere.
 */
export function localNetworkHint(platform: NodeJS.Platform, code: string, sameSubnet: boolean): string | null {
  if (platform !== 'darwin' || code !== 'EHOSTUNREACH' || !sameSubnet) return null;
  return 'macOS probably keeps this app from the local network. Allow it in System Settings, Privacy & Security, Local Network, and search again.';
}

/** What to check when mDNS hears nothing at all; null where there is nothing special to check. */
export function silentMdnsHint(platform: NodeJS.Platform): string | null {
  if (platform !== 'win32') return null;
  return 'On Windows, a network marked “Public” blocks mDNS answers. Mark it “Private” in Settings, Network & internet, if it is yours.';
}

/** How probes fail once their adapter is gone. */
const LOSS_CODES: ReadonlySet<string> = new Set(['ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'ENODEV']);

const FAILURES: Readonly<Record<string, string>> = {
  ENETUNREACH: 'because this computer has no way to that network. Is the adapter still connected?',
  ENETDOWN: 'because the network adapter went down.',
  EADDRNOTAVAIL: 'because this computer ran out of ports or lost its address.',
  EACCES: 'because the system or a firewall on this computer does not allow it.',
  EPERM: 'because a firewall on this computer does not allow it.',
  EMFILE: 'because this computer has too many connections open.',
  ENFILE: 'because this computer has too many connections open.',
  OUTSIDE_NETWORKS: 'because they are outside the networks given with --networks.',
};

function failureText(code: string, times: number): string {
  const addresses = times === 1 ? '1 address' : `${times} addresses`;
  return `${addresses} could not be asked, ${FAILURES[code] ?? `because of ${code}.`}`;
}
