import type { Browser, Locator, Page } from 'playwright-core';
import type { BenchCase } from '../bench-case.ts';
import { addressIn, openBrowser, startShell } from '../browser-page.ts';
import { compare, seriesOf } from '../measure.ts';
import { peerProgram, Running } from '../programs.ts';

export const firstPaint: BenchCase = {
  name: 'first-paint',
  title: 'First paint of the browser shell',
  about:
    'From following the printed address, in a browser that has never seen the page: until Chromium reports its first contentful paint, and until the page can be used, which is when the list of devices has come over the WebSocket. Each round starts a shell and an empty browser profile. The peer is one word of text from a bare Node HTTP server.',
  async run(context) {
    const browser = await openBrowser(context);
    const server = new Running([peerProgram('http-server')], context, addressIn);
    const bare = await server.next<string>();
    const usable: number[] = [];
    const comparisons = await compare({
      metrics: [{ key: 'paint', what: 'first contentful paint', unit: 'ms', better: 'less' }],
      rounds: context.rounds,
      app: {
        name: 'browser shell',
        measure: async () => {
          const { address, shell } = await startShell(context);
          const times = await timesOf(browser, address, (page) =>
            page.getByRole('link', { name: 'This computer (practice)' }),
          );
          await shell.end();
          usable.push(times.ready);
          return times;
        },
      },
      peers: [{ name: 'one word', measure: () => timesOf(browser, bare, (page) => page.getByText('hello')) }],
    });
    const figures = [{ what: 'until it can be used', unit: 'ms', series: seriesOf('usable', usable.slice(1)) }];
    return { comparisons, figures };
  },
};

/** Milliseconds from the start of the navigation, as the page's own clock has them. */
async function timesOf(browser: Browser, address: string, ready: (page: Page) => Locator) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  try {
    await page.goto(address);
    await ready(page).first().waitFor();
    return await page.evaluate(() => ({
      ready: performance.now(),
      paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    }));
  } finally {
    await page.close();
  }
}
