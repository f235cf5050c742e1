import { app } from 'electron';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { folderUnusable } from '../../storage/index.ts';
import { usualDataDir } from '../start/data-dir.ts';
import type { StartFlags } from '../start/flags.ts';
import { registerPageScheme } from './page-scheme.ts';

/**
 * What must be settled before Electron is ready: names, folders, the sandbox, the page's scheme, the one instance.
 * Returns the data folder, or null when the app runs already on that folder; that one then comes to the front. Raises
 * `DATA_DIR_UNUSABLE`.
 */
export function prepareApp(flags: StartFlags): string | null {
  const dataDir = dataDirOf(flags);
  // Windows matches notifications and the taskbar's entry to the installed shortcut by this name.
  if (process.platform === 'win32') app.setAppUserModelId(APP_ID);
  app.enableSandbox();
  registerPageScheme();
  useChromiumFolder(dataDir);
  return app.requestSingleInstanceLock() ? dataDir : null;
}

/** The same as `appId` in electron-builder.yml. */
const APP_ID = 'io.github.pi-workbench';

/** The app's own folder: the one that is named, or the platform's usual one. */
export function dataDirOf({ dataDir }: Pick<StartFlags, 'dataDir'>): string {
  return dataDir ?? usualDataDir({ platform: process.platform, env: process.env, homeDir: homedir() });
}

/** Chromium's own files, and with them the lock of the one instance, live beside the app's. Raises `DATA_DIR_UNUSABLE`. */
export function useChromiumFolder(dataDir: string): void {
  const folder = join(dataDir, 'chromium');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    throw folderUnusable(folder, thrown);
  }
  app.setPath('userData', folder);
  app.setPath('sessionData', folder);
}
