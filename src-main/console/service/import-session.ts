import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { AppError, systemCode } from '../../errors/index.ts';
import { importJsonLine, parseJsonLinesHeader, type JsonLinesHeader } from '../export/index.ts';
import type { Transcript } from '../transcript/index.ts';

/** The longest line read: a chunk of some megabytes in base64. */
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
  const file = await open(path, 'r').catch((thrown: unknown) => {
    throw new AppError('FILE_NOT_READABLE', `The file ${path} cannot be read.`, {
      hint: systemCode(thrown) === 'ENOENT' ? 'There is no such file. Check the path.' : 'Check its permissions.',
      cause: thrown,
    });
  });
  try {
    const lines = createInterface({ input: file.createReadStream({ autoClose: false }), crlfDelay: Infinity });
    let number = 0;
    let transcript: Transcript | null = null;
    for await (const line of lines) {
      signal.throwIfAborted();
      number += 1;
      if (line === '') continue;
      if (line.length > LONGEST_LINE) throw new AppError('NOT_A_TRANSCRIPT', `Line ${number} is too long.`);
      if (!transcript) transcript = await begin(parseJsonLinesHeader(line));
      else importJsonLine(line, number, transcript);
      if (transcript.congested) await transcript.flushed();
    }
    if (!transcript) throw new AppError('NOT_A_TRANSCRIPT', 'The file is empty.');
  } finally {
    await file.close();
  }
}
