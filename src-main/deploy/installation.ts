import * as v from 'valibot';
import { posix } from 'node:path';
import type { ServiceKind, SystemdKind } from './settings.ts';
import type { Sections } from './sections.ts';
import { releaseSchema, type Release } from './release.ts';

/** systemd's own words for a unit: `active`, `failed`, `activating`... */
export interface UnitState {
  readonly active: string;
  readonly sub: string;
  readonly result: string;
  readonly mainPid: number | null;
  readonly restarts: number;
  readonly exitStatus: number | null;
  readonly enabled: boolean;
  /** Seconds since the unit became active; null when it is not. */
  readonly uptimeSeconds: number | null;
}

export interface PlainState {
  readonly pid: number;
  readonly agentPid: number | null;
  readonly restarts: number;
  readonly uptimeSeconds: number | null;
  readonly alive: boolean;
  /** Id of the release it keeps running. */
  readonly release: string;
  readonly ports: readonly number[];
  /** How the agent ended last: a code or the name of a signal; null while it never did. */
  readonly lastExit: string | null;
}

/** What is installed on a target, and how it runs. */
export interface Installation {
  readonly folder: string;
  readonly current: Release | null;
  readonly previous: Release | null;
  /** Folders under `releases/` that were never finished. */
  readonly halfReleases: readonly string[];
  readonly incoming: readonly string[];
  readonly lock: LockOwner | null;
  readonly systemUnitText: string | null;
  readonly userUnitText: string | null;
  readonly system: UnitState | null;
  readonly user: UnitState | null;
  readonly plain: PlainState | null;
  /** What avahi is given to announce; null when it is nothing. */
  readonly announcement: string | null;
}

const lockOwnerSchema = v.object({
  pid: v.number(),
  boot: v.string(),
  /** Milliseconds since the epoch, by the target's clock. */
  since: v.number(),
  by: v.string(),
});
export type LockOwner = v.InferOutput<typeof lockOwnerSchema>;

const supervisorSchema = v.object({
  pid: v.number(),
  agentPid: v.nullable(v.number()),
  restarts: v.number(),
  boot: v.string(),
  /** When the agent was started: seconds of uptime of the machine, and milliseconds since the epoch. */
  startedAtUptime: v.number(),
  startedAtEpoch: v.number(),
  release: v.string(),
  ports: v.array(v.number()),
  lastExit: v.nullable(v.object({ code: v.nullable(v.number()), signal: v.nullable(v.string()) })),
});

/** Reads the answers of `STATUS_SCRIPT`. */
export function parseInstallation(sections: Sections): Installation {
  const now = parseNow(sections.text('i-now'));
  return {
    folder: sections.line('i-folder') ?? '',
    current: parseJson(releaseSchema, sections.text('i-current-release')),
    previous: parseJson(releaseSchema, sections.text('i-previous-release')),
    halfReleases: sections.lines('i-releases').flatMap((line) => (line.startsWith('half ') ? [line.slice(5)] : [])),
    incoming: sections.lines('i-incoming'),
    lock: parseJson(lockOwnerSchema, sections.text('i-lock')),
    systemUnitText: sections.text('i-system-unit') || null,
    userUnitText: sections.text('i-user-unit') || null,
    system: parseUnitState(sections.lines('i-system'), now.uptime),
    user: parseUnitState(sections.lines('i-user'), now.uptime),
    plain: parsePlain(sections, now),
    announcement: sections.text('i-avahi') || null,
  };
}

/** What keeps the agent running now, or null when nothing does. */
export function runningService(installation: Installation): ServiceKind | null {
  if (installation.system?.active === 'active') return 'system';
  if (installation.user?.active === 'active') return 'user';
  if (installation.plain?.alive) return 'plain';
  return null;
}

/** The ports that our own agent holds now, whatever `current` says. */
export function ownPorts(installation: Installation): readonly number[] {
  const { system, systemUnitText, user, userUnitText, plain } = installation;
  return [
    ...(system?.active === 'active' ? portsOfUnit(systemUnitText ?? '') : []),
    ...(user?.active === 'active' ? portsOfUnit(userUnitText ?? '') : []),
    ...(plain?.alive ? plain.ports : []),
  ];
}

function portsOfUnit(text: string): readonly number[] {
  return [...text.matchAll(/--(?:echo-)?port (\d+)/g)].map((match) => Number(match[1]));
}

/** Every kind of service that left something on the target. */
export function presentServices(installation: Installation): ServiceKind[] {
  const kinds: ServiceKind[] = [];
  if (installation.systemUnitText !== null) kinds.push('system');
  if (installation.userUnitText !== null) kinds.push('user');
  if (installation.plain !== null) kinds.push('plain');
  return kinds;
}

