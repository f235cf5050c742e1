import { app } from 'electron';

/** How long the app may take to close its connections, in milliseconds. */
const PATIENCE_MS = 5000;

/** Runs `dispose` once, after the last window has closed and before the process ends; exit code 1 when it failed. */
export function setupShutdown(dispose: () => Promise<void>): void {
  let ending = false;
  app.on('will-quit', (event) => {
    event.preventDefault();
    if (ending) return;
    ending = true;
    withinPatience(dispose()).then(
      () => app.exit(0),
      (thrown: unknown) => {
        console.error('Pi Workbench did not end cleanly:', thrown);
        app.exit(1);
      },
    );
  });
  app.on('window-all-closed', () => {
    // On macOS an app stays until it is told to quit.
    if (process.platform !== 'darwin') app.quit();
  });
}

function withinPatience(work: Promise<void>): Promise<void> {
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`It took longer than ${PATIENCE_MS} ms.`)), PATIENCE_MS).unref();
  });
  return Promise.race([work, late]);
}
