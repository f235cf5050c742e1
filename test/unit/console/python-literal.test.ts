import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexText, pythonLiteral } from '../../../src-main/console/display/index.ts';
import { parsePayload } from '../../../src-main/console/payload/index.ts';

/** Reads JSON texts, prints for each the hex of the bytes it stands for in Python, or null. */
const ORACLE = `
import ast, json, sys, warnings
warnings.simplefilter('ignore')
def value(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, (bytes, int)): return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add): return value(node.left) + value(node.right)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult): return value(node.left) * value(node.right)
    raise ValueError(node)
def answer(text):
    try:
        result = value(ast.parse(text.strip(' \\t\\n'), mode='eval').body)
        return result.hex() if isinstance(result, bytes) else None
    except (SyntaxError, ValueError, TypeError, MemoryError, UnicodeError):
        return None
json.dump([answer(text) for text in json.load(sys.stdin)], sys.stdout)
`;

function python(texts: readonly string[]): (string | null)[] {
  const output = execFileSync('python3', ['-c', ORACLE], { input: JSON.stringify(texts), maxBuffer: 1 << 28 });
  return JSON.parse(output.toString()) as (string | null)[];
}

function ours(text: string): string | null {
  const result = parsePayload({ format: 'python', text, encoding: 'utf-8', lineEnding: 'none' });
  return result.ok ? hexText(result.bytes, '') : null;
}

const WRITTEN_BY_HAND = [
  `b'ON'`,
  `b"ON"`,
  `b'GET / HTTP/1.1\\r\\nHost: raspberrypi\\r\\n\\r\\n'`,
  `B'x'`,
  `rb'\\n'`,
  `bR'\\x41'`,
  `Rb'a\\'b'`,
  `rb'\\'`,
  `b'\\x41\\101\\1012\\0\\7\\377'`,
  `b'\\400\\777'`,
  `b'\\d\\u0041\\N{BULLET}\\z'`,
  `b'\\a\\b\\f\\n\\r\\t\\v\\\\\\'\\"'`,
  `b'\\x4'`,
  `b'\\xg1'`,
  `b'a' b'b'`,
  `b'a'b"b"rb'\\n'`,
  `b'a' 'b'`,
  `'ON'`,
  `f'ON'`,
  `r'ON'`,
  `br'ON'`,
  `bb'ON'`,
  `ub'ON'`,
  `b 'ON'`,
  `b'''a\nb'''`,
  `b"""a"b""c"""`,
  `b'''a''''`,
  `b'a\nb'`,
  `b'a\\\nb'`,
  `rb'''a\\\nb'''`,
  `rb'a\\\nb'`,
  `b'a' \\\n b'b'`,
  `b'a'\nb'b'`,
  `(b'a'\n  b'b')`,
  `(b'a' # first\n b'b' # second\n)`,
  `b'a' # comment`,
  `(b'a',)`,
  `(b'a'`,
  `b'a')`,
  `()`,
  `((b'a'))`,
  `b'a' + b'b'`,
  `b'a' + b'b' * 3`,
  `(b'a' + b'b') * 3`,
  `b'ab' * 1_0`,
  `b'ab' * 0`,
  `b'ab' * 00`,
  `b'ab' * 01`,
  `b'ab' * 2.0`,
  `b'ab' * b'c'`,
  `b'a' +`,
  `b'a' b'b' * 2`,
  `b'ü'`,
  `b'\\ü'`,
  `rb'\\ü'`,
  `b'a' # ü`,
  `b''`,
  ``,
  `b`,
  `b'`,
  `b'''`,
  `b'''a''`,
  `b'a' \\`,
  `b'a'\\\n`,
  `  b'a'  `,
  `b'a'\tb'b'`,
  `b'a'\fb'b'`,
  `x`,
  `0`,
  `b'\\`,
  `b'\\x`,
  `b'\t'`,
];

