import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { focusStop } from './focus.ts';

/** More presses of Tab than any dialog has stops. */
const MANY = 40;

/** Tab goes round inside the dialog that is open, and never to the page below it. */
export async function keepsTab(page: Page): Promise<void> {
  const stops = new Set<string>();
  for (let presses = 0; presses < MANY; presses += 1) {
    await page.keyboard.press('Tab');
    const isInside = await page.evaluate(
      () => document.activeElement?.closest('[role=dialog], [role=alertdialog]') !== null,
    );
    expect(isInside).toBe(true);
    stops.add((await focusStop(page))?.what ?? '');
  }
  expect(stops.size).toBeGreaterThan(1);
}
