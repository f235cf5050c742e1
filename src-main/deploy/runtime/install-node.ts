import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, ExecResult, Target } from '../../target/target.ts';
import type { StepReport } from '../job.ts';
import { aptFailure, isLocked, isTooOld, noCandidate, packageTooOld, parseCandidate } from './node-package.ts';

/** A Pi that was just started updates itself, and a Pi Zero takes minutes for it. */
const LOCK_LIMIT_MS = 300_000;
/** Seconds that apt waits for the lock by itself. */
const APT_LOCK_TIMEOUT = 10;
const LOCK_PAUSE_MS = 2000;
const UPDATE_TIMEOUT_MS = 600_000;
const INSTALL_TIMEOUT_MS = 1_200_000;

const PRELUDE = String.raw`
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
PATH="$PATH:/usr/sbin:/usr/bin:/sbin:/bin"
lock_timeout=$1
apt() { apt-get -q -o DPkg::Lock::Timeout="$lock_timeout" -o Acquire::Retries=1 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 "$@"; }
`;

/** A source that cannot be read makes no difference as long as another one has the package. */
const UPDATE = String.raw`${PRELUDE}
apt update 2>&1
apt-cache policy nodejs
`;

/** Its output goes to a file first: apt and dpkg must come to their end when the connection breaks meanwhile. */
const INSTALL = String.raw`${PRELUDE}
log=$(mktemp) || exit 1
apt -y --no-install-recommends install nodejs >"$log" 2>&1 </dev/null
status=$?
cat "$log"
rm -f "$log"
exit $status
`;

export interface InstallNodeOptions {
  readonly target: Target;
  /** For sudo. */
  readonly password: string | undefined;
  readonly signal: AbortSignal;
  readonly report: StepReport;
  /** How long to wait for another program that installs packages; default five minutes. */
  readonly lockLimitMs?: number;
}

/**
 * Installs the system's own Node by apt. It waits while another program installs packages; cancelling takes effect
 * before and after the installation, never in it. Raises `APT_BUSY`, `APT_OFFLINE`, `APT_BROKEN`, `APT_FAILED`,
 * `NODE_PACKAGE_MISSING`, `NODE_PACKAGE_TOO_OLD`, `DISK_FULL`, and what `sudo` raises.
 */
export async function installNode(options: InstallNodeOptions): Promise<void> {
  const { target, password, signal, report, lockLimitMs = LOCK_LIMIT_MS } = options;
  const lockTimeout = String(Math.min(APT_LOCK_TIMEOUT, Math.ceil(lockLimitMs / 1000)));
  const shell = (script: string): Command => ({ argv: ['/bin/sh', '-c', script, 'sh', lockTimeout] });
  report.detail('Reading which packages there are');
  const known = await whenUnlocked(options, () =>
    target.sudo(shell(UPDATE), { password, signal, timeoutMs: UPDATE_TIMEOUT_MS }),
  );
  const version = parseCandidate(known.stdout);
  if (version === null) throw noCandidate(known.stdout);
  if (isTooOld(version)) throw packageTooOld(version);
  report.detail(`Installing Node.js ${version}, which takes some minutes on a Pi Zero`);
  const installed = await whenUnlocked(options, () =>
    target.sudo(shell(INSTALL), { password, timeoutMs: INSTALL_TIMEOUT_MS }),
  );
  for (const line of installed.stdout.trim().split('\n')) report.log(line);
  if (installed.code !== 0) throw aptFailure(`${installed.stdout}\n${installed.stderr}`);
  signal.throwIfAborted();
}

/** Asks apt again while another program holds its lock. */
async function whenUnlocked(
  { signal, report, lockLimitMs = LOCK_LIMIT_MS }: InstallNodeOptions,
  ask: () => Promise<ExecResult>,
): Promise<ExecResult> {
  const deadline = Date.now() + lockLimitMs;
  for (;;) {
    const result = await ask();
    if (!isLocked(result.stdout) || Date.now() > deadline) return result;
    report.detail('Waiting: another program installs packages there right now.');
    await sleep(LOCK_PAUSE_MS, undefined, { signal });
  }
}
