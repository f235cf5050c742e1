import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  carryAfter,
  hexDump,
  hexText,
  LineSplitter,
  plainText,
  shownText,
  textLines,
  visibleText,
} from '../../../src-main/console/display/index.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

/** Decodes chunks one after another as the transcript does. */
function decodeChunks(chunks: readonly Uint8Array[]): string[] {
  let carry = new Uint8Array(0) as Uint8Array;
  return chunks.map((chunk) => {
    const text = plainText(visibleText(chunk, 'utf-8', carry as Uint8Array<ArrayBuffer>));
    carry = carryAfter(carry, chunk);
    return text;
  });
}

function cut(whole: Uint8Array, places: readonly number[]): Uint8Array[] {
  const edges = [0, ...[...places].map((place) => place % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return edges.slice(1).map((edge, i) => whole.subarray(edges[i], edge));
}

describe('text cut between two chunks', () => {
  it('keeps a character whose bytes came in two chunks, and its exact bytes', () => {
    const chunks = [bytes('67 72 c3'), bytes('bc 6e')];
    expect(decodeChunks(chunks).join('')).toBe('grün');
    expect(chunks.map((chunk) => hexText(chunk)).join(' ')).toBe('67 72 c3 bc 6e');
    expect(shownText(visibleText(bytes('67 72 c3'), 'utf-8'))).toBe('gr⟨c3…⟩');
  });

  it('decodes any text the same however it is cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), fc.array(fc.nat(), { maxLength: 12 }), (text, at) => {
        expect(decodeChunks(cut(new TextEncoder().encode(text), at)).join('')).toBe(text);
      }),
    );
  });

  it('shows any bytes the same however they are cut, but for an end that stays unfinished', () => {
    const utf8ish = fc.oneof(fc.constantFrom(0xc3, 0xbc, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x92, 0xa1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(utf8ish, { maxLength: 24 }), fc.array(fc.nat(), { maxLength: 8 }), (list, at) => {
        const whole = Uint8Array.from(list);
        expect(decodeChunks(cut(whole, at)).join('')).toBe(plainText(visibleText(whole, 'utf-8')));
      }),
    );
  });

  it('marks exactly the bytes that UTF-8 does not allow', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const pieces = visibleText(new TextEncoder().encode(text), 'utf-8');
        expect(pieces.every((piece) => piece.kind === 'text' || piece.kind === 'control')).toBe(true);
      }),
    );
    expect(shownText(visibleText(bytes('61 c0 af 62 ed a0 80 f5'), 'utf-8'))).toBe('a\\xc0\\xafb\\xed\\xa0\\x80\\xf5');
  });
});

describe('characters that cannot be seen', () => {
  it.each([
    ['1b5d303b7807', '␛]0;x␇'],
    ['00 09 0d 0a 7f', '␀␉␍␊␡'],
    ['e2 80 ae', '⟨U+202E⟩'],
    ['c2 85', '⟨U+0085⟩'],
  ])('%s is shown as %s', (hex, shown) => {
    expect(shownText(visibleText(bytes(hex), 'utf-8'))).toBe(shown);
  });

  it('reads Latin-1 byte by byte', () => {
    expect(plainText(visibleText(bytes('67 72 fc 6e'), 'latin-1'))).toBe('grün');
  });
});

describe('lines', () => {
  const lines = (chunks: readonly string[]): string[] => {
    const splitter = new LineSplitter();
    const found = chunks.flatMap((chunk) => splitter.push(bytes(chunk)));
    return [...found, splitter.end()].map((line) => Buffer.from(line).toString());
  };

  it('makes one line of a CRLF cut between two reads', () => {
    expect(lines(['61 0d', '0a 62'])).toEqual(['a', 'b']);
  });

  it.each([
    [['61 0a 62 0a'], ['a', 'b', '']],
    [['61 0d 0d 0a 62'], ['a', '', 'b']],
    [
      ['61', '62', '0a 63'],
      ['ab', 'c'],
    ],
    [
      ['0d', '0d'],
      ['', '', ''],
    ],
  ])('%j gives %j', (chunks, expected) => {
    expect(lines(chunks)).toEqual(expected);
  });

  it('gives the same lines however the bytes are cut', () => {
    const text = fc.array(fc.constantFrom(0x61, 0x0d, 0x0a), { maxLength: 20 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 8 }), (list, at) => {
        const whole = Uint8Array.from(list);
        expect(lines(cut(whole, at).map((part) => hexText(part)))).toEqual(
          Buffer.from(whole)
            .toString()
            .split(/\r\n|\r|\n/),
        );
      }),
    );
  });
});

describe('lines of a chunk that is shown', () => {
  const shownLines = (hex: string, afterCarriageReturn = false): string[] =>
    textLines(visibleText(bytes(hex), 'utf-8'), afterCarriageReturn).map(shownText);

  it.each([
    ['61 0d', false, ['a␍']],
    ['0a 62', true, ['␊b']],
    ['0a 62', false, ['␊', 'b']],
    ['0a 0a 62', true, ['␊␊', 'b']],
    ['61 0d 0a 62', false, ['a␍␊', 'b']],
    ['61 0d 62', false, ['a␍', 'b']],
    ['61 0a', false, ['a␊']],
    ['', false, []],
  ])('%j, after a CR: %j, gives %j', (hex, afterCarriageReturn, lines) => {
    expect(shownLines(hex, afterCarriageReturn)).toEqual(lines);
  });

  it('end where the lines that rules are held against end', () => {
    const line = fc.constantFrom('61', '0d', '0a', 'c3 bc');
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (parts) => {
        const splitter = new LineSplitter();
        const finished = splitter.push(bytes(parts.join(' ')));
        const lines = [...finished, splitter.end()].map((one) => Buffer.from(one).toString());
        const shown = shownLines(parts.join(' ')).map((one) => one.replaceAll(/[␍␊]/g, ''));
        expect(shown).toEqual(lines.at(-1) === '' ? lines.slice(0, -1) : lines);
      }),
    );
  });
});

describe('hex dump', () => {
  it('is laid out as hexdump -C does it', () => {
    expect(hexDump(new TextEncoder().encode('HELLO WORLD 12345\n'), { start: 16 })).toEqual([
      { offset: '00000010', hex: '48 45 4c 4c 4f 20 57 4f  52 4c 44 20 31 32 33 34', ascii: 'HELLO WORLD 1234' },
      { offset: '00000020', hex: '35 0a', ascii: '5.' },
    ]);
  });
});
