import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import type { BenchCase } from '../bench-case.ts';
import { openBrowser, pastTheTour, startShell } from '../browser-page.ts';
import { figure } from '../measure.ts';

/** Clock ticks a second, as /proc counts CPU time on every Linux. */
const TICKS = 100;

const screens: readonly (readonly [hash: string, heading: string])[] = [
  ['#/devices', 'Devices'],
  ['#/console', 'Console'],
  ['#/device/practice/network', 'This computer (practice)'],
  ['#/device/practice/led', 'This computer (practice)'],
];

export const idle: BenchCase = {
  name: 'idle',
  title: 'Idle',
  about:
    'Share of one processor’s time that is used while nobody touches anything: by the main process, and by all processes of the browser that shows the page, on screens that listen or show live readings. The window is in sight. For comparison, the same browser with an empty page.',
  async run(context) {
    if (process.platform !== 'linux') return { notes: ['Not measured: CPU times are read from /proc.'] };
    const seconds = context.quick ? 3 : 15;
    const browser = await openBrowser(context);
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await settle();
    const empty = await shareOf(() => browserSeconds(browser), seconds);
    const { address, shell } = await startShell(context);
    await page.goto(address);
    await pastTheTour(page);
    const figures = [];
    for (const [hash, heading] of screens) {
      await page.evaluate((next) => {
        window.location.hash = next;
      }, hash);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await settle();
      const [main, shown] = await Promise.all([
        shareOf(() => processSeconds(shell.child.pid ?? 0), seconds),
        shareOf(() => browserSeconds(browser), seconds),
      ]);
      figures.push(figure(`${hash}: main process`, '%', main), figure(`${hash}: browser`, '%', shown));
    }
    return { figures: [...figures, figure('empty page: browser', '%', empty)] };
  },
};

/** What a page still does just after it was opened is not idling. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 3000));
}

/** Per cent of one processor used over so many seconds. */
async function shareOf(used: () => Promise<number>, seconds: number): Promise<number> {
  const before = await used();
  const startedAt = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = await used();
  return ((after - before) * 100_000) / (performance.now() - startedAt);
}

async function processSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** CPU seconds of every process of the browser. */
async function browserSeconds(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const times = await Promise.all(processInfo.map(({ id }) => processSeconds(id).catch(() => 0)));
  return times.reduce((sum, time) => sum + time, 0);
}
