// The barest main script of a desktop app: a safe window, with the app's preload, as soon as there can be one.
import { app, BrowserWindow } from 'electron';
import { join } from 'node:path';

const preload = join(import.meta.dirname, '../../../out/preload/preload.cjs');
app.enableSandbox();
await app.whenReady();
new BrowserWindow({
  show: false,
  webPreferences: {
    ...{ sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, webviewTag: false },
    preload,
  },
});
