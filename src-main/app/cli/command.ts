import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Client } from '../../api/client.ts';
import { badFlag, startOptions } from '../start/flags.ts';
import type { Terminal } from './terminal.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** What was typed after the command. */
export interface Typed {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
}

export interface CommandContext extends Typed {
  readonly terminal: Terminal;
  readonly json: boolean;
  /** Aborted at Ctrl+C. */
  readonly signal: AbortSignal;
  /** The app's services over their contract, as a window has them; made when first asked for. */
  readonly client: () => Promise<Client>;
}

/** One command of `pi-workbench`. */
export interface Command {
  /** Everything `--help` prints. */
  readonly help: string;
  readonly options: Options;
  /** How many words may follow: at least and at most. */
  readonly words: readonly [least: number, most: number];
  /** Gives the exit code. */
  run(context: CommandContext): Promise<number>;
}

/** Options that every command understands. */
export const commonOptions = {
  ...startOptions,
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies Options;

/** Raises `BAD_FLAG` for what this command does not know. */
export function readTyped(argv: readonly string[], command: Command): Typed {
  let parsed;
  try {
    parsed = parseArgs({ args: [...argv], options: { ...command.options, ...commonOptions }, allowPositionals: true });
  } catch (thrown) {
    throw badFlag(thrown instanceof Error ? (thrown.message.split('. ')[0] ?? '') : String(thrown));
  }
  const values = parsed.values as Typed['values'];
  const [least, most] = command.words;
  const { length } = parsed.positionals;
  if (!values['help'] && length < least) throw badFlag(`Something is missing: ${command.help.split('\n')[0] ?? ''}`);
  if (length > most) throw badFlag(`“${parsed.positionals[most] ?? ''}” is one word too many.`);
  return { positionals: parsed.positionals, values };
}

/** A whole number from a flag. Raises `BAD_FLAG`. */
export function wholeNumber(
  { values }: Typed,
  name: string,
  { fallback, min, max }: { readonly fallback: number; readonly min: number; readonly max: number },
): number {
  const text = values[name];
  if (text === undefined) return fallback;
  const value = typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw badFlag(`--${name}: “${String(text)}” is not a whole number from ${min} to ${max}.`);
}

/** One of several words from a flag. Raises `BAD_FLAG`. */
export function oneOf<T extends string>({ values }: Typed, name: string, allowed: readonly T[], fallback: T): T {
  const text = values[name];
  if (text === undefined) return fallback;
  const found = allowed.find((word) => word === text);
  if (found !== undefined) return found;
  throw badFlag(`--${name}: “${String(text)}” is none of ${allowed.join(', ')}.`);
}

/** A flag's text, or a fallback. */
export function textOf({ values }: Typed, name: string, fallback = ''): string {
  const text = values[name];
  return typeof text === 'string' ? text : fallback;
}

/** A port given as a word. Raises `BAD_FLAG`. */
export function portWord(text: string | undefined): number {
  const port = text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port >= 1 && port <= 65_535) return port;
  throw badFlag(`“${text ?? ''}” is not a port from 1 to 65535.`);
}
