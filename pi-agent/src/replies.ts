/**
 * Protocol 1 of the LED agent, the part that answers: the text of each reply, and its reading on the other side. Pure and
 * free of Node, like protocol.ts.
 */
import type { Activity, LedState, Level } from './led-state.ts';
import { STEADY } from './led-state.ts';
import type { Fault } from './protocol.ts';
import { IMMEDIATE_WORDS, MAX_FAULTS_IN_ROW, MAX_PENDING_BYTES, TIME_BOUNDS, VALUE_WORDS } from './protocol.ts';

/** What an `ERR` reply's second word may be. */
export type ErrorCode =
  | Fault['code']
  | 'bad-value'
  /** No GPIO driver works on this computer. */
  | 'no-gpio'
  /** The pin belongs to a kernel driver or to another program. */
  | 'pin-busy'
  /** The header controller has no such pin. */
  | 'pin-invalid'
  /** The agent's user may not use the pin. */
  | 'not-permitted'
  /** The pin worked and now does not. */
  | 'gpio-failed'
  | 'no-activity-led'
  /** As many clients as the agent takes are connected. */
  | 'busy'
  /** This peer may not connect. */
  | 'refused'
  | 'auth-needed'
  | 'bad-token'
  | 'internal';

/** `ERR <code> <sentence>`; line breaks become blanks so that a reply stays one line. */
export function errorReply(code: ErrorCode, sentence: string): string {
  return `ERR ${code} ${sentence.replace(/\s*[\r\n]+\s*/g, ' ')}`;
}

/** The answer to input that is no command. */
export function faultReply(fault: Fault): string {
  const seen = `"${fault.seen}"`;
  switch (fault.code) {
    case 'unknown-command':
      return errorReply(fault.code, `${seen}: not a command, send HELP for the list`);
    case 'unfinished':
      return errorReply(fault.code, `${seen}: not finished; BLINK, PULSE and AUTH end with a newline`);
    case 'too-long':
      return errorReply(fault.code, `more than ${MAX_PENDING_BYTES} bytes without a line end; closing`);
    case 'not-led':
      return errorReply(fault.code, `${seen}: this port speaks the LED protocol, not HTTP or TLS; closing`);
    case 'too-many-errors':
      return errorReply(fault.code, `${MAX_FAULTS_IN_ROW} unknown lines in a row; closing`);
  }
}

/** The answer to a BLINK or PULSE whose time cannot be used. */
export function badTimeReply(word: 'BLINK' | 'PULSE'): string {
  const { min, max } = TIME_BOUNDS[word];
  const example = word === 'BLINK' ? 'BLINK 500' : 'PULSE 200';
  return errorReply(
    'bad-value',
    `${word} takes a whole number of milliseconds from ${min} to ${max}, as in ${example}`,
  );
}

const levelWord = (level: Level | null): string => (level === null ? 'UNKNOWN' : level === 1 ? 'ON' : 'OFF');

function activityWords(activity: Activity): string {
  switch (activity.kind) {
    case 'steady':
      return '';
    case 'blink':
      return ` BLINK ${activity.phaseMs}`;
    case 'pulse':
      return ` PULSE ${activity.onMs}`;
  }
}

/** `OK ON`, or `OK ON BLINK 500` while it blinks. */
export function stateReply(state: LedState): string {
  return `OK ${levelWord(state.level)}${activityWords(state.activity)}`;
}

/** `STATE 7 ON`: the line a watching client gets for each change. */
export function stateLine(state: LedState): string {
  return `STATE ${state.number} ${levelWord(state.level)}${activityWords(state.activity)}`;
}

export const PONG_REPLY = 'OK PONG';
export const AUTH_REPLY = 'OK AUTH';
export const QUIT_REPLY = 'OK BYE';
export const BYE_LINE = 'BYE';

