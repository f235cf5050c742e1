import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Scanned } from '../../../pi-agent/src/protocol.ts';
import {
  CommandScanner,
  IMMEDIATE_WORDS,
  MAX_FAULTS_IN_ROW,
  MAX_PENDING_BYTES,
  VALUE_WORDS,
  parseMilliseconds,
} from '../../../pi-agent/src/protocol.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** What a scanner makes of one input, `forget` included, as short texts. */
function scan(...chunks: readonly (string | Uint8Array)[]): string[] {
  const scanner = new CommandScanner();
  const found = chunks.flatMap((chunk) => scanner.push(typeof chunk === 'string' ? bytes(chunk) : chunk));
  return [...found, ...scanner.forget()].map(short);
}

function short(item: Scanned): string {
  if (item.kind === 'fault') return `${item.code} ${item.seen}`.trim();
  return 'value' in item ? `${item.word}=${item.value}` : item.word;
}

/** Words, beginnings of words, blanks, line ends and garbage: what makes a scanner stumble. */
const stumblingBlocks = fc.array(
  fc.oneof(
    fc.constantFrom(...IMMEDIATE_WORDS, ...VALUE_WORDS),
    fc.constantFrom(...IMMEDIATE_WORDS, ...VALUE_WORDS).map((word) => word.toLowerCase().slice(0, -1)),
    fc.constantFrom(' ', '\t', '\r', '\n', '\r\n', '\0', 'BLINK 500\n', 'AUTH s3cret\n', '\xff\xfb\x1f', '\xff\xf4'),
    fc.constantFrom('GET / HTTP/1.1\r\n', 'Connection: close\r\n', '\x16\x03\x01', 'ON', 'é'),
    fc.string({ maxLength: 8 }),
    fc.uint8Array({ maxLength: 8 }).map((random) => Buffer.from(random).toString('latin1')),
  ),
  { maxLength: 60 },
);

/** A byte stream and the places where it is cut. */
const cutStream = stumblingBlocks
  .map((parts) => bytes(parts.join('')))
  .chain((stream) =>
    fc.record({ stream: fc.constant(stream), cuts: fc.array(fc.nat({ max: Math.max(1, stream.length) })) }),
  );

function cut(stream: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...[...cuts].sort((one, other) => one - other), stream.length];
  return places.slice(1).map((end, index) => stream.subarray(places[index], end));
}

describe('the words', () => {
  test('none is the start of another, so each may act when its last byte arrives', () => {
    const words = [...IMMEDIATE_WORDS, ...VALUE_WORDS];
    const clashes = words.flatMap((one) => words.filter((other) => other !== one && other.startsWith(one)));
    expect(clashes).toEqual([]);
  });
});

