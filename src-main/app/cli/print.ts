import { AppError } from '../../errors/index.ts';
import type { Terminal } from './terminal.ts';

/** One value as one line of JSON. Bytes are base64, and big integers their digits. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out.write(`${JSON.stringify(value, plain)}\n`);
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return value;
}

export function printLines(terminal: Terminal, lines: readonly string[]): void {
  if (lines.length > 0) terminal.out.write(`${lines.join('\n')}\n`);
}

/** Rows in columns, each as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((wide, row) => {
    row.forEach((cell, at) => (wide[at] = Math.max(wide[at] ?? 0, cell.length)));
    return wide;
  }, []);
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** An error for a person on standard error, or as JSON for a script. */
export function printError(terminal: Terminal, thrown: unknown, json: boolean): void {
  const error = AppError.from(thrown);
  if (json) {
    terminal.err.write(`${JSON.stringify({ error: error.toData() })}\n`);
    return;
  }
  terminal.err.write(`${printable(error.message)}\n`);
  if (error.hint) terminal.err.write(`${printable(error.hint)}\n`);
}

/** What comes from a network must not command the terminal: control characters are shown as `?`. */
export const printable = (text: string): string => text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '?');
