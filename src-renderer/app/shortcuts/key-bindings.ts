/** The keys that work on every screen. Pure: what a key press asks for, and how it is written. */

export type KeyAction =
  | { readonly kind: 'palette' | 'shortcuts' | 'settings' | 'region' }
  /** The rail's screen at this place, counted from 0. */
  | { readonly kind: 'screen'; readonly index: number }
  /** The next tab of the device, or the one before. */
  | { readonly kind: 'tab'; readonly step: 1 | -1 };

/** What is read of a KeyboardEvent. */
export interface KeyPress {
  readonly key: string;
  /** The key's place on the keyboard, the same in every layout: `Digit1`. */
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** What a key press asks for, or null when it is none of these. The main key is ⌘ on a Mac, else Ctrl. */
export function actionOf(press: KeyPress, mac: boolean): KeyAction | null {
  const { key, altKey, shiftKey } = press;
  const main = mac ? press.metaKey && !press.ctrlKey : press.ctrlKey && !press.metaKey;
  if (main && !altKey && !shiftKey) return withMain(key.toLowerCase());
  if (press.ctrlKey || press.metaKey) return null;
  if (altKey && shiftKey) return withAltShift(press);
  return key === 'F6' && !altKey && !shiftKey ? { kind: 'region' } : null;
}

function withMain(key: string): KeyAction | null {
  if (key === 'k') return { kind: 'palette' };
  if (key === '/') return { kind: 'shortcuts' };
  if (key === ',') return { kind: 'settings' };
  return null;
}

function withAltShift({ key, code }: KeyPress): KeyAction | null {
  if (key === 'ArrowRight') return { kind: 'tab', step: 1 };
  if (key === 'ArrowLeft') return { kind: 'tab', step: -1 };
  const digit = /^Digit([1-9])$/.exec(code)?.[1];
  return digit === undefined ? null : { kind: 'screen', index: Number(digit) - 1 };
}

/** The keys as printed on the keyboard: `['Ctrl', 'K']`, on a Mac `['⌘', 'K']`. */
export function keyNames(keys: readonly string[], mac: boolean): readonly string[] {
  const names: Readonly<Record<string, string>> = mac
    ? { main: '⌘', alt: '⌥', shift: '⇧' }
    : { main: 'Ctrl', alt: 'Alt', shift: 'Shift' };
  return keys.map((key) => names[key] ?? key);
}

export interface Shortcut {
  readonly keys: readonly string[];
  readonly does: string;
}

/** Everything the keyboard does, by where it does it. */
export const shortcuts: readonly { readonly where: string; readonly list: readonly Shortcut[] }[] = [
  {
    where: 'Everywhere',
    list: [
      { keys: ['main', 'K'], does: 'Search for a device, a screen or an action' },
      { keys: ['alt', 'shift', '1'], does: 'Open the first screen of the rail; 2, 3 and so on the others' },
      { keys: ['main', ','], does: 'Open the settings' },
      { keys: ['main', '/'], does: 'Show these keys' },
      { keys: ['F6'], does: 'Move between the rail and the content' },
      { keys: ['Esc'], does: 'Close what lies over the page' },
    ],
  },
  {
    where: 'On a device',
    list: [
      { keys: ['alt', 'shift', '→'], does: 'Next tab' },
      { keys: ['alt', 'shift', '←'], does: 'Previous tab' },
    ],
  },
  {
    where: 'In a terminal',
    list: [{ keys: ['Ctrl', 'shift', 'F'], does: 'Search what it shows' }],
  },
  {
    where: 'In the drawing of the header',
    list: [
      { keys: ['↑', '↓', '←', '→'], does: 'Move from pin to pin' },
      { keys: ['Enter'], does: 'Choose the pin' },
    ],
  },
];
