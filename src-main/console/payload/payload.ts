/** How the text in the composer becomes bytes. */
export const PAYLOAD_FORMATS = ['text', 'escapes', 'python', 'hex'] as const;
export type PayloadFormat = (typeof PAYLOAD_FORMATS)[number];

export const TEXT_ENCODINGS = ['utf-8', 'latin-1'] as const;
export type TextEncoding = (typeof TEXT_ENCODINGS)[number];

export const LINE_ENDINGS = ['none', 'lf', 'cr', 'crlf'] as const;
export type LineEnding = (typeof LINE_ENDINGS)[number];

/** What a person typed and how it is to be read. */
export interface PayloadInput {
  readonly format: PayloadFormat;
  readonly text: string;
  /** For `text` and `escapes`; the other formats write bytes themselves. */
  readonly encoding: TextEncoding;
  /** Added after `text` and `escapes`; `python` and `hex` are sent exactly as written. */
  readonly lineEnding: LineEnding;
}

export interface ParsedPayload {
  readonly ok: true;
  readonly bytes: Uint8Array;
  /** What the reader should know although it is accepted, such as an escape that Python keeps as two characters. */
  readonly notes: readonly string[];
}

export interface RefusedPayload {
  readonly ok: false;
  /** UTF-16 offset in the text of the first character that cannot be used. */
  readonly offset: number;
  /** One sentence. */
  readonly message: string;
}

export type PayloadResult = ParsedPayload | RefusedPayload;

/** Raised inside the parsers and turned into a `RefusedPayload` at their door. */
export class PayloadSyntaxError extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.name = 'PayloadSyntaxError';
    this.offset = offset;
  }
}
