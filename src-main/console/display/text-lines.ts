import type { TextPiece } from './visible-text.ts';

/**
 * The pieces of a chunk as lines, each with what ends it: LF, CR or CRLF. `afterCarriageReturn` tells that the chunk
 * before it in the same direction ended in CR: an LF at the start belongs to that ending and ends no line of its own.
 */
export function textLines(pieces: readonly TextPiece[], afterCarriageReturn = false): TextPiece[][] {
  const lines: TextPiece[][] = [];
  let line: TextPiece[] = [];
  for (const [index, piece] of pieces.entries()) {
    line.push(piece);
    const secondHalf = index === 0 && afterCarriageReturn;
    const ends = piece.text === '\n' ? !secondHalf : piece.text === '\r' && pieces[index + 1]?.text !== '\n';
    if (!ends) continue;
    lines.push(line);
    line = [];
  }
  return line.length > 0 ? [...lines, line] : lines;
}
