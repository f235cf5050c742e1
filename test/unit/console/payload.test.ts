import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexText } from '../../../src-main/console/display/index.ts';
import { parsePayload, type PayloadInput } from '../../../src-main/console/payload/index.ts';

const plain: PayloadInput = { format: 'text', text: '', encoding: 'utf-8', lineEnding: 'none' };

/** `hex` of the bytes, or `offset: message`. */
function outcome(input: Partial<PayloadInput>): string {
  const result = parsePayload({ ...plain, ...input });
  return result.ok ? hexText(result.bytes, '') : `${result.offset}: ${result.message}`;
}

describe('line endings', () => {
  it.each([
    ['none', '4f4e'],
    ['lf', '4f4e0a'],
    ['cr', '4f4e0d'],
    ['crlf', '4f4e0d0a'],
  ] as const)('sends ON with the ending %s as %s', (lineEnding, bytes) => {
    expect(outcome({ text: 'ON', lineEnding })).toBe(bytes);
    expect(outcome({ format: 'escapes', text: 'ON', lineEnding })).toBe(bytes);
  });

  it('adds no ending to what was written byte by byte', () => {
    expect(outcome({ format: 'hex', text: '4f4e', lineEnding: 'crlf' })).toBe('4f4e');
    expect(outcome({ format: 'python', text: "b'ON'", lineEnding: 'crlf' })).toBe('4f4e');
  });
});

describe('hex input', () => {
  it.each([
    ['4F 4E', '4f4e'],
    ['4f4e', '4f4e'],
    ['0x4F,0x4E', '4f4e'],
    ['0x4F, 0x4E', '4f4e'],
    ['4F:4E', '4f4e'],
    ['4F-4E', '4f4e'],
    ['\\x4f\\x4e', '4f4e'],
    ['{0x4f, 0x4e};', '4f4e'],
    ['[4f 4e]', '4f4e'],
    ['0x4f4e', '4f4e'],
    ['  4f\n\t4e\n', '4f4e'],
    ['', ''],
  ])('reads %j as %s', (text, bytes) => {
    expect(outcome({ format: 'hex', text })).toBe(bytes);
  });

  it.each([
    ['4F4', 2],
    ['4G', 1],
    ['G4', 0],
    ['4 F', 0],
    ['0x', 2],
    ['0xZZ', 2],
    ['4f 4e 5', 6],
    ['4f 💡', 3],
    ['0x40x4e', 4],
  ])('refuses %j at offset %i', (text, offset) => {
    expect(parsePayload({ ...plain, format: 'hex', text })).toMatchObject({ ok: false, offset });
  });

  it('reads back any bytes in any of the usual spellings', () => {
    const spelling = fc.constantFrom(' ', '', ', ', ':', '\n', ' 0x', '\\x');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), spelling, (bytes, between) => {
        const text = hexText(bytes, between);
        expect(outcome({ format: 'hex', text })).toBe(hexText(bytes, ''));
      }),
    );
  });
});

describe('text with escapes', () => {
  it.each([
    ['\\x02ON\\r\\n\\\\', '024f4e0d0a5c'],
    ['\\0', '00'],
    ['\\t\\e[0m', '091b5b306d'],
    ['\\u{1F4A1}', 'f09f92a1'],
    ['\\u00b0', 'c2b0'],
    ['°', 'c2b0'],
    ['\\xff', 'ff'],
    ['a\\0b', '610062'],
  ])('reads %j as %s', (text, bytes) => {
    expect(outcome({ format: 'escapes', text })).toBe(bytes);
  });

  it.each([
    ['ab\\', 2],
    ['a\\q', 1],
    ['\\x4', 0],
    ['\\xg0', 0],
    ['ON\\u{110000}', 2],
    ['\\u{d800}', 0],
    ['\\u12', 0],
    ['\\012', 0],
    ['a\ud800', 1],
  ])('refuses %j at offset %i', (text, offset) => {
    expect(parsePayload({ ...plain, format: 'escapes', text })).toMatchObject({ ok: false, offset });
  });

  it('treats a backslash in plain text as a backslash', () => {
    expect(outcome({ text: '\\n' })).toBe('5c6e');
  });
});

describe('encodings', () => {
  it('encodes ° as the chosen encoding has it', () => {
    expect(outcome({ text: '°' })).toBe('c2b0');
    expect(outcome({ text: '°', encoding: 'latin-1' })).toBe('b0');
  });

  it('refuses what Latin-1 cannot say, with its place', () => {
    expect(outcome({ text: '5 €', encoding: 'latin-1' })).toBe(
      '2: Latin-1 has no byte for € (U+20AC). Choose UTF-8 to send it.',
    );
    expect(outcome({ format: 'escapes', text: '\\t€', encoding: 'latin-1' })).toMatch(/^2: /);
  });

  it('agrees with Buffer for every text either can encode', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(outcome({ text })).toBe(Buffer.from(text, 'utf8').toString('hex'));
      }),
    );
  });

  it('never throws, whatever is typed', () => {
    const format = fc.constantFrom('text', 'escapes', 'python', 'hex');
    fc.assert(
      fc.property(format, fc.string({ unit: 'binary' }), (chosen, text) => {
        const result = parsePayload({ ...plain, format: chosen as PayloadInput['format'], text });
        if (!result.ok) expect(result.offset).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});
