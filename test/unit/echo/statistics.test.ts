import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvParts } from '../../../src-main/echo/csv.ts';
import { Histogram } from '../../../src-main/echo/histogram.ts';
import { FATE } from '../../../src-main/echo/ledger.ts';
import { roundTripsOf } from '../../../src-main/echo/statistics.ts';
import { Timeline } from '../../../src-main/echo/timeline.ts';

describe('the figures of a run', () => {
  test('are exact, by the definitions given', () => {
    const rtt = Float64Array.from([4, Number.NaN, 1, 3, 2]);
    // numpy.percentile([4, 1, 3, 2], [50, 95, 99]) -> 2.5, 3.85, 3.97
    expect(roundTripsOf(rtt)).toEqual({
      min: 1,
      median: 2.5,
      mean: 2.5,
      p95: expect.closeTo(3.85, 10),
      p99: expect.closeTo(3.97, 10),
      max: 4,
      jitter: 2, // |1-4|, |3-1|, |2-3|
    });
  });

  test('do not exist without an intact reply, and are the one value for a single one', () => {
    expect(roundTripsOf(Float64Array.from([Number.NaN]))).toBeNull();
    expect(roundTripsOf(Float64Array.from([7]))).toEqual({
      min: 7,
      median: 7,
      mean: 7,
      p95: 7,
      p99: 7,
      max: 7,
      jitter: 0,
    });
  });
});

const times = fc.array(fc.double({ min: 0.001, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 400 });

describe('the histogram', () => {
  test('knows quantiles within its bins’ width', () => {
    fc.assert(
      fc.property(times, fc.constantFrom(0.5, 0.95, 0.99, 1), (values, fraction) => {
        const histogram = new Histogram();
        for (const value of values) histogram.add(value);
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? 0;
        expect(Math.abs((histogram.quantile(fraction) ?? 0) / exact - 1)).toBeLessThan(0.016);
      }),
    );
  });

  test('puts every value into a bar or beyond them, with at most the bars asked for', () => {
    fc.assert(
      fc.property(times, fc.integer({ min: 2, max: 60 }), (values, maxBins) => {
        const histogram = new Histogram();
        for (const value of values) histogram.add(value);
        const bins = histogram.bins(maxBins);
        expect((bins?.counts.reduce((sum, count) => sum + count, 0) ?? 0) + (bins?.beyond ?? 0)).toBe(values.length);
        expect(bins?.counts.length).toBeLessThanOrEqual(maxBins);
      }),
    );
  });

  test('has bars with round borders', () => {
    const histogram = new Histogram();
    for (let ms = 10; ms < 20; ms += 0.1) histogram.add(ms);
    expect(histogram.bins(11)).toMatchObject({ from: 10, width: 1 });
    expect(new Histogram().bins(10)).toBeNull();
  });
});

describe('the timeline', () => {
  test('keeps a long run in few entries, and no message is left out', () => {
    const timeline = new Timeline(8);
    for (let index = 0; index < 100; index += 1) timeline.add(index, index % 10 === 0 ? Number.NaN : index);
    const columns = timeline.columns();
    expect(columns.per).toBe(16);
    expect(columns.at).toEqual([0, 16, 32, 48, 64, 80, 96]);
    expect(columns.failed).toEqual([2, 2, 1, 2, 1, 2, 0]);
    expect(columns.slowest.at(-1)).toBe(99);
    expect(columns.fastest[0]).toBe(1);
    expect(columns.mean.at(-1)).toBe((96 + 97 + 98 + 99) / 4);
  });

  test('has a gap where nothing came back', () => {
    const timeline = new Timeline(4);
    timeline.add(0, 1.5);
    timeline.add(10, Number.NaN);
    expect(timeline.columns()).toEqual({
      at: [0, 10],
      fastest: [1.5, null],
      mean: [1.5, null],
      slowest: [1.5, null],
      failed: [0, 1],
      per: 1,
    });
  });
});

test('the CSV has a line per round, with times in milliseconds and no time where nothing came back', () => {
  const text = [
    ...csvParts({
      sentAt: Float64Array.from([0, 10.25, 20, 30]),
      rtt: Float32Array.from([0.5, Number.NaN, Number.NaN, 1.25]),
      fate: Uint8Array.from([FATE.matched, FATE.lost, FATE.corrupted, FATE.reordered]),
    }),
  ].join('');
  expect(text.split('\r\n')).toEqual([
    'round,sent_ms,round_trip_ms,result',
    '1,0.000,0.5000,matched',
    '2,10.250,,lost',
    '3,20.000,,corrupted',
    '4,30.000,1.2500,reordered',
    '',
  ]);
});