/** The kinds of systemd's services that are set up beside the one that is meant to be. */
export function otherUnits(kept: ServiceKind, installation: Installation): SystemdKind[] {
  return presentServices(installation)
    .filter((kind) => kind !== 'plain')
    .filter((kind) => kind !== kept);
}

/** The release a unit starts, read from its text: it differs from `current` when a deployment was cut short. */
export function releaseOfUnit(text: string): string | null {
  return /\/releases\/([^/"\s]+)\/led-agent\.cjs/.exec(text)?.[1] ?? null;
}

/** Whether avahi is given what a release says. A deployment that was cut off right after its switch came no further. */
export function isAnnounced({ service, avahi }: Release, { announcement }: Installation): boolean {
  return service !== 'system' || announcement === (avahi?.trim() ?? null);
}

/** Whether what is set up differs from the current release, as a deployment that was cut short leaves it. */
export function isUnfinished(installation: Installation, current: Release): boolean {
  const units = [installation.systemUnitText, installation.userUnitText].filter((text) => text !== null);
  return (
    units.some((text) => releaseOfUnit(text) !== current.id) ||
    (runningService(installation) === 'plain' && installation.plain?.release !== current.id) ||
    otherUnits(current.service, installation).length > 0
  );
}

function parseUnitState(lines: readonly string[], now: number | null): UnitState | null {
  const values = new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  const active = values.get('ActiveState');
  if (active === undefined) return null;
  const since = Number(values.get('ActiveEnterTimestampMonotonic')) / 1e6;
  return {
    active,
    sub: values.get('SubState') ?? '',
    result: values.get('Result') ?? '',
    mainPid: positive(values.get('MainPID')),
    restarts: Number(values.get('NRestarts') ?? 0) || 0,
    exitStatus: values.has('ExecMainStatus') ? Number(values.get('ExecMainStatus')) : null,
    enabled: values.get('UnitFileState') === 'enabled',
    uptimeSeconds: active === 'active' && now !== null && since > 0 ? Math.max(0, now - since) : null,
  };
}

/** The target's present moment: by its uptime where it has one, else by its clock. */
interface Now {
  readonly uptime: number | null;
  readonly epoch: number | null;
}

function parseNow(text: string): Now {
  const epoch = /^epoch (\d+)$/.exec(text)?.[1];
  return {
    epoch: epoch === undefined ? null : Number(epoch),
    uptime: epoch === undefined ? parseFloat(text) || null : null,
  };
}

function since(state: v.InferOutput<typeof supervisorSchema>, now: Now): number | null {
  if (now.uptime !== null) return Math.max(0, now.uptime - state.startedAtUptime);
  return now.epoch === null ? null : Math.max(0, now.epoch - state.startedAtEpoch / 1000);
}

function parsePlain(sections: Sections, now: Now): PlainState | null {
  const state = parseJson(supervisorSchema, sections.text('i-plain'));
  if (state === null) return null;
  // After a restart of the machine the pid may be anybody's: the command line must be the supervisor's own.
  const sameBoot = state.boot === '' || state.boot === sections.text('i-boot');
  const alive = sameBoot && sections.text('i-plain-alive').includes('led-manager.cjs');
  return {
    pid: state.pid,
    agentPid: state.agentPid,
    restarts: state.restarts,
    uptimeSeconds: alive ? since(state, now) : null,
    alive,
    release: state.release,
    ports: state.ports,
    lastExit: state.lastExit === null ? null : (state.lastExit.signal ?? `code ${state.lastExit.code}`),
  };
}

/** The value when the text is JSON of this shape, otherwise null: a half-written file is as good as none. */
function parseJson<S extends v.GenericSchema>(schema: S, text: string): v.InferOutput<S> | null {
  if (text === '') return null;
  try {
    const checked = v.safeParse(schema, JSON.parse(text));
    return checked.success ? checked.output : null;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
}

function positive(text: string | undefined): number | null {
  const value = Number(text);
  return value > 0 ? value : null;
}

/** Where things are under the agent's folder on the target. */
export function layoutOf(folder: string) {
  const at = (...parts: string[]): string => posix.join(folder, ...parts);
  return {
    folder,
    releases: at('releases'),
    release: (id: string) => at('releases', id),
    runtime: (name: string) => at('runtimes', name),
    runtimeNode: (name: string) => at('runtimes', name, 'bin', 'node'),
    incoming: (id: string) => at('incoming', id),
    current: at('current'),
    token: at('token'),
    log: at('log', 'agent.log'),
  };
}
export type Layout = ReturnType<typeof layoutOf>;
