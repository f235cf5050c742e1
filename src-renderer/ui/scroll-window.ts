/** Browsers stop growing an element somewhere above 16 million pixels; beyond this height rows are reached by scale. */
export const MAX_SCROLL_HEIGHT = 8_000_000;

export interface ScrollWindow {
  /** Index of the first row to draw, and one past the last. */
  readonly first: number;
  readonly end: number;
  /** Pixels from the top of the scrolled area to the first row drawn. */
  readonly offset: number;
  /** Height of the scrolled area in pixels. */
  readonly height: number;
}

/**
 * Which rows of a long list are in sight. Up to `MAX_SCROLL_HEIGHT` a row has its true place; in a longer list the
 * scroll bar's position is scaled, so that the first and the last row can always be reached.
 */
export function scrollWindow(options: {
  readonly count: number;
  readonly rowHeight: number;
  readonly viewHeight: number;
  readonly scrollTop: number;
  /** Rows drawn above and below what is in sight. */
  readonly overscan: number;
}): ScrollWindow {
  const { count, rowHeight, viewHeight, scrollTop, overscan } = options;
  const trueHeight = count * rowHeight;
  const height = Math.min(trueHeight, MAX_SCROLL_HEIGHT);
  const top = trueTop(options);
  const first = clamp(Math.floor(top / rowHeight) - overscan, 0, count);
  const end = clamp(Math.ceil((top + viewHeight) / rowHeight) + overscan, first, count);
  const offset = trueHeight <= MAX_SCROLL_HEIGHT ? first * rowHeight : scrollTop - (top - first * rowHeight);
  return { first, end, offset, height };
}

/** The scroll position, in pixels of the scaled area, that brings a row to the top of the view. */
export function scrollTopOf(
  row: number,
  options: { readonly count: number; readonly rowHeight: number; readonly viewHeight: number },
): number {
  const trueHeight = options.count * options.rowHeight;
  const height = Math.min(trueHeight, MAX_SCROLL_HEIGHT);
  const trueRange = Math.max(0, trueHeight - options.viewHeight);
  const range = Math.max(0, height - options.viewHeight);
  const wanted = clamp(row * options.rowHeight, 0, trueRange);
  return trueRange === 0 ? 0 : (wanted / trueRange) * range;
}

function trueTop(options: {
  readonly count: number;
  readonly rowHeight: number;
  readonly viewHeight: number;
  readonly scrollTop: number;
}): number {
  const trueHeight = options.count * options.rowHeight;
  const trueRange = Math.max(0, trueHeight - options.viewHeight);
  if (trueHeight <= MAX_SCROLL_HEIGHT) return clamp(options.scrollTop, 0, trueRange);
  const range = MAX_SCROLL_HEIGHT - options.viewHeight;
  return clamp((options.scrollTop / range) * trueRange, 0, trueRange);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
