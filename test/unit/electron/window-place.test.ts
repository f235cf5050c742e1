import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placeWindow, type WindowPlace } from '../../../src-main/app/electron/window-place.ts';

const laptop = { x: 0, y: 25, width: 1440, height: 875 };
const right = { x: 1440, y: 0, width: 1920, height: 1080 };
const was = (place: Partial<WindowPlace>): WindowPlace => ({
  x: 100,
  y: 100,
  width: 1000,
  height: 700,
  maximized: false,
  ...place,
});

describe('where the window opens', () => {
  test.each([
    ['at a usual size at the first start', null, [laptop], { width: 1200, height: 800 }],
    ['where it was', was({}), [laptop], { x: 100, y: 100, width: 1000, height: 700 }],
    [
      'on the second screen where it was',
      was({ x: 2000 }),
      [laptop, right],
      { x: 2000, y: 100, width: 1000, height: 700 },
    ],
    ['anywhere when its screen is gone, at its size', was({ x: 2000 }), [laptop], { width: 1000, height: 700 }],
    [
      'no larger than its screen',
      was({ width: 3000, height: 2000 }),
      [laptop],
      { x: 100, y: 100, width: 1440, height: 875 },
    ],
    [
      'no smaller than the page can be',
      was({ width: 10, height: 10 }),
      [laptop],
      { x: 100, y: 100, width: 360, height: 480 },
    ],
    ['not with its title bar above the screen', was({ y: -300 }), [laptop], { width: 1000, height: 700 }],
    ['not below the screen', was({ y: 880 }), [laptop], { width: 1000, height: 700 }],
    ['at a usual size when no screen is known', null, [], { width: 1200, height: 800 }],
  ])('%s', (_name, last, screens, expected) => {
    expect(placeWindow(last, screens)).toEqual(expected);
  });

  test('a window can always be caught by its top edge, wherever it was', () => {
    const any = fc.integer({ min: -100_000, max: 100_000 });
    fc.assert(
      fc.property(any, any, any, any, (x, y, width, height) => {
        const { x: left, y: top, width: wide = 0 } = placeWindow(was({ x, y, width, height }), [laptop, right]);
        if (left === undefined || top === undefined) return;
        const held = [laptop, right].some(
          (screen) =>
            Math.min(left + wide, screen.x + screen.width) - Math.max(left, screen.x) >= 1 &&
            top >= screen.y &&
            top < screen.y + screen.height,
        );
        expect(held).toBe(true);
      }),
    );
  });
});
