import { loud } from '../loud.ts';
import { ask, did, onLack } from './harness.ts';

/** The options come last, after the window where there is one. */
const optionsOf = (args: readonly unknown[]): unknown => args[args.length - 1];

/** Dialogs wait for the test's answer as they wait for a person. */
export const dialog = loud<Electron.Dialog>(
  'dialog',
  {
    showErrorBox: (title, content) => did('dialog.showErrorBox', { title, content }),
    showMessageBox: ((...args: unknown[]) =>
      ask('dialog.showMessageBox', optionsOf(args))) as Electron.Dialog['showMessageBox'],
    showOpenDialog: ((...args: unknown[]) =>
      ask('dialog.showOpenDialog', optionsOf(args))) as Electron.Dialog['showOpenDialog'],
    showSaveDialog: ((...args: unknown[]) =>
      ask('dialog.showSaveDialog', optionsOf(args))) as Electron.Dialog['showSaveDialog'],
  },
  onLack,
);
