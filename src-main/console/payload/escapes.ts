import { ByteSink } from './byte-sink.ts';
import { codePointName, encodeText } from './encode-text.ts';
import { PayloadSyntaxError, type TextEncoding } from './payload.ts';

const SIMPLE: Readonly<Record<string, number>> = {
  a: 0x07,
  b: 0x08,
  t: 0x09,
  n: 0x0a,
  v: 0x0b,
  f: 0x0c,
  r: 0x0d,
  e: 0x1b,
  '\\': 0x5c,
  "'": 0x27,
  '"': 0x22,
};

/**
 * Text in which a backslash starts an escape: `\r \n \t \0 \a \b \v \f \e \\ \' \"`, `\xHH` for one byte whatever the
 * encoding, `\u{1F4A1}` or `\uXXXX` for one character in the encoding. Raises `PayloadSyntaxError`.
 */
export function parseEscapes(text: string, encoding: TextEncoding): Uint8Array {
  const sink = new ByteSink();
  let at = 0;
  while (at < text.length) {
    const backslash = text.indexOf('\\', at);
    const end = backslash === -1 ? text.length : backslash;
    if (end > at) sink.append(encodeText(text.slice(at, end), encoding, at));
    at = backslash === -1 ? end : readEscape(text, backslash, encoding, sink);
  }
  return sink.take();
}

/** Reads the escape at `at` into `sink` and returns the offset after it. */
function readEscape(text: string, at: number, encoding: TextEncoding, sink: ByteSink): number {
  const letter = text[at + 1];
  if (letter === undefined) {
    throw new PayloadSyntaxError(at, 'A backslash stands at the end. Write \\\\ to send one.');
  }
  const simple = SIMPLE[letter];
  if (simple !== undefined) {
    sink.push(simple);
    return at + 2;
  }
  if (letter === '0') return readNul(text, at, sink);
  if (letter === 'x') return readHexByte(text, at, sink);
  if (letter === 'u') return readCharacter(text, at, encoding, sink);
  throw new PayloadSyntaxError(at, `\\${letter} is not an escape. Write \\\\ to send a backslash.`);
}

function readNul(text: string, at: number, sink: ByteSink): number {
  if (/\d/.test(text[at + 2] ?? '')) {
    throw new PayloadSyntaxError(
      at,
      '\\0 with a digit after it could be read two ways. Write \\x00 or \\x and two digits.',
    );
  }
  sink.push(0);
  return at + 2;
}

function readHexByte(text: string, at: number, sink: ByteSink): number {
  const digits = text.slice(at + 2, at + 4);
  if (!/^[0-9a-fA-F]{2}$/.test(digits)) {
    throw new PayloadSyntaxError(at, '\\x needs two hexadecimal digits, such as \\x0a.');
  }
  sink.push(Number.parseInt(digits, 16));
  return at + 4;
}

function readCharacter(text: string, at: number, encoding: TextEncoding, sink: ByteSink): number {
  const found = /^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{4}))/.exec(text.slice(at + 2, at + 10));
  const digits = found?.[1] ?? found?.[2];
  if (!found || digits === undefined) {
    throw new PayloadSyntaxError(at, '\\u needs a character number in braces, such as \\u{1F4A1}, or four digits.');
  }
  const point = Number.parseInt(digits, 16);
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
    throw new PayloadSyntaxError(at, `${codePointName(point)} is not the number of a character.`);
  }
  sink.append(encodeText(String.fromCodePoint(point), encoding, at));
  return at + 2 + found[0].length;
}
