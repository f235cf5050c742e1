import type { DoctorAction } from './finding.ts';

/** The links of the chain, in the order they are looked at. */
export const STEP_IDS = [
  'name',
  'path',
  'neighbour',
  'tcp',
  'banner',
  'host-key',
  'sign-in',
  'link',
  'address',
  'gateway',
  'dns',
  'clock',
  'power',
  'disk',
  'card',
  'agent-installed',
  'agent-running',
  'agent-listening',
  'agent-access',
  'agent-protocol',
  'agent-pin',
] as const;
export type StepId = (typeof STEP_IDS)[number];

export type StepState = 'waiting' | 'running' | 'good' | 'warning' | 'bad' | 'unknown' | 'skipped';

/** One link of the chain: what was found, what to do, and what was seen. */
export interface DoctorStep {
  readonly id: StepId;
  readonly title: string;
  /** Where it is looked at from. */
  readonly from: 'here' | 'device';
  readonly state: StepState;
  readonly text: string;
  readonly advice: string;
  readonly action: DoctorAction | null;
  readonly evidence: readonly string[];
  readonly durationMs: number | null;
}

export interface DoctorReport {
  readonly deviceId: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly steps: readonly DoctorStep[];
  /** The first link that is broken, or null. */
  readonly broken: StepId | null;
  /** The outcome in a sentence. */
  readonly summary: string;
  /** The whole report as text for others to read: user names, keys and public addresses are replaced. */
  readonly text: string;
}

/** The outcome in a sentence, and the first broken link. */
export function conclude(steps: readonly DoctorStep[]): Pick<DoctorReport, 'broken' | 'summary'> {
  const broken = steps.find(({ state }) => state === 'bad');
  if (broken) return { broken: broken.id, summary: `The chain breaks at “${broken.title}”. ${broken.text}` };
  const count = (state: StepState): number =>
    steps.filter((step) => step.state === state && step.id !== 'sign-in').length;
  const rest = [
    ...sentence(count('warning'), 'is worth a look', 'are worth a look'),
    ...sentence(count('unknown'), 'could not be looked at', 'could not be looked at'),
  ].join('');
  const stopped = steps.find(({ id, state }) => id === 'sign-in' && state === 'unknown');
  if (stopped) {
    return { broken: null, summary: `Every link up to the sign-in holds. Sign in to look at the rest.${rest}` };
  }
  return { broken: null, summary: `Every link of the chain holds.${rest}` };
}

function sentence(count: number, one: string, many: string): readonly string[] {
  if (count === 0) return [];
  return [count === 1 ? ` One link ${one}.` : ` ${count} links ${many}.`];
}
