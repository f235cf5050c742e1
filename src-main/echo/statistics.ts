/** Round trips in milliseconds. */
export interface RoundTrips {
  readonly min: number;
  readonly median: number;
  readonly mean: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** Mean difference between one round trip and the next (RFC 3393 calls the single difference ipdv). */
  readonly jitter: number;
}

/** Exact figures over all intact round trips, given in the order sent; NaN stands for none. Null when there is none. */
export function roundTripsOf(rtt: Float64Array): RoundTrips | null {
  const intact = rtt.filter((ms) => !Number.isNaN(ms));
  if (intact.length === 0) return null;
  const jitter = meanDifference(intact);
  const sum = intact.reduce((total, ms) => total + ms, 0);
  intact.sort();
  return {
    min: intact[0] as number,
    median: quantile(intact, 0.5),
    mean: sum / intact.length,
    p95: quantile(intact, 0.95),
    p99: quantile(intact, 0.99),
    max: intact.at(-1) as number,
    jitter,
  };
}

/** Between the two neighbours where the rank falls between them, as NumPy does by default. */
export function quantile(sorted: Float64Array, fraction: number): number {
  const rank = (sorted.length - 1) * fraction;
  const low = sorted[Math.floor(rank)] as number;
  const high = sorted[Math.ceil(rank)] as number;
  return low + (high - low) * (rank - Math.floor(rank));
}

function meanDifference(inOrder: Float64Array): number {
  if (inOrder.length < 2) return 0;
  let sum = 0;
  for (let at = 1; at < inOrder.length; at += 1) {
    sum += Math.abs((inOrder[at] as number) - (inOrder[at - 1] as number));
  }
  return sum / (inOrder.length - 1);
}
