import { expect } from 'vitest';
import type { RunningApp } from './app.ts';
import { atRest } from './at-rest.ts';
import { barriers, noBarriers } from './axe.ts';

/**
 * Takes pictures of what is shown in both themes, wide and narrow, in a window of this height; axe finds nothing, and
 * nothing overflows.
 */
export async function look({ page, screenshot }: RunningApp, name: string, height = 800): Promise<void> {
  // A tooltip is not what is looked at.
  await page.mouse.move(0, 0);
  for (const width of [1280, 360]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height });
      await atRest(page);
      await screenshot(`${name}-${colorScheme}-${width}`);
      expect(await barriers(page)).toEqual(noBarriers);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1280, height: 800 });
}
