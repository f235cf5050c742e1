import { describe, expect, test } from 'vitest';
import { actionOf, keyNames, type KeyPress } from '../../../src-renderer/app/shortcuts/key-bindings.ts';

const press = (text: string): KeyPress => {
  const parts = text.split(' ');
  const key = parts.at(-1) ?? '';
  return {
    key,
    code: /^[1-9]$/.test(key) ? `Digit${key}` : key,
    ctrlKey: parts.includes('Ctrl'),
    metaKey: parts.includes('Meta'),
    altKey: parts.includes('Alt'),
    shiftKey: parts.includes('Shift'),
  };
};

describe('the keys that work everywhere', () => {
  test.each([
    ['Ctrl k', false, { kind: 'palette' }],
    ['Meta k', true, { kind: 'palette' }],
    ['Ctrl K', false, { kind: 'palette' }],
    ['Ctrl /', false, { kind: 'shortcuts' }],
    ['Meta ,', true, { kind: 'settings' }],
    ['F6', false, { kind: 'region' }],
    ['Alt Shift 1', false, { kind: 'screen', index: 0 }],
    ['Alt Shift 5', true, { kind: 'screen', index: 4 }],
    ['Alt Shift ArrowRight', false, { kind: 'tab', step: 1 }],
    ['Alt Shift ArrowLeft', false, { kind: 'tab', step: -1 }],
  ])('%s asks for something (on a Mac: %s)', (keys, mac, action) => {
    expect(actionOf(press(keys), mac)).toEqual(action);
  });

  test.each([
    // Ctrl+K cuts to the end of the line in every text field of a Mac.
    ['Ctrl k', true],
    ['Meta k', false],
    ['k', false],
    ['/', false],
    ['1', false],
    ['Shift K', false],
    ['Ctrl Shift k', false],
    ['Ctrl Alt k', false],
    ['Alt ArrowLeft', false],
    ['Ctrl F6', false],
  ])('%s is left alone (on a Mac: %s)', (keys, mac) => {
    expect(actionOf(press(keys), mac)).toBeNull();
  });

  test('are written as they are printed on the keyboard', () => {
    expect(keyNames(['main', 'K'], false)).toEqual(['Ctrl', 'K']);
    expect(keyNames(['alt', 'shift', '1'], true)).toEqual(['⌥', '⇧', '1']);
  });
});
