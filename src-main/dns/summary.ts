import type { LookupAnswer, LookupReport, Outcome } from './answer.ts';

/** Outcomes from the one that says most about the name to the one that says least. */
const TELLING: readonly Outcome[] = [
  'found',
  'no-data',
  'not-found',
  'server-failed',
  'refused',
  'timed-out',
  'no-server',
  'no-network',
  'failed',
  'off',
];

/** The one word over all answers: found as soon as anybody found it, else the most telling failure. */
export function overallOutcome(answers: readonly LookupAnswer[]): Outcome {
  return TELLING.find((outcome) => answers.some((answer) => answer.outcome === outcome)) ?? 'off';
}

/** One sentence over all answers. */
export function summarize(name: string, answers: readonly LookupAnswer[]): string {
  const asked = answers.filter((answer) => answer.outcome !== 'off');
  if (asked.length === 0) return 'Nobody was asked.';
  const found = asked.filter((answer) => answer.outcome === 'found');
  if (found.length > 0) {
    const values = new Set(found.flatMap((answer) => answer.records.map((record) => record.value)));
    return `${name}: ${values.size === 1 ? '1 record' : `${values.size} records`} found.`;
  }
  switch (overallOutcome(asked)) {
    case 'no-data':
      return `${name} exists, but has no record of the types asked for.`;
    case 'not-found':
      return `${name} was not found.`;
    case 'no-network':
      return `${name} could not be looked up: there is no network.`;
    default:
      return `Nobody could say anything about ${name}.`;
  }
}

/** Why answers that differ may all be right; each is one or two sentences. */
export function explainDifferences(report: Pick<LookupReport, 'name' | 'wireName' | 'answers'>): string[] {
  const { answers, wireName } = report;
  const notes: string[] = [];
  const has = (kind: string, ...outcomes: Outcome[]): boolean =>
    answers.some((answer) => answer.resolver.kind === kind && outcomes.includes(answer.outcome));
  if (has('system', 'found') && has('server', 'not-found') && !has('server', 'found')) {
    notes.push(
      wireName === 'localhost'
        ? 'The system knows localhost by itself; DNS servers need not know it. Nothing is wrong.'
        : 'The system also reads the hosts file and may ask mDNS, so it can know names that no DNS server knows. Nothing is wrong.',
    );
  }
  if (has('server', 'found') && has('system', 'not-found')) {
    notes.push('A DNS server knows the name but the system does not: programs on this computer use other servers.');
  }
  if (has('mdns', 'found') && has('system', 'not-found', 'server-failed', 'timed-out', 'no-network')) {
    notes.push('The device answers over mDNS, but this system does not ask mDNS. Use the address instead of the name.');
  }
  if (answers.some((answer) => answer.resolver.kind === 'mdns' && countAddresses(answer, 4) > 1)) {
    notes.push(
      'More than one IPv4 address answers to this name: one device in two networks, or two devices of one name.',
    );
  }
  return notes;
}

function countAddresses(answer: LookupAnswer, family: 4 | 6): number {
  return answer.records.filter((record) => record.family === family).length;
}
