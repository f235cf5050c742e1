import { app, session } from 'electron';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { serveContract } from '../../api/server.ts';
import { createWorkbench, type Workbench } from '../../api/workbench.ts';
import { Signal } from '../../events/index.ts';
import { appVersion } from '../start/app-version.ts';
import { appWebsite } from '../start/app-website.ts';
import { logUnexpected } from '../start/log.ts';
import { PageFiles } from '../start/page-files.ts';
import { findResources } from '../start/resources.ts';
import { AppWindow } from './app-window.ts';
import { servePorts } from './contract-port.ts';
import { howToUpdate } from './how-to-update.ts';
import { nativeFileDialogs } from './file-dialogs.ts';
import { openSecrets, type SecretTrouble } from './key-store.ts';
import { setupMenu } from './menu.ts';
import { setupNotifications } from './notifications.ts';
import { servePage } from './page-scheme.ts';
import { PlaceStore } from './place-store.ts';
import { requireSandbox } from './require-sandbox.ts';
import { guardSession } from './session-guard.ts';
import { setupShutdown } from './shutdown.ts';
import { setupTheme } from './theme.ts';

export interface StartOptions {
  /** The built `out` folder. */
  readonly outDir: string;
  readonly dataDir: string;
  readonly networks: readonly string[] | null;
}

/** Starts the services and opens the window. Raises what keeps the app from starting. */
export async function startApp(options: StartOptions): Promise<void> {
  await app.whenReady();
  requireSandbox();
  const resources = findResources(options.outDir, process.resourcesPath);
  const [files, places] = await Promise.all([PageFiles.open(resources.rendererDir), PlaceStore.open(options.dataDir)]);
  const window = new AppWindow({ preload: join(options.outDir, 'preload', 'preload.cjs'), places });
  const workbench = await openWorkbench(options, window);

  const openPage = (route: string): void => {
    if (window.show()) workbench.publish('app.openPage', { route });
    else window.open(route).catch(logFailure);
  };

  const openAbout = (): void => {
    if (window.show()) workbench.publish('app.openAbout', null);
    else window.open('#/settings').catch(logFailure);
  };

  guardSession(session.defaultSession);
  servePage(session.defaultSession, files);
  const stopPorts = servePorts((carrier) => serveContract(workbench, carrier));
  setupTheme(workbench.settings);
  setupMenu({ currentWindow: () => window.current, openPage, openAbout });
  setupNotifications({ workbench, isWatched: () => window.inFront, openPage });
  setupShutdown(async () => {
    stopPorts();
    await Promise.all([places.dispose(), workbench.dispose()]);
  });
  const show = (): void => {
    if (!window.show()) window.open().catch(logFailure);
  };
  app.on('second-instance', show);
  app.on('activate', show);
  await window.open();
}

async function openWorkbench({ outDir, dataDir, networks }: StartOptions, window: AppWindow): Promise<Workbench> {
  const troubles = new Signal<SecretTrouble>();
  const workbench = await createWorkbench(
    {
      ...findResources(outDir, process.resourcesPath),
      homeDir: homedir(),
      dataDir,
      appVersion,
      website: appWebsite,
      updates: howToUpdate(),
      shell: 'electron',
      networks,
      secrets: openSecrets({ platform: process.platform, dataDir, onTrouble: (trouble) => troubles.emit(trouble) }),
      dialogs: nativeFileDialogs(() => window.current),
    },
    { onUnexpected: logUnexpected },
  );
  troubles.subscribe((trouble) => workbench.notices.add({ tone: 'warning', ...trouble }));
  return workbench;
}

function logFailure(thrown: unknown): void {
  console.error('The window could not be opened:', thrown);
}
