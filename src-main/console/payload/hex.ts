import { ByteSink } from './byte-sink.ts';
import { PayloadSyntaxError } from './payload.ts';

const DIGITS = /[0-9a-fA-F]/;
/** What may stand between bytes: white space and the marks people copy along from code, Wireshark and data sheets. */
const BETWEEN = /[\s,:;\-_{}[\]()]/;
const PREFIX = /^(?:0x|\\x)/i;

/**
 * Bytes written in hexadecimal: `4F4E`, `4f 4e`, `0x4F, 0x4E`, `4F:4E`, `\x4f\x4e`, in any spacing between bytes. Raises
 * `PayloadSyntaxError` at a digit that stands alone or a character that is no digit.
 */
export function parseHex(text: string): Uint8Array {
  const sink = new ByteSink();
  let at = 0;
  while (at < text.length) {
    const character = text[at] ?? '';
    const prefix = PREFIX.exec(text.slice(at, at + 2));
    if (prefix) {
      at += 2;
      if (!DIGITS.test(text[at] ?? '')) throw new PayloadSyntaxError(at, `${prefix[0]} needs two hexadecimal digits.`);
    } else if (BETWEEN.test(character)) {
      at += 1;
    } else {
      sink.push(readByte(text, at));
      at += 2;
    }
  }
  return sink.take();
}

function readByte(text: string, at: number): number {
  const high = text[at] ?? '';
  const low = text[at + 1];
  if (!DIGITS.test(high)) throw notADigit(text, at);
  if (low !== undefined && DIGITS.test(low)) return Number.parseInt(high + low, 16);
  if (low === undefined || BETWEEN.test(low) || PREFIX.test(text.slice(at + 1, at + 3))) {
    throw new PayloadSyntaxError(at, `A byte has two hexadecimal digits: write 0${high} or add the missing one.`);
  }
  throw notADigit(text, at + 1);
}

function notADigit(text: string, at: number): PayloadSyntaxError {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  return new PayloadSyntaxError(at, `“${character}” is not a hexadecimal digit (0-9, a-f).`);
}
