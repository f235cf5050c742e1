import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FATE, Ledger } from '../../../src-main/echo/ledger.ts';
import { ReplyMatcher } from '../../../src-main/echo/matcher.ts';
import type { EchoPattern } from '../../../src-main/echo/options.ts';
import { Payloads } from '../../../src-main/echo/payloads.ts';

const NAMES = Object.fromEntries(Object.entries(FATE).map(([name, value]) => [value, name]));

interface Bench {
  readonly ledger: Ledger;
  readonly matcher: ReplyMatcher;
  readonly messages: Buffer[];
  feed(bytes: Buffer, now?: number): void;
  fates(): (string | undefined)[];
}

/** `count` messages on the way at once, none answered yet. */
function bench(count: number, size: number, pattern: EchoPattern = 'counter'): Bench {
  const payloads = new Payloads({ size, inFlight: count, pattern, text: 'say hello ' });
  const ledger = new Ledger(count);
  const matcher = new ReplyMatcher(payloads, ledger);
  const messages = Array.from({ length: count }, (_, index) => {
    const copy = Buffer.from(payloads.prepare(index, true));
    ledger.markSent(index);
    return copy;
  });
  return {
    ledger,
    matcher,
    messages,
    feed: (bytes, now = 100) => matcher.feed(bytes, bytes.length, now),
    fates: () => [...ledger.fate].map((fate) => NAMES[fate]),
  };
}

const { messages: m16 } = bench(6, 16);
const at = (index: number): Buffer => Buffer.from(m16[index] ?? '');
const damaged = (index: number, offset: number): Buffer => {
  const copy = at(index);
  copy[offset] = (copy[offset] ?? 0) ^ 0x80;
  return copy;
};
const without = (index: number, offset: number): Buffer =>
  Buffer.concat([at(index).subarray(0, offset), at(index).subarray(offset + 1)]);

describe('replies are told apart by their content', () => {
  test.each<[string, Buffer[], string[], number]>([
    ['all in order', [at(0), at(1), at(2), at(3)], ['matched', 'matched', 'matched', 'matched'], 0],
    ['one missing', [at(0), at(2), at(3)], ['matched', 'open', 'matched', 'matched'], 0],
    ['two swapped', [at(1), at(0), at(2), at(3)], ['reordered', 'matched', 'matched', 'matched'], 0],
    ['one far behind', [at(1), at(2), at(3), at(0)], ['reordered', 'matched', 'matched', 'matched'], 0],
    ['one damaged', [at(0), damaged(1, 3), at(2), at(3)], ['matched', 'corrupted', 'matched', 'matched'], 0],
    ['the last damaged', [at(0), at(1), at(2), damaged(3, 15)], ['matched', 'matched', 'matched', 'corrupted'], 0],
    ['two damaged', [damaged(0, 0), damaged(1, 15), at(2), at(3)], ['corrupted', 'corrupted', 'matched', 'matched'], 0],
    ['a byte missing', [at(0), without(1, 9), at(2), at(3)], ['matched', 'corrupted', 'matched', 'matched'], 0],
    [
      'a byte missing at the start',
      [without(0, 0), at(1), at(2), at(3)],
      ['corrupted', 'matched', 'matched', 'matched'],
      0,
    ],
    [
      'a greeting before',
      [Buffer.from('220 hello\r\n'), at(0), at(1), at(2), at(3)],
      ['matched', 'matched', 'matched', 'matched'],
      11,
    ],
    [
      'bytes between',
      [at(0), Buffer.from('xyz'), at(1), at(2), at(3)],
      ['matched', 'matched', 'matched', 'matched'],
      3,
    ],
    ['one twice', [at(0), at(0), at(1), at(2), at(3)], ['matched', 'matched', 'matched', 'matched'], 16],
    [
      'more than was sent',
      [at(0), at(1), at(2), at(3), Buffer.from('bye')],
      ['matched', 'matched', 'matched', 'matched'],
      3,
    ],
    ['only noise', [Buffer.from('noise')], ['open', 'open', 'open', 'open'], 0],
  ])('%s, in one piece or byte by byte', (_what, parts, fates, extra) => {
    const whole = Buffer.concat(parts);
    const inOne = bench(4, 16);
    inOne.feed(whole);
    expect([inOne.fates(), inOne.matcher.extraBytes]).toEqual([fates, extra]);
    const byByte = bench(4, 16);
    for (const byte of whole) byByte.feed(Buffer.from([byte]));
    expect(byByte.fates()).toEqual(fates);
  });

  test('a single message that comes back different is damaged at once, however different', () => {
    const one = bench(1, 16);
    one.feed(Buffer.from('completely other'));
    expect(one.fates()).toEqual(['corrupted']);
  });

  test('a single byte that comes back different is damaged at once', () => {
    const one = bench(1, 1);
    one.feed(Buffer.from([0xee]));
    expect(one.fates()).toEqual(['corrupted']);
  });

  test('half a message that nothing follows is damaged once it is given up', () => {
    const one = bench(2, 16);
    one.feed(without(0, 4));
    expect(one.fates()).toEqual(['open', 'open']);
    one.matcher.giveUp(500);
    expect(one.fates()).toEqual(['corrupted', 'open']);
    one.feed(at(1));
    expect(one.fates()).toEqual(['corrupted', 'matched']);
  });

  test('an overdue message that comes after all is late, and matched', () => {
    const one = bench(3, 16);
    one.feed(Buffer.concat([at(0), at(2)]));
    one.ledger.expire(Number.POSITIVE_INFINITY);
    one.feed(at(1), 900);
    expect(one.fates()).toEqual(['matched', 'reordered', 'matched']);
    expect(one.ledger).toMatchObject({ matched: 3, reordered: 1, late: 1, corrupted: 0, inWindow: 0 });
    expect(one.ledger.rtt[1]).toBe(899);
  });
});

