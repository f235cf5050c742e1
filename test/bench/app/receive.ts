import { clientOf, nowMs, openConsole, receivedAll } from './console-session.ts';

// A console session that receives to disk: `receive.mjs FOLDER PORT BYTES`. Prints { doneAt, rssGrowthMiB }.
const [folder = '', port = '', bytes = ''] = process.argv.slice(2);
const service = openConsole(folder);
const before = process.memoryUsage.rss();
let peak = before;
const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
const { id } = await service.open(clientOf(Number(port)));
await receivedAll(service, id, Number(bytes));
const doneAt = nowMs();
clearInterval(watch);
await service.dispose();
console.log(JSON.stringify({ doneAt, rssGrowthMiB: (peak - before) / 2 ** 20 }));
