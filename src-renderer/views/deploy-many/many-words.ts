import type { ManyRow } from '../../../src-main/api/deploy.ts';
import { AppError } from '../../../src-main/errors/app-error.ts';
import type { Tone } from '../../ui/tone.ts';
import { wantsPassword } from '../agent/agent-words.ts';

type Kind = ManyRow['result']['kind'];

const STATES: Readonly<Record<Kind, { readonly label: string; readonly tone: Tone }>> = {
  waiting: { label: 'Waiting for its turn', tone: 'neutral' },
  running: { label: 'Deploying', tone: 'info' },
  done: { label: 'Deployed', tone: 'good' },
  unchanged: { label: 'Nothing to do', tone: 'good' },
  cancelled: { label: 'Cancelled', tone: 'neutral' },
  failed: { label: 'Failed', tone: 'bad' },
};

export function rowState({ result }: ManyRow): { readonly label: string; readonly tone: Tone } {
  return STATES[result.kind];
}

const COUNTED: readonly (readonly [Kind, string])[] = [
  ['done', 'deployed'],
  ['unchanged', 'unchanged'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
  ['running', 'under way'],
  ['waiting', 'waiting'],
];

/** How all of it goes or went, in one line: `3 deployed, 1 failed`. */
export function summaryLine(rows: readonly ManyRow[]): string {
  return COUNTED.map(([kind, word]) => [rows.filter(({ result }) => result.kind === kind).length, word] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ');
}

export function isUnderWay(rows: readonly ManyRow[]): boolean {
  return rows.some(({ result }) => result.kind === 'running' || result.kind === 'waiting');
}

/** What a row is at: `Send the agent, step 3 of 7`; empty where no step runs. */
export function stepLine({ steps }: ManyRow): string {
  const index = steps.findIndex(({ state }) => state === 'running');
  const step = steps[index];
  return step ? `${step.name}, step ${index + 1} of ${steps.length}` : '';
}

/** Why a row failed; null where it did not. Only the device's own page can ask for sudo's password. */
export function rowError({ result }: ManyRow): AppError | null {
  if (result.kind !== 'failed') return null;
  const error = AppError.fromData(result.error);
  if (!wantsPassword(result)) return error;
  const hint = 'Open its Agent page and choose "Type the password". Nothing was changed so far.';
  return error.with({ hint });
}