describe('the scanner', () => {
  test.each([
    ['one word without a line end', ['ON'], ['ON']],
    ['two words in one segment (nodemcu-firmware#2328)', ['ONOFF'], ['ON', 'OFF']],
    ['three words in one segment', ['ONOFFON'], ['ON', 'OFF', 'ON']],
    ['two lines', ['ON\nOFF\n'], ['ON', 'OFF']],
    ['one word in two segments (reactphp/socket#204)', ['O', 'N'], ['ON']],
    ['one word cut after its second byte', ['OF', 'F'], ['OFF']],
    ['a line end that comes later', ['ON', '\r\n'], ['ON']],
    ['any case', ['on', 'On', 'oFf', 'toggle'], ['ON', 'ON', 'OFF', 'TOGGLE']],
    ['CRLF', ['ON\r\n'], ['ON']],
    ['CR alone', ['ON\rOFF\r'], ['ON', 'OFF']],
    ['blanks and NUL around it', [' \t\0ON \n'], ['ON']],
    ['a value', ['BLINK 500\n'], ['BLINK=500']],
    ['a value cut everywhere', ['bl', 'ink', ' ', '5', '00', '\r', '\n'], ['BLINK=500']],
    ['a value with blanks around it', ['PULSE \t 200  \n'], ['PULSE=200']],
    ['a value that keeps its case', ['auth SeCret\n'], ['AUTH=SeCret']],
    ['a word that takes a value without one', ['BLINK\n'], ['BLINK=']],
    ['a value word glued to its value', ['BLINK500\n'], ['unknown-command BLINK500']],
    ['a value without its line end', ['BLINK 500'], ['unfinished BLINK 500']],
    ['the beginning of a word', ['O'], ['unfinished O']],
    ['the beginning of a word and a line end', ['TOG\n'], ['unknown-command TOG']],
    ['an unknown line, told once', ['HELLO ON OFF\n'], ['unknown-command HELLO ON OFF']],
    ['an unknown line and then a word', ['HELLO\nON'], ['unknown-command HELLO', 'ON']],
    ['unknown text without a line end', ['HELLO'], ['unknown-command HELLO']],
    ['a word inside another (ngircd#343)', ['Connection: ON\r\n'], ['unknown-command Connection: ON']],
    ['an HTTP request', ['GET / HTTP/1.1\r\nConnection: close\r\nON'], ['not-led GET / HTTP/1.1']],
    ['an HTTP request of a web page with a body', ['POST / HTTP/1.1\r\n\r\nON'], ['not-led POST / HTTP/1.1']],
    ['a TLS hello', ['\x16\x03\x01\x02\0ON\nON'], ['not-led \\x16\\x03']],
    ['the options that PuTTY offers in telnet mode', ['\xff\xfb\x1f\xff\xfd\x03ON\r\n'], ['ON']],
    ['what telnet sends for Ctrl-C', ['\xff\xf4\xff\xfd\x06ON'], ['ON']],
    ['an arrow key typed into nc', ['\x1b[A\nON'], ['unknown-command \\x1b[A', 'ON']],
    ['quotes and backslashes in what is unknown', ['"\\\n'], ['unknown-command \\"\\\\']],
    ['nothing', [], []],
    ['only blanks', [' \r\n\t\0'], []],
  ] as const)('reads %s', (_name, chunks, right) => {
    expect(scan(...chunks)).toEqual(right);
  });

  test('takes 256 bytes of an unknown line and closes at the next', () => {
    expect(scan('A'.repeat(MAX_PENDING_BYTES) + '\nON').map((item) => item.split(' ')[0])).toEqual([
      'unknown-command',
      'ON',
    ]);
    expect(scan('A'.repeat(MAX_PENDING_BYTES + 1) + '\nON').map((item) => item.split(' ')[0])).toEqual(['too-long']);
  });

  test('takes 256 bytes of a value and closes at the next', () => {
    const value = '1'.repeat(MAX_PENDING_BYTES - 'BLINK '.length);
    expect(scan(`BLINK ${value}\n`)).toEqual([`BLINK=${value}`]);
    expect(scan(`BLINK ${value}1\n`)[0]).toMatch(/^too-long/);
  });

  test('closes after fifty unknown lines in a row', () => {
    const found = scan('?\n'.repeat(MAX_FAULTS_IN_ROW + 10));
    expect(found).toHaveLength(MAX_FAULTS_IN_ROW + 1);
    expect(found.at(-1)).toBe('too-many-errors');
  });

  test('starts to count anew after a good command', () => {
    const found = scan(('?\n'.repeat(MAX_FAULTS_IN_ROW - 1) + 'PING').repeat(3));
    expect(found.filter((item) => item === 'PING')).toHaveLength(3);
    expect(found).not.toContain('too-many-errors');
  });

  test('reads nothing after a fatal fault', () => {
    const scanner = new CommandScanner();
    scanner.push(bytes('GET / HTTP/1.1\r\n'));
    expect({ closed: scanner.closed, more: scanner.push(bytes('ON')), rest: scanner.forget() }).toEqual({
      closed: true,
      more: [],
      rest: [],
    });
  });

  test('forgets an unfinished word, so that its rest does not complete it', () => {
    const scanner = new CommandScanner();
    const found = [...scanner.push(bytes('O')), ...scanner.forget(), ...scanner.push(bytes('N')), ...scanner.forget()];
    expect(found.map(short)).toEqual(['unfinished O', 'unknown-command N']);
  });

  test('gives the same commands however the stream is cut', () => {
    fc.assert(
      fc.property(cutStream, ({ stream, cuts }) => {
        expect(scan(...cut(stream, cuts))).toEqual(scan(stream));
      }),
      { numRuns: 2000 },
    );
  });

  test('gives the same commands when every byte comes alone', () => {
    fc.assert(
      fc.property(stumblingBlocks, (parts) => {
        const stream = bytes(parts.join(''));
        expect(scan(...Array.from(stream, (byte) => Uint8Array.of(byte)))).toEqual(scan(stream));
      }),
    );
  });

  test('gives the same commands when one piece is read in slices, the last of them beyond its end', () => {
    fc.assert(
      fc.property(stumblingBlocks, fc.integer({ min: 1, max: 20 }), (parts, slice) => {
        const stream = bytes(parts.join(''));
        const scanner = new CommandScanner();
        const found: Scanned[] = [];
        for (let from = 0; from < stream.length; from += slice) found.push(...scanner.push(stream, from, from + slice));
        expect([...found, ...scanner.forget()].map(short)).toEqual(scan(stream));
      }),
    );
  });

  test('neither throws nor keeps more than its bound, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4096 }), (stream) => {
        const faults = new CommandScanner().push(stream).filter((item) => item.kind === 'fault');
        for (const { seen } of faults) expect(seen.length).toBeLessThanOrEqual(MAX_PENDING_BYTES);
      }),
      { numRuns: 500 },
    );
  });

  test('finds every command of a sequence, whatever stands between them', () => {
    const between = fc
      .array(fc.constantFrom(' ', '\t', '\n', '\r\n', '\0'), { maxLength: 3 })
      .map((all) => all.join(''));
    const word = fc.constantFrom(...IMMEDIATE_WORDS);
    fc.assert(
      fc.property(fc.array(fc.tuple(between, word, fc.boolean())), (sequence) => {
        const stream = sequence.map(([gap, text, lower]) => gap + (lower ? text.toLowerCase() : text)).join('');
        expect(scan(stream)).toEqual(sequence.map(([, text]) => text));
      }),
    );
  });
});

describe('a time', () => {
  test.each([
    ['BLINK', '500', 500],
    ['BLINK', '20', 20],
    ['BLINK', '60000', 60_000],
    ['BLINK', '19', null],
    ['BLINK', '60001', null],
    ['BLINK', '', null],
    ['BLINK', '-5', null],
    ['BLINK', '5e2', null],
    ['BLINK', '0x10', null],
    ['BLINK', '500 ms', null],
    ['BLINK', '9999999', null],
    ['PULSE', '1', 1],
    ['PULSE', '0', null],
    ['PULSE', '1.5', null],
  ] as const)('of %s %j is %j', (word, text, right) => {
    expect(parseMilliseconds(word, text)).toBe(right);
  });
});
