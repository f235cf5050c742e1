import { readFile } from 'node:fs/promises';
import { AppError } from '../../errors/index.ts';
import type { Notices, SettingsStore } from '../../settings/index.ts';
import type { appCalls, appEvents } from '../contract/app.ts';
import type { Part, Publish } from '../definition.ts';
import type { Surroundings } from '../services.ts';

export interface AppServices {
  readonly surroundings: Surroundings;
  readonly settings: SettingsStore;
  readonly notices: Notices;
}

export function appPart(
  { surroundings, settings, notices }: AppServices,
  publish: Publish<typeof appEvents>,
): Part<typeof appCalls> {
  const { dialogs, secrets } = surroundings;
  const stops = [
    settings.changes.subscribe((current) => publish('settings.changed', current)),
    notices.changes.subscribe((list) => publish('app.noticesChanged', list)),
  ];
  return {
    handlers: {
      'app.info': () => ({
        version: surroundings.appVersion,
        website: surroundings.website ?? null,
        updates: surroundings.updates ?? null,
        shell: surroundings.shell,
        platform: process.platform,
        arch: process.arch,
        versions: knownVersions(),
        dataDir: surroundings.dataDir,
        secrets: { persistent: secrets.persistent, reason: secrets.reason },
        hasFileDialogs: dialogs !== null,
        networks: surroundings.networks,
      }),
      'app.licences': () => readLicences(surroundings.licencesFile),
      'app.chooseFile': (options) => dialogs?.open(options) ?? null,
      'app.chooseSavePath': (options) => dialogs?.save(options) ?? null,
      'app.notices': () => notices.list,
      'app.dismissNotice': ({ id }) => {
        notices.dismiss(id);
        return null;
      },
      'settings.read': () => settings.current,
      'settings.update': (change) => settings.update(change),
    },
    dispose: () => {
      for (const stop of stops) stop();
    },
  };
}

async function readLicences(file: string | undefined): Promise<string> {
  try {
    if (file === undefined) throw new Error('No file was named.');
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw new AppError('LICENCES_MISSING', 'The file with the licences could not be read.', {
      hint: 'Install Pi Workbench anew; a copy that runs from its sources makes the file by npm run build.',
      cause: thrown,
    });
  }
}

function knownVersions(): Record<string, string> {
  const { node, electron, chrome } = process.versions as Partial<Record<string, string>>;
  return Object.fromEntries(
    Object.entries({ Node: node, Electron: electron, Chromium: chrome }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}
