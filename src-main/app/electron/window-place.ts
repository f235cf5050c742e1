import * as v from 'valibot';

const coordinate = v.pipe(v.number(), v.integer(), v.minValue(-100_000), v.maxValue(100_000));

/** Where a window was and how large, in device-independent pixels. */
export const windowPlaceSchema = v.object({
  x: coordinate,
  y: coordinate,
  width: coordinate,
  height: coordinate,
  maximized: v.boolean(),
});
export type WindowPlace = v.InferOutput<typeof windowPlaceSchema>;

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const smallestWindow = { width: 360, height: 480 } as const;
const usualWindow = { width: 1200, height: 800 } as const;

/** So much of a window's top edge must lie on a screen that it can be caught and moved. */
const HOLD_PX = 80;

/**
 * Where to open the window: where it was, when that is still on a screen (`screens` are the work areas of all), else at
 * a usual size wherever the system puts it. Never larger than its screen, never smaller than the page can be.
 */
export function placeWindow(last: WindowPlace | null, screens: readonly Area[]): Partial<Area> {
  if (last === null) return fit(usualWindow, screens[0] ?? usualWindow);
  for (const screen of screens) {
    const place = { x: last.x, y: last.y, ...fit(last, screen) };
    if (isHeldBy(place, screen)) return place;
  }
  return fit(last, screens[0] ?? last);
}

type Size = Pick<Area, 'width' | 'height'>;

function fit(wanted: Size, room: Size): Size {
  return {
    width: between(smallestWindow.width, wanted.width, room.width),
    height: between(smallestWindow.height, wanted.height, room.height),
  };
}

function isHeldBy(window: Area, screen: Area): boolean {
  const right = Math.min(window.x + window.width, screen.x + screen.width);
  const left = Math.max(window.x, screen.x);
  return right - left >= HOLD_PX && window.y >= screen.y && window.y <= screen.y + screen.height - HOLD_PX;
}

function between(least: number, value: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
