import { describePin, pinOfBcm } from '../../../pi-agent/src/board.ts';
import type {
  AgentSettings,
  FindingLevel,
  InstalledAgent,
  JobKind,
  JobResult,
  JobSnapshot,
  ServiceKind,
} from '../../../src-main/api/deploy.ts';
import type { Question } from '../../ui/confirm.svelte.ts';
import type { Tone } from '../../ui/tone.ts';

type Access = AgentSettings['access'];

/** Who may connect, as a choice in plain words. */
export const ACCESS_CHOICES: readonly { readonly value: Access; readonly label: string; readonly help: string }[] = [
  {
    value: 'local',
    label: 'Computers in the same network',
    help: 'Everyone in the classroom or at home can switch it.',
  },
  { value: 'ssh-only', label: 'Only you, through SSH', help: 'No port is open to others; this app goes through SSH.' },
  {
    value: 'token',
    label: 'Whoever has the token',
    help: 'A secret, made when there is none yet; programs send AUTH and the token first.',
  },
  { value: 'anyone', label: 'Anyone who can reach it', help: 'From the Internet too, if the router lets them in.' },
];

/** On the practice device SSH plays no part. */
export const PRACTICE_ACCESS_CHOICES: typeof ACCESS_CHOICES = ACCESS_CHOICES.map((choice) =>
  choice.value === 'ssh-only'
    ? { ...choice, label: 'Only programs on this computer', help: 'No port is open to other computers.' }
    : choice,
);

export function accessLabel(access: string, isPractice: boolean): string {
  const choices = isPractice ? PRACTICE_ACCESS_CHOICES : ACCESS_CHOICES;
  return choices.find(({ value }) => value === access)?.label ?? access;
}

export function pinLabel(bcm: number): string {
  const pin = pinOfBcm(bcm);
  return pin ? describePin(pin) : `GPIO${bcm}`;
}

const SERVICES: Readonly<Record<ServiceKind, string>> = {
  system: 'Service of the system: starts with the device',
  user: 'Service of the user',
  plain: 'Plain program: does not start with the device',
};

export function serviceLabel(kind: ServiceKind): string {
  return SERVICES[kind];
}

export function stateWords(installed: InstalledAgent): { readonly tone: Tone; readonly label: string } {
  switch (installed.state) {
    case 'running':
      return { tone: 'good', label: 'Running' };
    case 'starting':
      return { tone: 'neutral', label: 'Starting' };
    case 'failed':
      return { tone: 'bad', label: 'Failed' };
    case 'stopped':
      return { tone: 'neutral', label: 'Stopped' };
  }
}

const JOBS: Readonly<Record<JobKind, readonly [running: string, done: string, failed: string]>> = {
  deploy: ['Deploying the agent', 'Deployed', 'The deployment failed'],
  rollback: ['Rolling back to the version before', 'Rolled back', 'The roll-back failed'],
  uninstall: ['Uninstalling the agent', 'Uninstalled', 'The agent was not uninstalled'],
  start: ['Starting the agent', 'Started', 'The start failed'],
  stop: ['Stopping the agent', 'Stopped', 'The stop failed'],
  'renew-token': ['Making a new token', 'New token made', 'No new token was made'],
  restart: ['Restarting the agent', 'Restarted', 'The restart failed'],
};

const VERBS: Readonly<Record<JobKind, string>> = {
  deploy: 'Deploy',
  rollback: 'Roll back',
  uninstall: 'Uninstall',
  start: 'Start',
  stop: 'Stop',
  restart: 'Restart',
  'renew-token': 'Make a new token',
};

/** What a button says that does it. */
export function verb(kind: JobKind): string {
  return VERBS[kind];
}

const QUESTIONS: Readonly<Partial<Record<JobKind, Question>>> = {
  uninstall: {
    title: 'Uninstall the agent?',
    text: 'It is stopped, and its service, files, token and log are removed from the device. Nothing else is touched.',
    confirm: 'Uninstall',
    danger: true,
  },
  'renew-token': {
    title: 'Make a new token?',
    text: 'The agent restarts and refuses the token it has now. This app takes the new one by itself; every other program must be given the new one, from the token file on the device.',
    confirm: 'Make a new token',
    danger: true,
  },
};

/** What is asked before work that takes something away from somebody; undefined before other work. */
export function questionBefore(kind: JobKind): Question | undefined {
  return QUESTIONS[kind];
}

/** Whether work ended before it changed anything, because sudo wants another password than it was given, or any. */
export function wantsPassword(result: JobResult): boolean {
  return result.kind === 'failed' && ['SUDO_PASSWORD_REQUIRED', 'SUDO_WRONG_PASSWORD'].includes(result.error.code);
}

/** The heading of a piece of work. */
export function jobTitle({ kind, result }: JobSnapshot): string {
  const [running, done, failed] = JOBS[kind];
  if (wantsPassword(result)) return `${verb(kind)}: not done yet`;
  switch (result.kind) {
    case 'running':
      return running;
    case 'done':
      return done;
    case 'unchanged':
      return 'Nothing to do';
    case 'cancelled':
      return 'Cancelled';
    case 'failed':
      return failed;
  }
}

export const LEVELS: Readonly<Record<FindingLevel, { readonly tone: Tone; readonly label: string }>> = {
  good: { tone: 'good', label: 'Good' },
  warning: { tone: 'warn', label: 'Warning' },
  stop: { tone: 'bad', label: 'Stop' },
};
