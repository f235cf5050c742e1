import { redact } from './redact.ts';
import type { DoctorReport, DoctorStep, StepState } from './report.ts';

const MARKS: Readonly<Record<StepState, string>> = {
  good: 'ok  ',
  warning: 'look',
  bad: 'FAIL',
  unknown: '?   ',
  skipped: '-   ',
  running: '... ',
  waiting: '... ',
};

/** The report as plain text for a forum, redacted. Times are UTC. */
export function reportText(
  { startedAt, summary, steps }: Omit<DoctorReport, 'text'>,
  { user, label }: { readonly user: string; readonly label: string },
): string {
  const lines = [
    `Pi Workbench doctor, ${new Date(startedAt).toISOString().replace(/\.\d+Z$/, 'Z')}`,
    `Device: ${label}`,
    summary,
    '',
    ...steps.flatMap(stepLines),
    '',
    'User names, keys, halves of MAC addresses and public addresses were replaced.',
  ];
  return `${redact(lines.join('\n'), { user })}\n`;
}

function stepLines({ state, title, from, text, advice, evidence, durationMs }: DoctorStep): readonly string[] {
  const time = durationMs === null ? '' : ` (${Math.round(durationMs)} ms)`;
  return [
    `${MARKS[state]} ${title}${from === 'device' ? ', on the device' : ''}${time}`,
    ...(text === '' ? [] : [`       ${text}`]),
    ...(advice === '' ? [] : [`       Do: ${advice}`]),
    ...evidence.map((line) => `       > ${line}`),
  ];
}
