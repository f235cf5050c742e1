import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../electron-double/clone.ts';
import { loud } from '../../electron-double/loud.ts';
import { fromBrowserAddress, toBrowserAddress } from '../../electron-double/wire.ts';

describe('the double of Electron', () => {
  test('fails loudly for a member it lacks, even where the app catches the error', () => {
    const lacks: string[] = [];
    const shell = loud<Electron.Shell>('shell', { openExternal: () => Promise.resolve() }, (what) => lacks.push(what));
    expect(() => shell.beep()).toThrow('The double of Electron lacks shell.beep.');
    const theme = loud<Electron.NativeTheme>('nativeTheme', {}, (what) => lacks.push(what));
    expect(() => {
      theme.themeSource = 'dark';
    }).toThrow('The double of Electron lacks nativeTheme.themeSource.');
    expect(lacks).toEqual(['shell.beep', 'nativeTheme.themeSource']);
    expect(() => shell.openExternal('https://example.org')).not.toThrow();
  });

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['numbers JSON has no word for', [NaN, -0, Infinity, -Infinity, 12n]],
    ['text', 'text\u0000\u{1f600}'],
    ['lists', [[], [undefined, [null]]]],
    ['objects', { a: undefined, list: ['array', 1], nested: { bytes: Uint8Array.of(0, 255) } }],
    ['many bytes', new Uint8Array(100_000).fill(0xa5)],
    ['dates', [new Date(86_400_000), new Date(Number.NaN)]],
    ['maps and sets', new Map<unknown, unknown>([[{ key: 1 }, new Set([1, '1'])]])],
  ])('carries %s over a port as the structured clone does', (_name, value) => {
    expect(decode(encode(value))).toEqual(structuredClone(value));
  });

  test('carries anything a call may hold', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: false }),
        (value) => {
          expect(decode(encode(value))).toEqual(value);
        },
      ),
    );
  });

  test.each([() => 1, Symbol('s'), { method: () => 1 }, new WeakMap(), /x/])('refuses %o', (value) => {
    expect(() => encode(value)).toThrow(TypeError);
  });

  test.each([
    ['app://workbench/', 'https://workbench.app-scheme.invalid/'],
    ['app://workbench/assets/a.js?v#h', 'https://workbench.app-scheme.invalid/assets/a.js?v#h'],
    ['app://workbench.evil.example/', 'app://workbench.evil.example/'],
    ['https://example.org/', 'https://example.org/'],
  ])('maps %s to %s and back', (app, browser) => {
    expect(toBrowserAddress(app)).toBe(browser);
    expect(fromBrowserAddress(browser)).toBe(app);
  });
});
