import type { Page } from 'playwright-core';

/** More presses of Tab than any screen has stops. */
const MANY = 200;

/** What has the focus. */
export interface FocusStop {
  /** Its tag, and its label or words. */
  readonly what: string;
  /** Whether an outline shows where the focus is, and the whole of it can be seen. */
  readonly visible: boolean;
}

/** What has the focus now, or null when nothing has. */
export function focusStop(page: Page): Promise<FocusStop | null> {
  return page.evaluate(() => {
    const at = document.activeElement;
    if (at === null || at === document.body) return null;
    const outlined = (element: Element | null): boolean => {
      if (element === null) return false;
      const { outlineStyle, outlineWidth, stroke } = getComputedStyle(element);
      const drawn = at instanceof SVGElement && stroke !== 'none';
      return drawn || (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0);
    };
    const wordsIn = (element: Element | null): string =>
      (element instanceof HTMLElement ? element.innerText : element?.textContent) ?? '';
    const nameOf = (element: Element): string => {
      const named = element.getAttribute('aria-labelledby')?.split(' ') ?? [];
      const labels = [
        ...named.map((id) => document.getElementById(id)),
        ...((element as HTMLInputElement).labels ?? []),
      ];
      return element.getAttribute('aria-label') ?? [...labels, element].map(wordsIn).join('\n');
    };
    // What draws a control has its outline: the control itself, or what stands beside or around it; in a drawing, its area.
    const marks = at instanceof SVGElement ? [at.firstElementChild] : [at, at.nextElementSibling, at.parentElement];
    const box = at.getBoundingClientRect();
    const inside = box.bottom > 0 && box.top < window.innerHeight && box.right > 0 && box.left < window.innerWidth;
    const words =
      nameOf(at)
        .trim()
        .split(/\s*\n\s*/)[0] ?? '';
    return { what: `${at.localName} ${words}`, visible: marks.some(outlined) && inside };
  });
}

/** Every stop of the Tab key, from the start of the page until it leaves the page's end. */
export async function walkByTab(page: Page): Promise<readonly FocusStop[]> {
  // A new starting point for Tab, as after a click on nothing.
  await page.evaluate(() => {
    const start = document.createElement('span');
    start.tabIndex = -1;
    document.body.prepend(start);
    start.focus();
    start.remove();
  });
  const stops: FocusStop[] = [];
  while (stops.length < MANY) {
    await page.keyboard.press('Tab');
    const stop = await focusStop(page);
    // Some browsers begin anew where others leave the page.
    if (stop === null || (stops.length > 0 && stop.what === stops[0]?.what)) return stops;
    stops.push(stop);
  }
  throw new Error(`Tab does not leave the page: ${JSON.stringify(stops.slice(-4))}`);
}

/** Presses Tab until what is named has the focus, as one would who looks for it. */
export async function tabTo(page: Page, what: string | RegExp): Promise<void> {
  const seen: string[] = [];
  while (seen.length < MANY) {
    const stop = await focusStop(page);
    if (stop !== null && (typeof what === 'string' ? stop.what === what : what.test(stop.what))) return;
    seen.push(stop?.what ?? '');
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never reaches ${String(what)}, only ${[...new Set(seen)].join(', ')}`);
}
