import type { AppErrorData } from '../errors/index.ts';
import type { AgentInfo } from '../led/index.ts';
import type { Finding } from './findings.ts';
import { isUnfinished, type Installation } from './installation.ts';
import type { JobSnapshot } from './job.ts';
import type { Release } from './release.ts';
import type { AgentSettings, DeployOptions, ServiceKind } from './settings.ts';

/** A version on the device, as the page shows it. */
export interface ReleaseSummary {
  readonly version: string;
  readonly settings: AgentSettings;
  readonly service: ServiceKind;
  readonly node: string;
  readonly nodeVersion: string;
  /** Milliseconds since the epoch. */
  readonly deployedAt: number;
  readonly deployedBy: string;
}

export interface InstalledAgent {
  readonly folder: string;
  readonly current: ReleaseSummary;
  readonly previous: ReleaseSummary | null;
  readonly state: 'running' | 'starting' | 'stopped' | 'failed';
  /** Why it failed, in systemd's or the supervisor's words; empty otherwise. */
  readonly failure: string;
  /** Seconds at the moment of `readAt`; null while it does not run. */
  readonly uptimeSeconds: number | null;
  /** How often it was started again after a crash. */
  readonly restarts: number;
  /** What is set up differs from the current version: a deployment was cut short. */
  readonly isUnfinished: boolean;
}

/** The agent of one device as this app knows it. */
export interface DeploySnapshot {
  readonly deviceId: string;
  /** Grows with each change. */
  readonly number: number;
  readonly isSignedIn: boolean;
  readonly isPractice: boolean;
  /** What a deployment will use when nothing else is said. */
  readonly options: DeployOptions;
  /** Null while it was never read, or nothing is installed: `readAt` tells which. */
  readonly installed: InstalledAgent | null;
  /** Milliseconds since the epoch; null until it was read once. */
  readonly readAt: number | null;
  readonly isReading: boolean;
  /** Why it could not be read; null when it could. */
  readonly problem: AppErrorData | null;
  /** What the agent said of itself; null when it does not answer, then `agentProblem` says why. */
  readonly agent: AgentInfo | null;
  readonly agentProblem: AppErrorData | null;
  /** The version that this app carries. */
  readonly bundledVersion: string;
  /** Work under way, or the last one. */
  readonly job: JobSnapshot | null;
  /** Of the last look before a deployment. */
  readonly findings: readonly Finding[] | null;
}

/** What the page shows of an installation; null when nothing is installed. */
export function summaryOf(installation: Installation): InstalledAgent | null {
  const { current, previous, folder } = installation;
  if (current === null) return null;
  return {
    folder,
    current: summaryOfRelease(current),
    previous: previous === null ? null : summaryOfRelease(previous),
    ...stateOf(installation, current.service),
    isUnfinished: isUnfinished(installation, current),
  };
}

function summaryOfRelease({
  agentVersion,
  settings,
  service,
  runtime,
  deployedAt,
  deployedBy,
}: Release): ReleaseSummary {
  const { node, version: nodeVersion } = runtime;
  return { version: agentVersion, settings, service, node, nodeVersion, deployedAt, deployedBy };
}

type State = Pick<InstalledAgent, 'state' | 'failure' | 'uptimeSeconds' | 'restarts'>;

function stateOf(installation: Installation, kind: ServiceKind): State {
  if (kind === 'plain') {
    const { plain } = installation;
    if (plain === null) return { state: 'stopped', failure: '', uptimeSeconds: null, restarts: 0 };
    const failed = !plain.alive && plain.lastExit !== null;
    const state = plain.alive ? 'running' : failed ? 'failed' : 'stopped';
    const failure = failed ? `It ended with ${plain.lastExit ?? ''} too often.` : '';
    return { state, failure, uptimeSeconds: plain.uptimeSeconds, restarts: plain.restarts };
  }
  const unit = installation[kind];
  if (unit === null) return { state: 'stopped', failure: '', uptimeSeconds: null, restarts: 0 };
  const { uptimeSeconds, restarts } = unit;
  if (unit.active === 'active') return { state: 'running', failure: '', uptimeSeconds, restarts };
  const waitsToRestart = unit.sub === 'auto-restart';
  if (unit.active === 'activating' && !waitsToRestart)
    return { state: 'starting', failure: '', uptimeSeconds, restarts };
  if (unit.active !== 'failed' && !waitsToRestart) return { state: 'stopped', failure: '', uptimeSeconds, restarts };
  const code = unit.exitStatus === null ? '' : `, code ${unit.exitStatus}`;
  return { state: 'failed', failure: `${unit.result}${code}`, uptimeSeconds, restarts };
}
