import { app, dialog, Menu, type BrowserWindow, type MessageBoxOptions } from 'electron';
import { appVersion } from '../start/app-version.ts';
import { howToUpdate } from './how-to-update.ts';
import { menuTemplate } from './menu-template.ts';

export interface MenuOptions {
  readonly currentWindow: () => BrowserWindow | null;
  readonly openPage: (route: string) => void;
  readonly openAbout: () => void;
}

/** Sets the menu bar of every window. */
export function setupMenu({ currentWindow, openPage, openAbout }: MenuOptions): void {
  const tell = (message: string, detail: string): void => {
    const options: MessageBoxOptions = { type: 'info', message, detail, buttons: ['OK'], noLink: true };
    const window = currentWindow();
    (window ? dialog.showMessageBox(window, options) : dialog.showMessageBox(options)).catch((thrown: unknown) =>
      console.error('A dialog could not be shown:', thrown),
    );
  };
  const template = menuTemplate(
    { platform: process.platform, developing: !app.isPackaged },
    {
      openSettings: () => openPage('#/settings'),
      showUpdates: () => tell(`This is version ${appVersion}. Pi Workbench does not update itself.`, howToUpdate()),
      openAbout,
    },
  );
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
