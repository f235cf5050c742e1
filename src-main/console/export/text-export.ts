import { hexDump, shownText, textLines, visibleText } from '../display/index.ts';
import { decodeDetails, type Entry, type TranscriptSource } from '../transcript/index.ts';
import { describeDetail } from './describe-entry.ts';
import { wholeEntries } from './entry-stream.ts';

const ARROWS = { sent: '>', received: '<', none: '-' } as const;

/**
 * The transcript for people: a line with time, direction, connection and length for each entry, its text below, and a
 * hex dump where the text would not say everything.
 */
export async function* textExport(source: TranscriptSource, end: number, signal?: AbortSignal): AsyncGenerator<string> {
  for await (const entry of wholeEntries(source, end, signal)) yield entryText(entry);
}

function entryText(entry: Entry): string {
  const time = new Date(entry.wallUs / 1000).toISOString().replace('Z', String(entry.wallUs % 1000).padStart(3, '0'));
  const head = `${time}Z ${ARROWS[entry.direction]} ${entry.connection}`;
  const detail = decodeDetails(entry);
  if (detail) return `${head} ${describeDetail(detail)}\n`;
  return `${head} ${entry.length} ${entry.length === 1 ? 'byte' : 'bytes'}\n${payloadText(entry)}`;
}

function payloadText(entry: Entry): string {
  const pieces = visibleText(entry.bytes, 'utf-8', entry.carry);
  const readable = pieces.every(
    (piece) => piece.kind === 'text' || (piece.kind === 'control' && /[\t\r\n]/.test(piece.text)),
  );
  if (readable) {
    const lines = textLines(pieces, entry.afterCarriageReturn);
    return lines.map((line) => `    ${shownText(line)}\n`).join('');
  }
  const dump = hexDump(entry.bytes, { start: entry.streamOffset });
  return dump.map((line) => `    ${line.offset}  ${line.hex.padEnd(48)}  |${line.ascii}|\n`).join('');
}
