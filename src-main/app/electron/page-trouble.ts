import { dialog, type BrowserWindow } from 'electron';

const RELOAD = 0;

/** Says when the window's page has crashed or does not answer, and starts it anew if the person wants so. */
export function watchPage(window: BrowserWindow): void {
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return;
    offerReload(
      window,
      'The window stopped working.',
      `The main part of the app goes on. Reason: ${reason}.`,
      'Close window',
    );
  });
  window.on('unresponsive', () => {
    offerReload(window, 'The window does not answer.', 'It may be busy; you can wait a little longer.', 'Wait');
  });
}

function offerReload(window: BrowserWindow, message: string, detail: string, other: 'Close window' | 'Wait'): void {
  dialog
    .showMessageBox(window, { type: 'warning', message, detail, buttons: ['Reload', other], cancelId: 1, noLink: true })
    .then(({ response }) => {
      if (window.isDestroyed()) return;
      if (response === RELOAD) window.webContents.reload();
      else if (other === 'Close window') window.destroy();
    })
    .catch((thrown: unknown) => console.error('A dialog could not be shown:', thrown));
}
