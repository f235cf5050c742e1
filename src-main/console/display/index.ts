export { hexDump, hexText, type HexDumpLine } from './hex-view.ts';
export { LineSplitter } from './line-splitter.ts';
export { pythonLiteral } from './python-repr.ts';
export { endsLine, textLines } from './text-lines.ts';
export { carryAfter } from './utf8.ts';
export { plainText, shownText, visibleText, type TextPiece } from './visible-text.ts';
