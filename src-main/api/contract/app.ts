import * as v from 'valibot';
import type { Notice } from '../../settings/notices.ts';
import { settingsChangeSchema, type Settings } from '../../settings/settings.ts';
import { call, event, type CallMap, type EventMap } from '../definition.ts';

/** What the page shows about the app itself. */
export interface AppInfo {
  readonly version: string;
  /** The project's own pages, or null while it has none. */
  readonly website: string | null;
  /** How to get a newer version, in words, or null. */
  readonly updates: string | null;
  readonly shell: 'electron' | 'browser';
  /** `process.platform` and `process.arch` of the main side. */
  readonly platform: string;
  readonly arch: string;
  /** Versions of what the app runs in: Node, and Electron and Chromium where present. */
  readonly versions: Readonly<Record<string, string>>;
  /** Folder that holds everything the app keeps. */
  readonly dataDir: string;
  /** Whether secrets outlast this session, and why or why not, in words. */
  readonly secrets: { readonly persistent: boolean; readonly reason: string };
  /** False where the page must ask for a path itself. */
  readonly hasFileDialogs: boolean;
  /** The networks that may be searched, as given at the start; null leaves it to the person. */
  readonly networks: readonly string[] | null;
}

const title = v.pipe(v.string(), v.minLength(1), v.maxLength(200));

export const appCalls = {
  'app.info': call<AppInfo>()(v.object({})),
  /** The licences of everything that is bundled, as text. */
  'app.licences': call<string>()(v.object({})),
  /** The path chosen in a file dialog, or null when it was closed or the shell has none. */
  'app.chooseFile': call<string | null>()(v.object({ title })),
  'app.chooseSavePath': call<string | null>()(
    v.object({ title, suggestedName: v.pipe(v.string(), v.minLength(1), v.maxLength(255)) }),
  ),
  'app.notices': call<readonly Notice[]>()(v.object({})),
  'app.dismissNotice': call<null>()(v.object({ id: v.pipe(v.number(), v.integer(), v.minValue(1)) })),
  'settings.read': call<Settings>()(v.object({})),
  /** Changes the given fields; returns the whole settings once they are on the disk. */
  'settings.update': call<Settings>()(settingsChangeSchema),
} satisfies CallMap;

export const appEvents = {
  'app.noticesChanged': event<readonly Notice[]>(),
  'settings.changed': event<Settings>(),
  /** The shell's menu or a notification asks for a page, by its address `#/...`. */
  'app.openPage': event<{ readonly route: string }>(),
  /** The shell's menu asks for what the app is. */
  'app.openAbout': event<null>(),
} satisfies EventMap;
