import { access } from 'node:fs/promises';
import { join } from 'node:path';
import {
  agentPorts,
  parsePayload,
  suggestedFileName,
  type ConsoleService,
  type EntryFilter,
  type Needle,
  type SnippetStore,
  type View,
} from '../../console/index.ts';
import type { DeviceStore } from '../../devices/index.ts';
import { AppError } from '../../errors/index.ts';
import type { AgentEndpointLookup } from '../../led/index.ts';
import type { TargetLookup } from '../../target/target.ts';
import type { consoleCalls, consoleEvents } from '../contract/console.ts';
import type { CheckedArgsOf, Handlers, Part, Publish } from '../definition.ts';
import type { FileDialogs } from '../services.ts';

export interface ConsoleServices {
  readonly console: ConsoleService;
  readonly snippets: SnippetStore;
  readonly devices: DeviceStore;
  readonly targets: TargetLookup;
  readonly endpoints: AgentEndpointLookup;
  readonly dialogs: FileDialogs | null;
  readonly homeDir: string;
}

type ConsoleHandlers = Handlers<typeof consoleCalls>;

export function consolePart(
  services: ConsoleServices,
  publish: Publish<typeof consoleEvents>,
): Part<typeof consoleCalls> {
  const { console } = services;
  const agentChanged = (deviceId: string): void => publish('console.agentsChanged', { deviceId });
  const stops = [
    console.changes.subscribe((change) => publish('console.changed', change)),
    services.targets.changes.subscribe(({ deviceId }) => agentChanged(deviceId)),
    services.endpoints.changes.subscribe(agentChanged),
  ];
  return {
    handlers: {
      ...tabHandlers(console),
      'console.agents': () => agentPorts(idsOf(services.devices), services.targets, services.endpoints),
      ...sendHandlers(services),
      ...readHandlers(console),
      ...fileHandlers(services),
      ...snippetHandlers(services.snippets),
    },
    dispose: async () => {
      for (const stop of stops) stop();
      await console.dispose();
    },
  };
}

function idsOf(devices: DeviceStore): string[] {
  return devices.list().devices.map(({ id }) => id);
}

function tabHandlers(console: ConsoleService) {
  return {
    'console.open': ({ options }) => console.open(options),
    'console.list': () => console.list(),
    'console.session': ({ id }) => console.tab(id).snapshot(),
    'console.start': ({ id }) => done(console.start(id)),
    'console.stop': ({ id }) => done(console.stop(id)),
    'console.close': ({ id }) => done(console.close(id)),
    'console.rename': ({ id, title }) => done(console.rename(id, title)),
    'console.setKept': ({ id, kept }) => done(console.setKept(id, kept)),
    'console.setPin': ({ id, n, pinned }) => done(console.setPin(id, n, pinned)),
    'console.closeConnection': ({ id, connection, reset }) => {
      const session = console.session(id);
      if (reset) session.resetConnection(connection);
      else session.closeConnection(connection);
      return null;
    },
    'console.setRefusing': ({ id, refusing }) => {
      console.session(id).setRefusing(refusing);
      return null;
    },
    'console.endSending': ({ id, to }) => {
      console.session(id).endSending(to);
      return null;
    },
  } satisfies Partial<ConsoleHandlers>;
}

function sendHandlers({ console, snippets }: ConsoleServices) {
  return {
    'console.send': async ({ id, to, payload, remember }) => {
      const recipients = console.session(id).send(console.bytesOf(payload), to);
      if (remember) await snippets.remember(payload);
      return recipients;
    },
    'console.sendFile': ({ id, to, path }, { signal, progress }) => {
      const onProgress = (sentBytes: number, totalBytes: number): void => progress({ sentBytes, totalBytes });
      return console.session(id).sendFile(to, { path, signal, onProgress });
    },
    'console.repeat': ({ id, to, payload, everyMs, times }) => {
      console.session(id).startRepeat(console.bytesOf(payload), to, { everyMs, times });
      return null;
    },
    'console.stopRepeat': ({ id }) => {
      console.session(id).stopRepeat();
      return null;
    },
  } satisfies Partial<ConsoleHandlers>;
}

function readHandlers(console: ConsoleService) {
  return {
    'console.window': ({ id, view, from, count, maxBytes }) =>
      console.tab(id).window(viewOf(view), { from, count, maxBytes }),
    'console.rowOf': ({ id, view, at }) => console.tab(id).rowOf(viewOf(view), at),
    'console.bytes': ({ id, n, start, length }) => console.tab(id).bytes(n, start, length),
    'console.search': ({ id, needle }, { signal, progress }) =>
      console.tab(id).search(needleOf(needle), { signal, onProgress: progress }),
    'console.code': ({ id, connection, language, role }, { signal }) =>
      console.code(id, connection, language, role, signal),
    'console.replay': ({ id, connection, role, pace, where }) => console.replay(id, connection, { role, pace }, where),
  } satisfies Partial<ConsoleHandlers>;
}

function fileHandlers({ console, dialogs, homeDir }: ConsoleServices) {
  return {
    'console.saved': () => console.saved(),
    'console.openSaved': ({ id }) => console.openSaved(id),
    'console.deleteSaved': ({ id }) => done(console.deleteSaved(id)),
    'console.import': ({ path }, { signal }) => console.import(path, signal),
    'console.export': ({ id, format, connection, path, overwrite }, { signal, progress }) => {
      const onProgress = (writtenBytes: number): void => progress({ writtenBytes });
      return console.export(id, format, connection, { path, overwrite, signal, onProgress });
    },
    'console.places': async () => ({ dialogs: dialogs !== null, folder: await downloadsFolder(homeDir) }),
    'console.suggestName': ({ id, format }) => {
      const { title, createdAt } = console.tab(id);
      return suggestedFileName(title, createdAt, format);
    },
  } satisfies Partial<ConsoleHandlers>;
}

function snippetHandlers(snippets: SnippetStore) {
  return {
    'console.snippets': () => snippets.list(),
    'console.saveSnippet': ({ name, payload }) => snippets.save(name, payload),
    'console.deleteSnippet': ({ id }) => done(snippets.delete(id)),
    'console.history': () => snippets.history(),
    'console.forgetHistory': () => done(snippets.forgetHistory()),
  } satisfies Partial<ConsoleHandlers>;
}

async function done(work: Promise<unknown>): Promise<null> {
  await work;
  return null;
}

type ViewArgs = CheckedArgsOf<(typeof consoleCalls)['console.window']>['view'];
type NeedleArgs = CheckedArgsOf<(typeof consoleCalls)['console.search']>['needle'];

function viewOf({ filter, joined }: ViewArgs): View {
  const checked: EntryFilter = { ...filter, contains: filter.contains && needleOf(filter.contains) };
  return { filter: checked, joined };
}

/** What is typed into the search field as bytes. Raises `BAD_PAYLOAD` with the place. */
function needleOf({ format, text, ignoreCase }: NeedleArgs): Needle {
  const parsed = parsePayload({ format, text, encoding: 'utf-8', lineEnding: 'none' });
  if (!parsed.ok) throw new AppError('BAD_PAYLOAD', parsed.message, { details: { offset: parsed.offset } });
  if (parsed.bytes.length === 0) throw new AppError('BAD_PAYLOAD', 'There is nothing to look for.');
  return { bytes: parsed.bytes, ignoreCase: ignoreCase && format === 'text' };
}

async function downloadsFolder(homeDir: string): Promise<string> {
  const downloads = join(homeDir, 'Downloads');
  return access(downloads).then(
    () => downloads,
    () => homeDir,
  );
}