describe('Python bytes literals', () => {
  it('reads every form as Python itself does', () => {
    const expected = python(WRITTEN_BY_HAND);
    expect(WRITTEN_BY_HAND.map((text) => [text, ours(text)])).toEqual(
      WRITTEN_BY_HAND.map((text, i) => [text, expected[i]]),
    );
    expect(expected.filter((hex) => hex !== null).length).toBeGreaterThan(30);
  });

  it('agrees with Python on thousands of made-up literals', () => {
    const part = fc.oneof(
      fc.constantFrom('\\', "'", '"', "'''", '"""', '\n', '\\n', '\\x', '\\0', '\\12', '\\377', '\\400', '\\\n', '#'),
      fc.constantFrom('b', 'r', 'rb', 'a', '0', '7', 'F', ' ', '(', ')', '+', '*', '2', 'ü', '\t'),
      fc.stringMatching(/^[ -~]{1,4}$/),
    );
    const body = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
    const prefix = fc.constantFrom('b', 'B', 'rb', 'bR', 'BR', 'b', 'b');
    const quote = fc.constantFrom("'", '"', "'''", '"""');
    const literal = fc.tuple(prefix, quote, body).map(([p, q, text]) => p + q + text + q);
    const glue = fc.constantFrom('', ' ', ' + ', '\n', ' \\\n ', ' * 2 ');
    const expression = fc.oneof(
      literal,
      fc.tuple(literal, glue, literal).map((parts) => parts.join('')),
      fc.tuple(literal, glue, literal).map((parts) => `(${parts.join('')})`),
    );
    const texts = fc.sample(expression, { numRuns: 6000, seed: 20260 });
    const expected = python(texts);
    const differing = texts.map((text, i) => ({ text, ours: ours(text), python: expected[i] }));
    expect(differing.filter((one) => one.ours !== one.python)).toEqual([]);
    expect(expected.filter((hex) => hex !== null).length).toBeGreaterThan(1000);
  });

  it.each([
    [`'ON'`, 0, 'put b before the quote'],
    [`b'ON`, 0, 'never closed'],
    [`b'a' b'\\x4'`, 7, 'two hexadecimal digits'],
    [`b'Grün'`, 4, 'only ASCII'],
    [`b'a'\nb'b'`, 5, 'new statement'],
    [`(b'a'`, 0, 'never closed'],
    [`b'a'; b'b'`, 4, 'cannot follow'],
    [`ON`, 0, 'starts with b'],
    [`b'A' * 99999999999`, 18, '16 MiB'],
  ])('says where %j goes wrong', (text, offset, words) => {
    const result = parsePayload({ format: 'python', text, encoding: 'utf-8', lineEnding: 'none' });
    expect(result).toMatchObject({ ok: false, offset, message: expect.stringContaining(words) as string });
  });

  it('notes an escape that Python keeps as two characters', () => {
    const result = parsePayload({ format: 'python', text: `b'\\d'`, encoding: 'utf-8', lineEnding: 'none' });
    expect(result).toMatchObject({ ok: true, notes: [expect.stringContaining('two characters')] });
  });
});

describe('bytes shown as a Python literal', () => {
  it('is what repr() writes', () => {
    const samples = fc.sample(fc.uint8Array({ maxLength: 40 }), { numRuns: 500, seed: 7 });
    const all = [...samples, Uint8Array.from({ length: 256 }, (_, i) => i), new TextEncoder().encode(`it's "x"`)];
    const script = 'import json,sys; json.dump([repr(bytes.fromhex(h)) for h in json.load(sys.stdin)], sys.stdout)';
    const input = JSON.stringify(all.map((bytes) => hexText(bytes, '')));
    const expected = JSON.parse(execFileSync('python3', ['-c', script], { input }).toString()) as string[];
    expect(all.map(pythonLiteral)).toEqual(expected);
  });

  it('reads back as the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(ours(pythonLiteral(bytes))).toBe(hexText(bytes, ''));
      }),
    );
  });
});
