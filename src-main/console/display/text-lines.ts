import type { TextPiece } from './visible-text.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Whether a character ends a line, told what follows it: LF, CR and CRLF do. An LF that is the second half of a CRLF whose
 * CR was in the chunk before ends no line of its own.
 */
export function endsLine(code: number | undefined, next: number | undefined, isSecondHalf: boolean): boolean {
  return code === LINE_FEED ? !isSecondHalf : code === CARRIAGE_RETURN && next !== LINE_FEED;
}

/**
 * The pieces of a chunk as lines, each with what ends it. `afterCarriageReturn` tells that the chunk before it in the same
 * direction ended in CR.
 */
export function textLines(pieces: readonly TextPiece[], afterCarriageReturn = false): TextPiece[][] {
  const lines: TextPiece[][] = [];
  let line: TextPiece[] = [];
  for (const [index, piece] of pieces.entries()) {
    line.push(piece);
    if (!endsLine(codeOf(piece), codeOf(pieces[index + 1]), index === 0 && afterCarriageReturn)) continue;
    lines.push(line);
    line = [];
  }
  return line.length > 0 ? [...lines, line] : lines;
}

/** A control character is a piece of its own. */
function codeOf(piece: TextPiece | undefined): number | undefined {
  return piece?.text.charCodeAt(0);
}
