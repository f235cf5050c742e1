import type { MenuItemConstructorOptions } from 'electron';

export interface MenuActions {
  readonly openSettings: () => void;
  readonly showUpdates: () => void;
  readonly openAbout: () => void;
}

export interface MenuSurroundings {
  readonly platform: NodeJS.Platform;
  /** Shows what only people who change the app need. */
  readonly developing: boolean;
}

/** The menu bar by each platform's convention: macOS keeps settings, about and quit in the menu named after the app. */
export function menuTemplate(
  { platform, developing }: MenuSurroundings,
  actions: MenuActions,
): MenuItemConstructorOptions[] {
  const mac = platform === 'darwin';
  const settings: MenuItemConstructorOptions = {
    label: mac ? 'Settings…' : 'Settings',
    accelerator: 'CmdOrCtrl+,',
    click: actions.openSettings,
  };
  const about: MenuItemConstructorOptions = { label: 'About Pi Workbench', click: actions.openAbout };
  return [
    ...(mac ? [macAppMenu(about, settings)] : []),
    fileMenu(mac, settings),
    { role: 'editMenu' },
    viewMenu(developing),
    { role: 'windowMenu' },
    helpMenu(actions, mac ? [] : [about]),
  ];
}

function macAppMenu(
  about: MenuItemConstructorOptions,
  settings: MenuItemConstructorOptions,
): MenuItemConstructorOptions {
  return {
    role: 'appMenu',
    submenu: [
      about,
      { type: 'separator' },
      settings,
      { type: 'separator' },
      { role: 'services' },
      { type: 'separator' },
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      { type: 'separator' },
      { role: 'quit' },
    ],
  };
}

function fileMenu(mac: boolean, settings: MenuItemConstructorOptions): MenuItemConstructorOptions {
  return {
    label: '&File',
    submenu: mac ? [{ role: 'close' }] : [settings, { type: 'separator' }, { role: 'quit' }],
  };
}

function viewMenu(developing: boolean): MenuItemConstructorOptions {
  return {
    label: '&View',
    submenu: [
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { type: 'separator' },
      { role: 'togglefullscreen' },
      { type: 'separator' },
      { role: 'reload' },
      ...(developing ? [{ role: 'toggleDevTools' } as const] : []),
    ],
  };
}

function helpMenu(actions: MenuActions, about: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions {
  return {
    role: 'help',
    label: '&Help',
    submenu: [{ label: 'How to update…', click: actions.showUpdates }, ...about],
  };
}
