/** So many rem in pixels, for what takes no CSS length: a canvas, a terminal. */
export function remInPixels(rem: number): number {
  return rem * parseFloat(getComputedStyle(document.documentElement).fontSize);
}
