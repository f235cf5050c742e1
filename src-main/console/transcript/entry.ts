/** What an entry of a transcript records. */
export const ENTRY_KINDS = ['data', 'connect', 'accept', 'listen', 'half-close', 'close', 'error', 'note'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

export const DIRECTIONS = ['none', 'sent', 'received'] as const;
/** Who did it: `sent` by this side, `received` from the other, `none` where that has no meaning. */
export type Direction = (typeof DIRECTIONS)[number];

/** Everything the index knows of one entry; its bytes stay in the file until they are asked for. */
export interface EntryHead {
  /** Number of the entry, from 0 without gaps. */
  readonly n: number;
  /** Microseconds since the transcript began, never going back. */
  readonly monoUs: number;
  /** Microseconds since 1970 by this computer's clock. */
  readonly wallUs: number;
  readonly kind: EntryKind;
  readonly direction: Direction;
  /** Which connection of the session, from 1; 0 for the session itself. */
  readonly connection: number;
  /** Length of the payload in bytes: the chunk, or the details of any other kind as JSON. */
  readonly length: number;
  /** Where the payload starts in the transcript's file. */
  readonly fileOffset: number;
  /** Where the chunk starts in the stream of its connection and direction. */
  readonly streamOffset: number;
  /** The unfinished UTF-8 character that the chunk before left over: 0 to 3 bytes. */
  readonly carry: Uint8Array;
  /** The chunk before in the same stream ended in CR, so that an LF at the start completes a CRLF. */
  readonly afterCarriageReturn: boolean;
  /** Check word of the payload (`payloadCheck`), to notice a torn file. */
  readonly check: number;
}

/** An entry as the page shows it. */
export interface Entry extends EntryHead {
  /** The first bytes of the payload, as many as were asked for. */
  readonly bytes: Uint8Array;
}
