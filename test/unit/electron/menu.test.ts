import type { MenuItemConstructorOptions } from 'electron';
import { expect, test, vi } from 'vitest';
import { menuTemplate } from '../../../src-main/app/electron/menu-template.ts';

const actions = { openSettings: vi.fn(), showUpdates: vi.fn(), openAbout: vi.fn() };

/** `Menu > item` for every item, by its label or role. */
function outline(platform: NodeJS.Platform, developing = false): string[] {
  const name = (item: MenuItemConstructorOptions): string => item.label ?? item.role ?? item.type ?? '?';
  return menuTemplate({ platform, developing }, actions).flatMap((menu) =>
    Array.isArray(menu.submenu) ? menu.submenu.map((item) => `${name(menu)} > ${name(item)}`) : [name(menu)],
  );
}

test('on macOS, settings, about and quit are in the menu named after the app', () => {
  const items = outline('darwin').filter((item) => !item.endsWith('separator'));
  expect(items.filter((item) => item.startsWith('appMenu'))).toEqual([
    'appMenu > About Pi Workbench',
    'appMenu > Settings…',
    'appMenu > services',
    'appMenu > hide',
    'appMenu > hideOthers',
    'appMenu > unhide',
    'appMenu > quit',
  ]);
  expect(items).toContain('&File > close');
  expect(items).not.toContain('&File > quit');
});

test.each(['linux', 'win32'] as const)('on %s, settings and quit are under File, about under Help', (platform) => {
  const items = outline(platform);
  expect(items.slice(0, 3)).toEqual(['&File > Settings', '&File > separator', '&File > quit']);
  expect(items).toContain('&Help > About Pi Workbench');
});

test('developer tools are offered only to people who change the app', () => {
  expect(outline('linux').join()).not.toContain('toggleDevTools');
  expect(outline('linux', true).join()).toContain('toggleDevTools');
});