/** The answer to HELP. */
export const HELP_REPLY = `OK ${[...IMMEDIATE_WORDS, ...VALUE_WORDS]
  .map((word) => (word === 'AUTH' ? 'AUTH <token>' : word === 'BLINK' || word === 'PULSE' ? `${word} <ms>` : word))
  .join(' ')}`;

/** `OK key=value key="value with blanks"`. Quotes and backslashes inside a value are escaped as in JSON. */
export function factsReply(facts: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(facts).map(([key, value]) => {
    const text = String(value);
    return `${key}=${/^[\w.:/,@+-]+$/.test(text) ? text : JSON.stringify(text)}`;
  });
  return ['OK', ...pairs].join(' ');
}

/** A line of the agent, read. */
export type AgentLine =
  /** A reply to a command, in the order of the commands. `text` is what follows `OK `. */
  | { readonly kind: 'ok'; readonly text: string }
  | { readonly kind: 'error'; readonly code: string; readonly sentence: string }
  /** A change of the LED, between replies. */
  | { readonly kind: 'state'; readonly state: LedState }
  | { readonly kind: 'bye'; readonly reason: string }
  /** No line of this protocol: something else listens there. */
  | { readonly kind: 'other'; readonly text: string };

/** Reads one line of the agent, without its line end. */
export function parseLine(line: string): AgentLine {
  const text = line.replace(/\r$/, '');
  if (text === 'OK' || text.startsWith('OK ')) return { kind: 'ok', text: text.slice(3) };
  const error = /^ERR ([a-z-]+) ?(.*)$/.exec(text);
  if (error) return { kind: 'error', code: error[1] ?? '', sentence: error[2] ?? '' };
  const bye = /^BYE ?(.*)$/.exec(text);
  if (bye) return { kind: 'bye', reason: bye[1] ?? '' };
  const changed = /^STATE (\d{1,15}) (.+)$/.exec(text);
  const level = changed?.[2] === undefined ? null : parseState(changed[2]);
  if (level === null) return { kind: 'other', text };
  return { kind: 'state', state: { number: Number(changed?.[1]), ...level } };
}

/** Reads `ON`, `OFF BLINK 500` and the like, or null when it is no state. */
export function parseState(text: string): Pick<LedState, 'level' | 'activity'> | null {
  const match = /^(ON|OFF|UNKNOWN)(?: (BLINK|PULSE) (\d{1,6}))?(?: .*)?$/.exec(text);
  if (!match) return null;
  const level = match[1] === 'ON' ? 1 : match[1] === 'OFF' ? 0 : null;
  return { level, activity: activityOf(match[2], Number(match[3])) };
}

function activityOf(word: string | undefined, time: number): Activity {
  if (word === 'BLINK') return { kind: 'blink', phaseMs: time };
  if (word === 'PULSE') return { kind: 'pulse', onMs: time };
  return STEADY;
}

/** Reads the `key=value` pairs of an INFO or WHO answer; words without `=` are left out. */
export function parseFacts(text: string): Readonly<Record<string, string>> {
  const facts: Record<string, string> = {};
  for (const match of text.matchAll(/([\w-]+)=("(?:[^"\\]|\\.)*"|\S*)/g)) {
    const key = match[1] ?? '';
    const value = match[2] ?? '';
    facts[key] = value.startsWith('"') ? unquote(value) : value;
  }
  return facts;
}

function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted.slice(1, -1);
  }
}

/** Longest line a client keeps; INFO with every client's address stays well below. */
export const MAX_LINE_BYTES = 16 * 1024;

/** Cuts the agent's answers into lines, however they arrive. Raises when a line is too long to be one of the agent's. */
export class LineReader {
  readonly #decoder = new TextDecoder();
  #rest = '';

  push(bytes: Uint8Array): AgentLine[] {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > MAX_LINE_BYTES)
      throw new RangeError('A line of more than 16 KiB: this is not the LED agent.');
    return lines.map(parseLine);
  }
}
