import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { BenchCase } from '../bench-case.ts';
import { mostMegabytes, residentMegabytes } from '../../integration/support/process-memory.ts';
import { connectTo, openBrowser, openPage, startShell } from '../browser-page.ts';
import { compare, seriesOf } from '../measure.ts';
import { peerProgram, Running } from '../programs.ts';
import { traced } from '../trace.ts';

const GIB = 2 ** 30;
/** More than can be sent while one scrolls. */
const ENDLESS = 16 * GIB;

export const frames: BenchCase = {
  name: 'frames',
  title: 'Frames while a transcript pours in',
  about:
    'A console session in headless Chromium receives binary data as fast as it comes, while the wheel scrolls its transcript up for a second; frames as Chromium’s own tracing reports them on the screen. The peer is a plain page of as many letters that is scrolled alike, while a bare Node pipe receives the same bytes: what this machine leaves for any page. Sender, receiver and browser share its cores; Chromium draws in software, 60 times a second at most.',
  async run(context) {
    const source = new Running([peerProgram('source'), String(ENDLESS)], context);
    const { port } = await source.next<{ port: number }>();
    const browser = await openBrowser(context);
    const { address, shell } = await startShell(context);
    const app = await openPage(browser, address);
    const pid = shell.child.pid ?? 0;
    const before = residentMegabytes(pid);
    const plain = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await plain.setContent(plainPage());

    const tasks: number[] = [];
    const follows: number[] = [];
    const scrolled = async (page: Page) => {
      const trace = await traced(browser, () => scrollUp(page));
      if (page === app) tasks.push(trace.longestTask());
      const { perSecond, median, p95, longest } = trace.scrolling();
      return { perSecond, median, p95, longest };
    };
    const comparisons = await compare({
      metrics: [
        { key: 'perSecond', what: 'frames a second while scrolling', unit: '/s', better: 'more' },
        { key: 'median', what: 'from frame to frame, median', unit: 'ms', better: 'less' },
        { key: 'p95', what: 'from frame to frame, 95th percentile', unit: 'ms', better: 'less' },
        { key: 'longest', what: 'from frame to frame, longest', unit: 'ms', better: 'less' },
      ],
      rounds: context.rounds,
      app: {
        name: 'console page',
        measure: async () => {
          await app.bringToFront();
          await connectTo(app, port);
          await source.next();
          await app.getByRole('list', { name: 'Transcript' }).getByRole('listitem').nth(1).waitFor();
          const measured = await scrolled(app);
          await closeSession(app);
          return measured;
        },
      },
      peers: [
        {
          name: 'plain page',
          measure: async () => {
            await plain.bringToFront();
            const folder = await mkdtemp(join(context.folder, 'pipe-'));
            const pipe = new Running([peerProgram('receive'), String(port), join(folder, 'data')], context);
            await source.next();
            const measured = await scrolled(plain);
            await pipe.end();
            await rm(folder, { recursive: true });
            return measured;
          },
        },
      ],
    });
    await app.bringToFront();
    for (let round = 0; round < Math.min(5, context.rounds); round += 1) {
      await connectTo(app, port);
      await source.next();
      const trace = await traced(browser, () => until(async () => (await receivedBytes(app)) >= GIB));
      follows.push(trace.longestTask());
      await closeSession(app);
    }
    return {
      comparisons,
      figures: [
        {
          what: 'longest task of the page’s main thread, scrolling, processor time',
          unit: 'ms',
          series: seriesOf('scroll', tasks),
        },
        {
          what: 'longest task, following the end of 1 GiB, processor time',
          unit: 'ms',
          series: seriesOf('follow', follows),
        },
        {
          what: 'memory of the main process, growth up to its peak',
          unit: 'MiB',
          series: seriesOf('memory', [mostMegabytes(pid) - before]),
        },
      ],
    };
  },
};

/** Turns the wheel over the middle of the page for a second. */
async function scrollUp(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Input.synthesizeScrollGesture', {
    ...{ x: 640, y: 450, yDistance: 2000, speed: 2000 },
    gestureSourceType: 'mouse',
  });
  await session.detach();
}

async function receivedBytes(page: Page): Promise<number> {
  const title = await page.locator('[title*="bytes sent"]').first().getAttribute('title');
  return Number(/([\d,]+) received/.exec(title ?? '')?.[1]?.replaceAll(',', ''));
}

async function closeSession(page: Page): Promise<void> {
  await page
    .getByTitle(/^Close /)
    .first()
    .click();
  await page.getByRole('heading', { name: 'New session' }).waitFor();
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** A page that only scrolls, with about as much on it as a transcript in sight has. */
function plainPage(): string {
  const line = '<p>0123456789 <b>SO</b> abcdefghij <b>ff</b> klmnopqrst <b>ESC</b> uvwxyz</p>';
  return `<!doctype html><style>body{margin:0;font:14px/24px monospace}b{background:#eee}</style>${line.repeat(400)}
    <script>scrollTo(0, document.body.scrollHeight)</script>`;
}
