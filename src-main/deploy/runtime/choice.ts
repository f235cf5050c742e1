import { AppError } from '../../errors/index.ts';
import { chooseArchitecture } from '../architecture.ts';
import type { NodeCandidate, TargetFacts } from '../facts.ts';
import { layoutOf } from '../installation.ts';
import { LOWEST_NODE } from '../settings.ts';
import { LOWEST_GLIBC, PINNED_RUNTIMES, runtimeName, type PinnedRuntime } from './pinned.ts';

/** The Node that is to run the agent. */
export interface RuntimeChoice {
  /** Absolute path on the target, with every link followed: what a service is started with. */
  readonly node: string;
  readonly version: string;
  /** The one to bring along; null when it is there. */
  readonly carried: PinnedRuntime | null;
}

const ILLEGAL_INSTRUCTION = 132;
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** `findRuntime`, where there has to be one. Raises `NODE_TOO_OLD`, `NODE_BROKEN`, `NODE_MISSING` or `NODE_ARMV6`. */
export function chooseRuntime(facts: TargetFacts): RuntimeChoice {
  const found = findRuntime(facts);
  if (found === null) throw noRuntime(facts);
  return found;
}

/** The first Node found that is new enough, else the one to bring along; null when none can be brought. */
export function findRuntime(facts: TargetFacts): RuntimeChoice | null {
  for (const { execPath, version } of facts.nodes) {
    if (execPath !== null && version !== null && majorOf(version) >= LOWEST_NODE) {
      return { node: execPath, version, carried: null };
    }
  }
  const carried = carriable(facts);
  if (carried === null) return null;
  const node = layoutOf(facts.folder.path).runtimeNode(runtimeName(carried));
  return { node, version: carried.version, carried };
}

/** The Node that can be brought to this system, or null: the builds need glibc, and a disk that lets them be started. */
function carriable(facts: TargetFacts): PinnedRuntime | null {
  const choice = chooseArchitecture(facts);
  if (choice.kind !== 'known' || facts.system !== 'Linux' || facts.libc === 'musl' || !facts.hasGzip) return null;
  if (facts.folder.mountOptions.includes('noexec')) return null;
  const [major, minor] = facts.glibcVersion ?? LOWEST_GLIBC;
  const isGlibcOld = major < LOWEST_GLIBC[0] || (major === LOWEST_GLIBC[0] && minor < LOWEST_GLIBC[1]);
  return isGlibcOld ? null : PINNED_RUNTIMES[choice.arch];
}

/** Why there is no Node to run the agent with. */
export function noRuntime(facts: TargetFacts): AppError {
  const old = facts.nodes.find(({ version }) => version !== null);
  if (old) {
    return new AppError('NODE_TOO_OLD', `Node.js on the device is too old: ${old.version}, ${LOWEST_NODE} is needed.`, {
      hint: `Install a newer one ("sudo apt install nodejs" on Raspberry Pi OS Bookworm or later), then deploy again.`,
      details: { found: old.version ?? '', path: old.path, lowest: LOWEST_NODE },
    });
  }
  const [broken] = facts.nodes;
  if (broken) return brokenNode(broken);
  if (chooseArchitecture(facts).kind === 'armv6') {
    return new AppError('NODE_ARMV6', 'This Pi has an ARMv6 processor and no Node.js.', {
      hint: 'Official builds for it ended. Run "sudo apt install nodejs" on the Pi: Debian still builds one. Then deploy again.',
    });
  }
  return new AppError('NODE_MISSING', `There is no Node.js on the device; ${LOWEST_NODE} or newer is needed.`, {
    hint: 'Run "sudo apt install nodejs" on it, then deploy again.',
  });
}

/** Why a Node that is there does not run, by its exit code. */
function brokenNode({ path, exitCode }: NodeCandidate): AppError {
  const reasons: Readonly<Record<number, string>> = {
    [ILLEGAL_INSTRUCTION]: 'it ended with an illegal instruction, so it was built for another processor',
    [NOT_FOUND]: 'its loader or a library is missing, so it was built for another system',
    [NOT_EXECUTABLE]: 'it may not be executed or was built for another system',
  };
  return new AppError(
    'NODE_BROKEN',
    `${path} does not run: ${reasons[exitCode] ?? `it ended with code ${exitCode}`}.`,
    {
      hint: 'Remove it and install the one of the system: "sudo apt install nodejs". Then deploy again.',
      details: { path, exitCode },
    },
  );
}

export function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}
