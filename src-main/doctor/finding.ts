/** What the app can do about a finding by itself; a page makes a button of it. */
export type DoctorAction =
  | { readonly kind: 'sign-in'; readonly label: string }
  /** Opens a tab of the device. */
  | { readonly kind: 'open'; readonly tab: 'network' | 'agent' | 'led'; readonly label: string }
  | { readonly kind: 'dns'; readonly label: string }
  /** A command line for the Pi, to be copied. */
  | { readonly kind: 'command'; readonly command: string; readonly label: string };

/** `unknown`: it could not be looked at, which is neither good nor bad. */
export type Verdict = 'good' | 'warning' | 'bad' | 'unknown';

/** What a check found: one plain sentence, one thing to do, and what was seen. */
export interface Finding {
  readonly verdict: Verdict;
  readonly text: string;
  /** What to do next; empty when there is nothing to do. */
  readonly advice: string;
  readonly action: DoctorAction | null;
  /** What was seen, line by line, as tools and servers wrote it. */
  readonly evidence: readonly string[];
}

interface More {
  readonly action?: DoctorAction;
  readonly evidence?: readonly string[];
}

function finding(verdict: Verdict, text: string, advice: string, { action, evidence = [] }: More): Finding {
  return { verdict, text, advice, action: action ?? null, evidence };
}

export const good = (text: string, more: More = {}): Finding => finding('good', text, '', more);
export const warning = (text: string, advice: string, more: More = {}): Finding =>
  finding('warning', text, advice, more);
export const bad = (text: string, advice: string, more: More = {}): Finding => finding('bad', text, advice, more);
export const unknown = (text: string, advice = '', more: More = {}): Finding => finding('unknown', text, advice, more);

export const SIGN_IN: DoctorAction = { kind: 'sign-in', label: 'Sign in' };
export const OPEN_AGENT: DoctorAction = { kind: 'open', tab: 'agent', label: 'Open the Agent page' };
export const OPEN_NETWORK: DoctorAction = { kind: 'open', tab: 'network', label: 'Open the Network page' };

export const command = (text: string): DoctorAction => ({ kind: 'command', command: text, label: 'Copy the command' });
