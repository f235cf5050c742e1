// What `import ... from 'electron'` finds. A name that is not exported here fails when the app is loaded.
import { loud } from '../loud.ts';
import { onLack, options } from './harness.ts';
import { DoubleWindow } from './windows.ts';

// A packaged app's own executable is its first argument, and nothing names the script.
if (options.packaged) process.argv.splice(1, 1);
else Object.defineProperty(process, 'defaultApp', { value: true });
Object.defineProperties(process, { resourcesPath: { value: options.resourcesPath } });
Object.defineProperties(process.versions, {
  electron: { value: '0.0.0-double', enumerable: true },
  chrome: { value: '0.0.0.0', enumerable: true },
});

export { app } from './app.ts';
export { dialog } from './dialogs.ts';
export { ipcMain } from './ipc.ts';
export { Menu } from './menus.ts';
export { Notification } from './notifications.ts';
export { MessageChannelMain } from './ports.ts';
export { protocol, session } from './session.ts';
export { nativeTheme, safeStorage, screen, shell } from './system.ts';
export const BrowserWindow = loud('BrowserWindow', DoubleWindow, onLack);
