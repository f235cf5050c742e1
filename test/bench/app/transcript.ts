import { SHOW_ALL } from '../../../src-main/console/index.ts';
import { clientOf, openConsole, receivedAll } from './console-session.ts';

// A session that is received, kept, opened again and read at random: `transcript.mjs FOLDER PORT BYTES`.
// Prints { receiveMs, rssGrowthMiB, openMs, firstWindowMs, windowMedianMs, windowP99Ms, entries }.
const [folder = '', port = '', size = ''] = process.argv.slice(2);
const bytes = Number(size);
const VIEW = { filter: SHOW_ALL, joined: false };
const WINDOWS = 200;

const before = process.memoryUsage.rss();
let peak = before;
const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
const first = openConsole(folder);
const { id } = await first.open(clientOf(Number(port)));
const receivingAt = performance.now();
await receivedAll(first, id, bytes);
const receiveMs = performance.now() - receivingAt;
clearInterval(watch);
await first.setKept(id, true);
await first.stop(id);
await first.dispose();

const again = openConsole(folder);
const openingAt = performance.now();
const { entries } = await again.openSaved(id);
const openMs = performance.now() - openingAt;
const tab = again.tab(id);
const windowAt = async (from: number): Promise<number> => {
  const startedAt = performance.now();
  const { rows } = await tab.window(VIEW, { from, count: 60, maxBytes: 4096 });
  const ms = performance.now() - startedAt;
  if (rows.length !== Math.min(60, entries - from)) throw new Error(`${rows.length} rows came of 60 from ${from}.`);
  return ms;
};
const firstWindowMs = await windowAt(Math.max(0, entries - 60));
const times: number[] = [];
for (let n = 0; n < WINDOWS; n += 1)
  times.push(await windowAt(Math.floor((entries * ((n * 7919) % WINDOWS)) / WINDOWS)));
times.sort((a, b) => a - b);
await again.dispose();
console.log(
  JSON.stringify({
    receiveMs,
    rssGrowthMiB: (peak - before) / 2 ** 20,
    openMs,
    firstWindowMs,
    windowMedianMs: times[WINDOWS >> 1],
    windowP99Ms: times[Math.floor(WINDOWS * 0.99)],
    entries,
  }),
);
