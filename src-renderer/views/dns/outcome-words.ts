import type { Outcome } from '../../../src-main/api/lookup.ts';
import type { Tone } from '../../ui/index.ts';

/** A word and a colour for how a look-up ended. */
export const outcomeWords: Record<Outcome, { readonly label: string; readonly tone: Tone }> = {
  found: { label: 'Found', tone: 'good' },
  'not-found': { label: 'No such name', tone: 'warn' },
  'no-data': { label: 'No such record', tone: 'warn' },
  'server-failed': { label: 'Server failed', tone: 'bad' },
  refused: { label: 'Refused', tone: 'bad' },
  'timed-out': { label: 'No answer', tone: 'bad' },
  'no-server': { label: 'No server there', tone: 'bad' },
  'no-network': { label: 'No network', tone: 'bad' },
  off: { label: 'Not asked', tone: 'neutral' },
  failed: { label: 'Failed', tone: 'bad' },
};

/** The words for an outcome read from a file, which may be one of another version. */
export function outcomeWordsOf(outcome: string): { readonly label: string; readonly tone: Tone } {
  const known = Object.entries(outcomeWords).find(([name]) => name === outcome);
  return known?.[1] ?? { label: outcome, tone: 'neutral' };
}
