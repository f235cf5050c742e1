import { importJsonLine, notATranscript, parseJsonLinesHeader, type JsonLinesHeader } from '../export/index.ts';
import { openToRead } from '../session/index.ts';
import type { Transcript } from '../transcript/index.ts';
import { linesOf } from './lines-of.ts';

/** Bytes of the longest line read: a chunk of some megabytes in base64. */
const LONGEST_LINE = 128 * 1024 * 1024;

/**
 * Reads a JSON Lines export into a new transcript. `begin` makes it once the header is known. Raises
 * `FILE_NOT_READABLE`, `NOT_A_TRANSCRIPT` with the line, and `CANCELLED`.
 */
export async function importSession(
  path: string,
  begin: (header: JsonLinesHeader) => Promise<Transcript>,
  signal: AbortSignal,
): Promise<void> {
  const file = await openToRead(path);
  try {
    let transcript: Transcript | null = null;
    for await (const { number, line } of linesOf(file, LONGEST_LINE)) {
      signal.throwIfAborted();
      if (line === '') continue;
      if (line === null) throw notATranscript(`Line ${number} is too long for a saved session.`);
      if (!transcript) transcript = await begin(parseJsonLinesHeader(line));
      else importJsonLine(line, number, transcript);
      if (transcript.congested) await transcript.flushed();
    }
    if (!transcript) throw notATranscript('The file is empty.');
  } finally {
    await file.close();
  }
}
