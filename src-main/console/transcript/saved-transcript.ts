import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../errors/index.ts';
import { EntryIndex, INDEX_MAGIC, readFully } from './entry-index.ts';
import { payloadCheck } from './payload-check.ts';
import { readPayload } from './read-entries.ts';
import { PAGE_RECORDS, RECORD_BYTES, type RecordPage } from './record-page.ts';
import type { TranscriptSource } from './source.ts';
import { DATA_FILE, INDEX_FILE } from './transcript.ts';

/** How far back a transcript that was not closed properly is checked, in entries and in bytes of payload. */
const CHECKED_ENTRIES = 2 * PAGE_RECORDS;
const CHECKED_BYTES = 64 * 1024 * 1024;

/** What a torn end cost. */
export interface TornTail {
  readonly entriesCut: number;
  readonly bytesCut: number;
}

/** A transcript that was saved, opened for reading. */
export class SavedTranscript implements TranscriptSource {
  readonly index: EntryIndex;
  readonly dataHandle: FileHandle;
  readonly dataBase: number;
  /** Set when the app or the machine stopped while writing; the torn end was cut off. */
  readonly torn: TornTail | null;
  readonly #handles: readonly FileHandle[];

  /**
   * Opens the transcript in `folder`. When it was not closed properly, its end is checked against its check sums and
   * whatever is torn is cut off. Raises `NOT_A_TRANSCRIPT`.
   */
  static async open(folder: string, closedProperly: boolean): Promise<SavedTranscript> {
    const mode = closedProperly ? 'r' : 'r+';
    const data = await open(join(folder, DATA_FILE), mode);
    try {
      const indexHandle = await open(join(folder, INDEX_FILE), mode);
      try {
        return await openHandles(data, indexHandle, closedProperly);
      } catch (thrown) {
        await indexHandle.close();
        throw thrown;
      }
    } catch (thrown) {
      await data.close();
      throw thrown;
    }
  }

  constructor(options: {
    index: EntryIndex;
    data: FileHandle;
    dataBase: number;
    torn: TornTail | null;
    handles: readonly FileHandle[];
  }) {
    this.index = options.index;
    this.dataHandle = options.data;
    this.dataBase = options.dataBase;
    this.torn = options.torn;
    this.#handles = options.handles;
  }

  get written(): number {
    return this.index.written;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#handles.map((handle) => handle.close()));
  }
}

async function openHandles(
  data: FileHandle,
  indexHandle: FileHandle,
  closedProperly: boolean,
): Promise<SavedTranscript> {
  await requireMagic(indexHandle, 0);
  const [{ size: dataSize }, { size: indexSize }] = await Promise.all([data.stat(), indexHandle.stat()]);
  const recorded = Math.max(0, Math.floor(indexSize / RECORD_BYTES) - 1);
  const whole = new EntryIndex(indexHandle, recorded);
  const handles = [data, indexHandle];
  if (closedProperly) return new SavedTranscript({ index: whole, data, dataBase: 0, torn: null, handles });

  const kept = await soundLength({ index: whole, dataHandle: data, dataBase: 0, written: recorded }, dataSize);
  const last = kept === 0 ? null : await whole.head(kept - 1);
  const dataEnd = last ? last.fileOffset + last.length : 0;
  await indexHandle.truncate((kept + 1) * RECORD_BYTES);
  await data.truncate(dataEnd);
  const torn = { entriesCut: recorded - kept, bytesCut: dataSize - dataEnd };
  const nothingCut = torn.entriesCut === 0 && torn.bytesCut === 0;
  const index = new EntryIndex(indexHandle, kept);
  return new SavedTranscript({ index, data, dataBase: 0, torn: nothingCut ? null : torn, handles });
}

/** Raises `NOT_A_TRANSCRIPT` when no index starts at `position`. */
export async function requireMagic(handle: FileHandle, position: number): Promise<void> {
  const magic = new Uint8Array(INDEX_MAGIC.length);
  await readFully(handle, magic, position);
  if (new TextDecoder().decode(magic) === INDEX_MAGIC) return;
  throw new AppError('NOT_A_TRANSCRIPT', 'This is not a saved session.', {
    hint: 'Choose a file that was saved by the console.',
  });
}

/**
 * How many entries from the start are whole. Only the end can be torn: stretches are read from the end backwards until
 * one begins with a whole entry.
 */
async function soundLength(source: TranscriptSource, dataSize: number): Promise<number> {
  let end = source.written;
  while (end > 0) {
    const start = await stretchStart(source, end);
    const torn = await firstTorn(source, start, end, dataSize);
    if (torn !== start) return torn;
    end = start;
  }
  return 0;
}

/** Goes back from `end` as far as one check goes. A torn record's length says nothing, so it counts as nothing. */
async function stretchStart(source: TranscriptSource, end: number): Promise<number> {
  let bytes = 0;
  let n = end;
  while (n > 0 && end - n < CHECKED_ENTRIES && bytes < CHECKED_BYTES) {
    n -= 1;
    const page = await source.index.page(n);
    if (page.isSound(n % PAGE_RECORDS, n)) bytes += page.length(n % PAGE_RECORDS);
  }
  return n;
}

/** The first torn entry of `start` to `end`, or `end`. */
async function firstTorn(source: TranscriptSource, start: number, end: number, dataSize: number): Promise<number> {
  for (let n = start; n < end; n += 1) {
    const page = await source.index.page(n);
    if (!(await isSound(source, page, n, dataSize))) return n;
  }
  return end;
}

async function isSound(source: TranscriptSource, page: RecordPage, n: number, dataSize: number): Promise<boolean> {
  if (!page.isSound(n % PAGE_RECORDS, n)) return false;
  const head = page.head(n % PAGE_RECORDS, n);
  if (head.fileOffset + head.length > dataSize) return false;
  return payloadCheck(await readPayload(source, head)) === head.check;
}
