import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { atRest } from './at-rest.ts';

/** What axe finds wrong on the page, one line a rule, and by how many pixels it is wider than its window. */
export async function barriers(page: Page): Promise<{ readonly found: readonly string[]; readonly overflow: number }> {
  await page.evaluate(axe.source);
  // Colours may still be on their way to another theme.
  await atRest(page);
  return page.evaluate(async () => {
    // To read a style sheet that is still loading, axe would make styles of its own, which the page's policy refuses aloud.
    const frames = [document.documentElement, ...document.querySelectorAll('#main')];
    const widths = frames.map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run({ preload: false });
    return {
      found: violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`),
      overflow: Math.max(...widths),
    };
  });
}

export const noBarriers = { found: [], overflow: 0 };
