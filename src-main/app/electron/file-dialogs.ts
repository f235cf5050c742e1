import { app, dialog, type BrowserWindow } from 'electron';
import { basename, join } from 'node:path';
import type { FileDialogs } from '../../api/services.ts';

/** The system's own file dialogs, in front of the app's window. */
export function nativeFileDialogs(currentWindow: () => BrowserWindow | null): FileDialogs {
  return {
    async open({ title }) {
      // Keys lie in ~/.ssh, which a dialog would hide. macOS shows `message` where others show the title.
      const options = {
        title,
        message: title,
        properties: ['openFile', 'showHiddenFiles'],
      } satisfies Electron.OpenDialogOptions;
      const window = currentWindow();
      const { filePaths } = await (window ? dialog.showOpenDialog(window, options) : dialog.showOpenDialog(options));
      return filePaths[0] ?? null;
    },
    async save({ title, suggestedName }) {
      const defaultPath = join(app.getPath('downloads'), basename(suggestedName));
      const options = { title, message: title, defaultPath } satisfies Electron.SaveDialogOptions;
      const window = currentWindow();
      const { filePath } = await (window ? dialog.showSaveDialog(window, options) : dialog.showSaveDialog(options));
      return filePath || null;
    },
  };
}
