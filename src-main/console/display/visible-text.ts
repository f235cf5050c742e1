import { codePointName } from '../payload/encode-text.ts';
import type { TextEncoding } from '../payload/payload.ts';
import { isContinuation, isSecondByte, sequenceLength, unfinishedLength } from './utf8.ts';

/**
 * One run of received or sent text. `text` is what the bytes mean; `symbol` is what a plain text shows instead where that
 * would be invisible, harmful or not text at all. `label` says the same in letters that every font has (`LF`, `U+202E`,
 * `ff`), for a page that can frame it.
 */
export type TextPiece =
  | { readonly kind: 'text'; readonly text: string }
  /** A control or invisible character, shown as a symbol with its name. */
  | {
      readonly kind: 'control';
      readonly text: string;
      readonly symbol: string;
      readonly label: string;
      readonly name: string;
    }
  /** A byte that belongs to no character. */
  | {
      readonly kind: 'invalid';
      readonly text: string;
      readonly symbol: string;
      readonly label: string;
      readonly name: string;
    }
  /** The start of a character whose rest comes with a later chunk; the character is shown there. */
  | {
      readonly kind: 'partial';
      readonly text: '';
      readonly symbol: string;
      readonly label: string;
      readonly name: string;
    };

const CONTROL_NAMES = [
  ...['NUL', 'SOH', 'STX', 'ETX', 'EOT', 'ENQ', 'ACK', 'BEL', 'BS', 'TAB', 'LF', 'VT', 'FF', 'CR', 'SO', 'SI'],
  ...['DLE', 'DC1', 'DC2', 'DC3', 'DC4', 'NAK', 'SYN', 'ETB', 'CAN', 'EM', 'SUB', 'ESC', 'FS', 'GS', 'RS', 'US'],
];

/** Controls, and format characters such as the bidirectional overrides, which could make text read differently. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/**
 * What a chunk says as text. `carry` is the unfinished character left over from the chunk before it in the same
 * direction; the character it begins is shown here.
 */
export function visibleText(
  bytes: Uint8Array,
  encoding: TextEncoding,
  carry: Uint8Array = new Uint8Array(0),
): TextPiece[] {
  const pieces = new PieceList();
  if (encoding === 'latin-1') {
    for (const byte of bytes) pieces.character(String.fromCharCode(byte));
    return pieces.finish();
  }
  const joined = joinCarry(bytes, carry);
  const complete = joined.length - unfinishedLength(joined);
  let at = 0;
  while (at < complete) at += readCharacter(joined, at, pieces);
  if (complete < joined.length) pieces.partial(joined.subarray(complete));
  return pieces.finish();
}

/** The text of pieces as it would be copied: controls as themselves, bytes of no character as U+FFFD. */
export function plainText(pieces: readonly TextPiece[]): string {
  return pieces.map((piece) => piece.text).join('');
}

/** The text of pieces as it is shown: controls as symbols, bytes of no character as `\xff`. */
export function shownText(pieces: readonly TextPiece[]): string {
  return pieces.map((piece) => (piece.kind === 'text' ? piece.text : piece.symbol)).join('');
}

function joinCarry(bytes: Uint8Array, carry: Uint8Array): Uint8Array {
  if (carry.length === 0) return bytes;
  const joined = new Uint8Array(carry.length + bytes.length);
  joined.set(carry);
  joined.set(bytes, carry.length);
  return joined;
}

/** Reads the character or the bad byte at `at` and returns how many bytes it took. */
function readCharacter(bytes: Uint8Array, at: number, pieces: PieceList): number {
  const lead = bytes[at] ?? 0;
  const length = sequenceLength(lead);
  if (length === 1) {
    pieces.character(String.fromCharCode(lead));
    return 1;
  }
  let point = lead & (0x7f >> length);
  for (let i = 1; i < length; i += 1) {
    const byte = bytes[at + i] ?? 0;
    const fits = i === 1 ? isSecondByte(lead, byte) : isContinuation(byte);
    if (!fits) break;
    point = (point << 6) | (byte & 0x3f);
    if (i === length - 1) {
      pieces.character(String.fromCodePoint(point));
      return length;
    }
  }
  pieces.invalid(lead);
  return 1;
}

/** Gathers pieces, joining neighbours that are plain text. */
class PieceList {
  readonly #list: TextPiece[] = [];
  #run = '';

  character(text: string): void {
    if (UNSEEN.test(text)) this.#add(controlPiece(text));
    else this.#run += text;
  }

  invalid(byte: number): void {
    const label = hexByte(byte);
    const name = `Byte ${label}, not part of a character`;
    this.#add({ kind: 'invalid', text: '\ufffd', symbol: `\\x${label}`, label, name });
  }

  partial(bytes: Uint8Array): void {
    const hex = Array.from(bytes, hexByte).join(' ');
    const name = `Bytes ${hex} begin a character that goes on in the next chunk`;
    this.#add({ kind: 'partial', text: '', symbol: `⟨${hex}…⟩`, label: `${hex}…`, name });
  }

  finish(): TextPiece[] {
    this.#endRun();
    return this.#list;
  }

  #add(piece: TextPiece): void {
    this.#endRun();
    this.#list.push(piece);
  }

  #endRun(): void {
    if (this.#run !== '') this.#list.push({ kind: 'text', text: this.#run });
    this.#run = '';
  }
}

function controlPiece(text: string): TextPiece {
  const point = text.codePointAt(0) ?? 0;
  if (point < 0x20) {
    const label = CONTROL_NAMES[point] ?? '';
    const symbol = String.fromCharCode(0x2400 + point);
    return { kind: 'control', text, symbol, label, name: `${label} (byte ${hexByte(point)})` };
  }
  if (point === 0x7f) return { kind: 'control', text, symbol: '␡', label: 'DEL', name: 'DEL (byte 7f)' };
  return {
    kind: 'control',
    text,
    symbol: `⟨${codePointName(point)}⟩`,
    label: codePointName(point),
    name: `Invisible character ${codePointName(point)}`,
  };
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
