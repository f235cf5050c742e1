import { clientOf, nowMs, openConsole, receivedAll } from './console-session.ts';

// Many console sessions that receive at once: `sessions.mjs FOLDER PORT SESSIONS BYTES_EACH`.
// Prints { ms, rssGrowthMiB, lagMs }, the last being the longest time the event loop was busy.
const [folder = '', port = '', count = '', bytes = ''] = process.argv.slice(2);
const service = openConsole(folder);
const before = process.memoryUsage.rss();
let peak = before;
let tickedAt = performance.now();
let lagMs = 0;
const watch = setInterval(() => {
  const now = performance.now();
  lagMs = Math.max(lagMs, now - tickedAt - 10);
  tickedAt = now;
  peak = Math.max(peak, process.memoryUsage.rss());
}, 10);
const startedAt = nowMs();
await Promise.all(
  Array.from({ length: Number(count) }, async () => {
    const { id } = await service.open(clientOf(Number(port)));
    await receivedAll(service, id, Number(bytes));
  }),
);
const ms = nowMs() - startedAt;
clearInterval(watch);
await service.dispose();
console.log(JSON.stringify({ ms, rssGrowthMiB: (peak - before) / 2 ** 20, lagMs }));
