import { PayloadSyntaxError, type LineEnding, type TextEncoding } from './payload.ts';

const utf8 = new TextEncoder();

const LINE_ENDING_BYTES: Readonly<Record<LineEnding, readonly number[]>> = {
  none: [],
  lf: [0x0a],
  cr: [0x0d],
  crlf: [0x0d, 0x0a],
};

/** The bytes of a line ending. */
export function lineEndingBytes(ending: LineEnding): Uint8Array {
  return Uint8Array.from(LINE_ENDING_BYTES[ending]);
}

/**
 * The bytes of `text`. Raises `PayloadSyntaxError` at the first character the encoding has no bytes for: anything above
 * U+00FF in Latin-1 (ISO 8859-1), and half a surrogate pair in either. `base` is added to the offset it reports.
 */
export function encodeText(text: string, encoding: TextEncoding, base = 0): Uint8Array {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    const point = text.codePointAt(i) ?? code;
    if (point >= 0xd800 && point <= 0xdfff) {
      throw new PayloadSyntaxError(base + i, 'Half of a two-part character stands here: no encoding has bytes for it.');
    }
    if (encoding === 'latin-1' && point > 0xff) {
      const character = String.fromCodePoint(point);
      throw new PayloadSyntaxError(
        base + i,
        `Latin-1 has no byte for ${character} (${codePointName(point)}). Choose UTF-8 to send it.`,
      );
    }
    if (point > 0xffff) i += 1;
  }
  return encoding === 'utf-8' ? utf8.encode(text) : Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** `U+20AC` for 0x20ac. */
export function codePointName(point: number): string {
  return `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
}
