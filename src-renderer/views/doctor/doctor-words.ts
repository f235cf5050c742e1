import type { DoctorStep } from '../../../src-main/api/contract/doctor.ts';
import type { StepState, StepView } from '../../ui/index.ts';

const STATES: Readonly<Record<DoctorStep['state'], StepState>> = {
  waiting: 'waiting',
  running: 'running',
  good: 'done',
  warning: 'warned',
  bad: 'failed',
  unknown: 'skipped',
  skipped: 'skipped',
};

/** A step of the doctor as the list of steps shows it. */
export function stepView({ id, title, state, text, advice, evidence, durationMs }: DoctorStep): StepView {
  return { id, name: title, state: STATES[state], detail: text, hint: advice, durationMs, log: evidence };
}

export interface StepGroup {
  readonly title: string;
  readonly description: string;
  readonly steps: readonly DoctorStep[];
}

/** The chain in three parts: reaching the device, the device itself, its agent. Parts without a step are left out. */
export function groupsOf(steps: readonly DoctorStep[]): readonly StepGroup[] {
  const ofAgent = ({ id }: DoctorStep): boolean => id.startsWith('agent-');
  const groups = [
    {
      title: 'Reaching it',
      description: 'Looked at from this computer.',
      steps: steps.filter((step) => step.from === 'here' && !ofAgent(step)),
    },
    {
      title: 'The machine itself',
      description: 'Looked at on the device, once you are signed in.',
      steps: steps.filter((step) => step.from === 'device' && !ofAgent(step)),
    },
    { title: 'The LED agent', description: 'From its files to the level of the pin.', steps: steps.filter(ofAgent) },
  ];
  return groups.filter((group) => group.steps.length > 0);
}
