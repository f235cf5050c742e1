/** One side of a comparison: does the work once and gives what it measured, by the metrics' keys. */
export interface Side {
  readonly name: string;
  measure(): Promise<Readonly<Record<string, number>>>;
}

export interface Metric {
  readonly key: string;
  readonly what: string;
  readonly unit: string;
  /** Whether more is better (a rate) or less is (a time). */
  readonly better: 'less' | 'more';
}

export interface Series {
  readonly name: string;
  readonly values: readonly number[];
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The app beside its peers, measured in turn in one run. */
export interface Comparison extends Metric {
  readonly app: Series;
  readonly peers: readonly (Series & {
    /** The app's cost for one of the peer's, as the median over the rounds: 1 is level, above 1 the app is behind. */
    readonly ratio: number;
    readonly ratioMin: number;
    readonly ratioMax: number;
  })[];
}

/** A figure without a peer, or one row of how a cost grows. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly series: Series;
}

export interface CompareOptions {
  readonly metrics: readonly Metric[];
  readonly rounds: number;
  readonly app: Side;
  readonly peers: readonly Side[];
}

/**
 * Measures every side once a round, each round beginning with another side, so that a busy moment of the machine falls on
 * all of them alike. A round before the first warms the disk's cache and is thrown away. Gives one comparison a metric.
 */
export async function compare({ metrics, rounds, app, peers }: CompareOptions): Promise<readonly Comparison[]> {
  const sides = [app, ...peers];
  const measured = sides.map((): Readonly<Record<string, number>>[] => []);
  for (let round = -1; round < rounds; round += 1) {
    for (let turn = 0; turn < sides.length; turn += 1) {
      const at = (turn + Math.max(0, round)) % sides.length;
      const values = await sides[at]?.measure();
      if (round >= 0 && values) measured[at]?.push(values);
    }
  }
  const [own = [], ...others] = measured;
  return metrics.map((metric) => ({
    ...metric,
    app: seriesOf(app.name, valuesOf(own, metric)),
    peers: others.map((theirs, n) =>
      besides(peers[n]?.name ?? '', metric, valuesOf(own, metric), valuesOf(theirs, metric)),
    ),
  }));
}

function besides(name: string, { better }: Metric, own: readonly number[], theirs: readonly number[]) {
  const ratios = theirs.map((value, round) => {
    const mine = own[round] ?? Number.NaN;
    return better === 'less' ? mine / value : value / mine;
  });
  const { median, min, max } = seriesOf('ratio', ratios);
  return { ...seriesOf(name, theirs), ratio: median, ratioMin: min, ratioMax: max };
}

function valuesOf(measured: readonly Readonly<Record<string, number>>[], { key }: Metric): readonly number[] {
  return measured.map((values) => values[key] ?? Number.NaN);
}

/** Measures one thing several times. */
export async function repeat(
  what: string,
  unit: string,
  times: number,
  measure: () => Promise<number>,
): Promise<Figure> {
  const values: number[] = [];
  for (let n = 0; n < times; n += 1) values.push(await measure());
  return { what, unit, series: seriesOf(what, values) };
}

export function figure(what: string, unit: string, value: number): Figure {
  return { what, unit, series: seriesOf(what, [value]) };
}

export function seriesOf(name: string, values: readonly number[]): Series {
  const sorted = [...values].sort((a, b) => a - b);
  return { name, values, median: medianOf(sorted), min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

function medianOf(sorted: readonly number[]): number {
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? Number.NaN)) / 2;
}
