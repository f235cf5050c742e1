import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchCase } from '../bench-case.ts';
import { figure, seriesOf, type Figure } from '../measure.ts';
import { appProgram, peerProgram, result, Running } from '../programs.ts';

const MIB = 2 ** 20;
const COUNTS = [1, 10, 50];

interface Measured {
  readonly ms: number;
  readonly rssGrowthMiB: number;
  readonly lagMs: number;
}

export const sessions: BenchCase = {
  name: 'sessions',
  title: 'Sessions at once',
  about:
    'The same number of bytes in all, received by 1, 10 and 50 console sessions at the same time, each with its own transcript. What grows is the cost of a session, not of its bytes. The event loop’s longest stretch of work is how late a key stroke could have been.',
  async run(context) {
    const total = (context.quick ? 100 : 400) * MIB;
    const figures: Figure[] = [];
    const medians: number[] = [];
    for (const count of COUNTS) {
      const each = Math.floor(total / count);
      const source = new Running([peerProgram('source'), String(each)], context);
      const { port } = await source.next<{ port: number }>();
      const runs: Measured[] = [];
      for (let n = 0; n < (context.quick ? 1 : 5); n += 1) {
        const folder = await mkdtemp(join(context.folder, 'sessions-'));
        runs.push(await result([appProgram('sessions'), folder, String(port), String(count), String(each)]));
        await rm(folder, { recursive: true });
      }
      const who = count === 1 ? '1 session' : `${count} sessions`;
      const all = (pick: (run: Measured) => number) => seriesOf(who, runs.map(pick));
      const time = all(({ ms }) => ms);
      medians.push(time.median);
      figures.push(
        { what: `${who}: ${total / MIB} MiB in all`, unit: 'ms', series: time },
        { what: `${who}: RSS growth`, unit: 'MiB', series: all(({ rssGrowthMiB }) => rssGrowthMiB) },
        { what: `${who}: longest stretch of the event loop`, unit: 'ms', series: all(({ lagMs }) => lagMs) },
      );
    }
    const factor = (medians.at(-1) ?? Number.NaN) / (medians[0] ?? Number.NaN);
    return { figures: [...figures, figure('50 sessions for the same bytes as 1: factor in time', '', factor)] };
  },
};
