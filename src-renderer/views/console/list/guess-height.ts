import type { WindowRow } from '../../../../src-main/api/contract/console.ts';
import { endsLine } from '../../../../src-main/api/payload.ts';
import type { ViewMode } from '../session-page.svelte.ts';

/** Pixels, as the row's styles have them. */
const LINE = 24;
const PADDING = 4;
const CHARACTER = 8.4;
/** A framed name such as `LF` or `c3` beside a character. */
const FRAMED = 3;
/** What stands before the content: time, direction, length, and the space between. */
const BESIDE = 310;
const HIDDEN_LINE = 32;

/**
 * About how many pixels high a row of a list of that width will be; null where every row is alike. It need not be exact:
 * it keeps hundreds of lines of binary data from being drawn in the belief that each row takes one line.
 */
export function guessHeight(row: WindowRow, mode: ViewMode, width: number): number | null {
  if (mode === 'flow') return null;
  if (row.kind !== 'data') return LINE + PADDING;
  const columns = Math.max(20, Math.floor((width - BESIDE) / CHARACTER));
  const text = mode === 'hex' ? 0 : linesOfText(row, columns);
  const hex = mode === 'text' ? 0 : Math.ceil(row.bytes.length / 16);
  const hidden = row.length > row.bytes.length ? HIDDEN_LINE : 0;
  return Math.max(1, text + hex) * LINE + hidden + PADDING;
}

function linesOfText({ bytes, afterCarriageReturn }: WindowRow, columns: number): number {
  let lines = 1;
  let column = 0;
  for (const [index, byte] of bytes.entries()) {
    column += byte >= 0x20 && byte < 0x7f ? 1 : FRAMED;
    const ends = index < bytes.length - 1 && endsLine(byte, bytes[index + 1], index === 0 && afterCarriageReturn);
    if (!ends && column <= columns) continue;
    lines += 1;
    column = 0;
  }
  return lines;
}
