import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WindowRow } from '../../../src-main/api/contract/console.ts';
import { LongScroll } from '../../../src-renderer/views/console/list/long-scroll.ts';
import { guessHeight } from '../../../src-renderer/views/console/list/guess-height.ts';
import { RowHeights } from '../../../src-renderer/views/console/list/row-heights.ts';
import { RowCache } from '../../../src-renderer/views/console/row-cache.ts';
import { clockText, gapText, readTime, spanText } from '../../../src-renderer/views/console/transcript-time.ts';

const row = (n: number, length = 1): WindowRow => ({ row: n, n, lastN: n, length }) as WindowRow;

describe('the heights of a long list', () => {
  it('give the place of each row, and the row at each place, as adding them up does', () => {
    const change = fc.record({ row: fc.nat(299), height: fc.integer({ min: 1, max: 90 }) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.array(change, { maxLength: 60 }), (count, changes) => {
        const heights = new RowHeights(28);
        heights.setCount(count);
        const plain = Array.from({ length: count }, () => 28);
        for (const { row, height } of changes.filter((one) => one.row < count)) {
          heights.set(row, height);
          plain[row] = height;
        }
        let offset = 0;
        for (const [row, height] of plain.entries()) {
          expect(heights.offsetOf(row)).toBe(offset);
          expect(heights.rowAt(offset)).toBe(row);
          expect(heights.rowAt(offset + height - 1)).toBe(row);
          offset += height;
        }
        expect(heights.total).toBe(offset);
      }),
    );
  });

  it('keep what was measured while the list grows past its room', () => {
    const heights = new RowHeights(10);
    heights.setCount(2);
    heights.set(1, 50);
    heights.setCount(5000);
    expect([heights.offsetOf(2), heights.total, heights.rowAt(59), heights.rowAt(60)]).toEqual([60, 50_040, 1, 2]);
    heights.setCount(1);
    heights.setCount(3);
    expect(heights.total).toBe(30);
  });
});

describe('a scroll bar for more pixels than a browser can draw', () => {
  it('reaches the start and the end, and any place in between', () => {
    const scroll = new LongScroll(700_000_000, 600);
    expect(scroll.placeOf(0)).toBe(0);
    expect(scroll.placeOf(scroll.height - 600)).toBe(scroll.end);
    const there = scroll.placeOf(scroll.scrollTopOf(123_456_789));
    expect(Math.abs(there - 123_456_789)).toBeLessThan(1);
  });

  it('is one to one where the browser can', () => {
    const scroll = new LongScroll(5000, 600);
    expect([scroll.scaled, scroll.height, scroll.placeOf(1234), scroll.end]).toEqual([false, 5000, 1234, 4400]);
  });
});

describe('the rows a page holds', () => {
  it('stay the same objects while they stay the same, so that they are not drawn again', () => {
    const first = row(1);
    const cache = new RowCache().with([first], { first: 0, end: 10 }).with([row(1), row(2)], { first: 0, end: 10 });
    expect(cache.at(1)).toBe(first);
    const grown = row(1, 9);
    expect(cache.with([grown], { first: 0, end: 10 }).at(1)).toBe(grown);
  });

  it('are few, whatever was scrolled past', () => {
    let cache = new RowCache();
    for (let at = 0; at < 100_000; at += 200) {
      const came = Array.from({ length: 200 }, (_, i) => row(at + i));
      cache = cache.with(came, { first: at, end: at + 40 });
    }
    expect(cache.size).toBeLessThan(2000);
    expect(cache.holds(99_800, 99_840)).toBe(true);
    expect(cache.holds(0, 1)).toBe(false);
  });
});

describe('times beside the rows', () => {
  const day = new Date(2026, 0, 31, 14, 3, 7, 125);
  const us = day.getTime() * 1000 + 432;

  it('are shown to the millisecond, and spans to the microsecond', () => {
    expect([clockText(us), spanText(125), gapText(1_500_000), spanText(250e6)]).toEqual([
      '14:03:07.125',
      '0.000125 s',
      '+1.500 s',
      '250.0 s',
    ]);
  });

  it.each([
    ['14:03:07.125', { wallUs: day.getTime() * 1000 }],
    ['14:03', { wallUs: new Date(2026, 0, 31, 14, 3).getTime() * 1000 }],
    ['+1.5', { monoUs: 1_500_000 }],
    ['+ 2 s', { monoUs: 2_000_000 }],
    ['24:00', null],
    ['14:60', null],
    ['half past two', null],
  ])('typed as %j go to %j', (text, time) => {
    expect(readTime(text, us)).toEqual(time);
  });
});

describe('what is guessed of a row before it is drawn', () => {
  const data = (bytes: Uint8Array, length = bytes.length): WindowRow => ({ ...row(0), kind: 'data', bytes, length });

  it('is more lines for bytes of no text than for as many letters, and a line for each line feed', () => {
    const letters = guessHeight(data(new Uint8Array(512).fill(0x61)), 'text', 983) ?? 0;
    const binary = guessHeight(data(new Uint8Array(512).fill(0xff)), 'text', 983) ?? 0;
    const lines = guessHeight(data(new Uint8Array(20).fill(0x0a)), 'text', 983);
    expect([letters, binary > 2 * letters, lines]).toEqual([7 * 24 + 4, true, 20 * 24 + 4]);
  });

  it('is one line more where a CRLF ends one, also when its CR came with the chunk before', () => {
    const cut = { ...data(Buffer.from('\nb')), afterCarriageReturn: true };
    const heights = [data(Buffer.from('a\r\nb')), data(Buffer.from('a\rb')), data(Buffer.from('a\r')), cut];
    expect(heights.map((one) => guessHeight(one, 'text', 983))).toEqual([52, 52, 28, 28]);
  });

  it('counts the lines of a hex dump, and the line that tells of hidden bytes', () => {
    const bytes = new Uint8Array(40).fill(0x61);
    expect(guessHeight(data(bytes), 'hex', 983)).toBe(3 * 24 + 4);
    expect(guessHeight(data(bytes), 'both', 983)).toBe(4 * 24 + 4);
    expect(guessHeight(data(bytes, 4000), 'hex', 983)).toBe(3 * 24 + 32 + 4);
  });

  it('is one line for an event, and nothing for a flow, where all are alike', () => {
    expect(guessHeight({ ...row(0), kind: 'connect' }, 'text', 983)).toBe(28);
    expect(guessHeight(data(new Uint8Array(512)), 'flow', 983)).toBeNull();
  });
});
