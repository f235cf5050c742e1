import type { Comparison, Figure } from './measure.ts';

export interface BenchContext {
  /** A folder of this case alone, removed afterwards. */
  readonly folder: string;
  /** Rounds of each comparison; fewer with `--quick`. */
  readonly rounds: number;
  /** Whether only a glance is wanted: smaller amounts, fewer rounds. */
  readonly quick: boolean;
  /** Ends something when the case is over, last added first. */
  afterwards(cleanUp: () => unknown): void;
}

export interface BenchResult {
  readonly comparisons?: readonly Comparison[];
  readonly figures?: readonly Figure[];
  /** What a reader has to know, such as what could not be measured here and why. */
  readonly notes?: readonly string[];
}

export interface BenchCase {
  /** As it is named on the command line. */
  readonly name: string;
  readonly title: string;
  /** What is done, and what limits it. */
  readonly about: string;
  run(context: BenchContext): Promise<BenchResult>;
}
