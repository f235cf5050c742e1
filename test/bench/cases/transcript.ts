import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchCase } from '../bench-case.ts';
import { figure, seriesOf, type Figure } from '../measure.ts';
import { appProgram, peerProgram, result, Running } from '../programs.ts';

const MIB = 2 ** 20;

const FIGURES = [
  ['receiveMs', 'received and on disk', 'ms'],
  ['rssGrowthMiB', 'RSS growth meanwhile', 'MiB'],
  ['openMs', 'opened again', 'ms'],
  ['firstWindowMs', 'first window of 60 rows', 'ms'],
  ['windowMedianMs', 'a window anywhere, median', 'ms'],
  ['windowP99Ms', 'a window anywhere, 99th percentile', 'ms'],
  ['entries', 'entries', ''],
] as const;

export const transcript: BenchCase = {
  name: 'transcript',
  title: 'A transcript that grows',
  about:
    'A session of 10 MiB, 100 MiB and 1 GiB: received, kept, opened again, and read in windows as the page asks for them while one scrolls.',
  async run(context) {
    const sizes = context.quick ? [10, 100] : [10, 100, 1024];
    const figures: Figure[] = [];
    const medians: Record<string, number>[] = [];
    for (const size of sizes) {
      const source = new Running([peerProgram('source'), String(size * MIB)], context);
      const { port } = await source.next<{ port: number }>();
      const runs: Record<string, number>[] = [];
      for (let n = 0; n < (context.quick ? 1 : 3); n += 1) {
        const folder = await mkdtemp(join(context.folder, 'transcript-'));
        runs.push(await result([appProgram('transcript'), folder, String(port), String(size * MIB)]));
        await rm(folder, { recursive: true });
      }
      const found: Record<string, number> = {};
      for (const [key, what, unit] of FIGURES) {
        const series = seriesOf(
          what,
          runs.map((run) => run[key] ?? Number.NaN),
        );
        found[key] = series.median;
        figures.push({ what: `${size} MiB: ${what}`, unit, series });
      }
      medians.push(found);
    }
    return { figures: [...figures, ...growthOf(medians, sizes)], notes: [] };
  },
};

/** How each cost grew from the smallest size to the largest, for each doubling of the size: 2 is linear, 1 is none. */
function growthOf(medians: readonly Readonly<Record<string, number>>[], sizes: readonly number[]): Figure[] {
  const [first, last] = [medians[0], medians.at(-1)];
  const doublings = Math.log2((sizes.at(-1) ?? 1) / (sizes[0] ?? 1));
  return ['receiveMs', 'rssGrowthMiB', 'openMs', 'windowMedianMs'].map((key) => {
    const factor = (last?.[key] ?? Number.NaN) / (first?.[key] ?? Number.NaN);
    const what = FIGURES.find(([name]) => name === key)?.[1] ?? key;
    return figure(`${what}: factor for each doubling (2 is linear)`, '', factor ** (1 / doublings));
  });
}