describe('properties', () => {
  const pattern = fc.constantFrom<EchoPattern>('counter', 'random', 'text');

  test('an honest echo matches everything, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 300 }),
        pattern,
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
        (count, size, kind, cuts) => {
          const one = bench(count, size, kind);
          const whole = Buffer.concat(one.messages);
          for (let position = 0, turn = 0; position < whole.length; turn += 1) {
            const length = cuts[turn % cuts.length] ?? 1;
            one.feed(whole.subarray(position, position + length));
            position += length;
          }
          expect(one.ledger).toMatchObject({ matched: count, corrupted: 0, reordered: 0, inWindow: 0 });
          expect(one.matcher.extraBytes).toBe(0);
        },
      ),
    );
  });

  test('whole messages in any order, some left out: the rest matches, nothing is called damaged', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(Array.from({ length: 20 }, (_, index) => index)),
        fc.integer({ min: 16, max: 100 }),
        pattern,
        (order, size, kind) => {
          const one = bench(20, size, kind);
          one.feed(Buffer.concat(order.map((index) => one.messages[index] ?? Buffer.alloc(0))));
          expect(one.ledger).toMatchObject({ matched: order.length, corrupted: 0 });
          const behind = order.filter((index, position) => order.slice(0, position).some((other) => other > index));
          expect(one.ledger.reordered).toBe(behind.length);
        },
      ),
    );
  });

  test('damage in the last bytes of the last two messages is damage of both', () => {
    const one = bench(30, 16, 'random');
    for (const victim of [28, 29]) one.messages[victim]?.fill(0, 8, 9);
    one.feed(Buffer.concat(one.messages));
    expect(one.fates().slice(27)).toEqual(['matched', 'corrupted', 'corrupted']);
  });

  test('single damaged bytes cost exactly the messages they are in', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(29), { maxLength: 12 }),
        fc.integer({ min: 16, max: 200 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (victims, size, position, change) => {
          const one = bench(30, size, 'random');
          for (const victim of victims) {
            const message = one.messages[victim];
            if (message) message[position % size] = (message[position % size] ?? 0) ^ change;
          }
          one.feed(Buffer.concat(one.messages));
          const expected = Array.from({ length: 30 }, (_, index) =>
            victims.includes(index) ? 'corrupted' : 'matched',
          );
          expect(one.fates()).toEqual(expected);
        },
      ),
    );
  });

  test('any bytes at all leave the books balanced', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), fc.integer({ min: 1, max: 20 }), (chunks, size) => {
        const one = bench(5, size);
        for (const chunk of chunks) one.feed(Buffer.from(chunk));
        one.matcher.giveUp(1000);
        one.ledger.close(false);
        const { sent, matched, corrupted, lost, inWindow } = one.ledger;
        expect(matched + corrupted + lost).toBe(sent);
        expect(one.fates()).not.toContain('open');
        expect(inWindow).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('messages', () => {
  test.each<[EchoPattern, number]>([
    ['counter', 1],
    ['counter', 64],
    ['random', 64],
    ['text', 40],
  ])('of the pattern %s with %i bytes differ from their neighbours and can be made again', (pattern, size) => {
    const payloads = new Payloads({ size, inFlight: 4, pattern, text: 'ab' });
    const seen = Array.from({ length: 200 }, (_, index) => Buffer.from(payloads.prepare(index, true)));
    for (const [index, message] of seen.entries()) {
      expect(message).toHaveLength(size);
      expect(payloads.expected(index)).toEqual(message);
      if (index > 0) expect(message).not.toEqual(seen[index - 1]);
    }
  });

  test('of text carry their number and end with a line end', () => {
    const payloads = new Payloads({ size: 24, inFlight: 1, pattern: 'text', text: 'grün ' });
    expect(payloads.prepare(42, true).toString('latin1')).toMatch(/^00000042 .*\n$/s);
  });
});
