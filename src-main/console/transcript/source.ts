import type { FileHandle } from 'node:fs/promises';
import type { EntryIndex } from './entry-index.ts';

/** A transcript that can be read: one being written, or one that was saved. */
export interface TranscriptSource {
  readonly index: EntryIndex;
  readonly dataHandle: FileHandle;
  /** Where the payloads start in the data file; entries count from there. */
  readonly dataBase: number;
  /** Entries that can be read. */
  readonly written: number;
}
