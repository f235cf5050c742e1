import { join } from 'node:path';
import { Signal, type Observable } from '../events/index.ts';
import { JsonFile, type SetAside } from '../storage/index.ts';
import { defaultSettings, settingsSchema, type Settings, type SettingsChange } from './settings.ts';

/** The one owner of the settings, kept in `settings.json` of the data folder. */
export class SettingsStore {
  readonly #file: JsonFile<typeof settingsSchema>;
  readonly #changes = new Signal<Settings>();
  #current: Settings;

  private constructor(file: JsonFile<typeof settingsSchema>, current: Settings) {
    this.#file = file;
    this.#current = current;
  }

  /** Reads the file; one that cannot be understood is put aside and told to `onSetAside`. */
  static async open(dataDir: string, onSetAside: (aside: SetAside) => void): Promise<SettingsStore> {
    const path = join(dataDir, 'settings.json');
    const file = new JsonFile({ path, schema: settingsSchema, fallback: defaultSettings, onSetAside });
    return new SettingsStore(file, await file.read());
  }

  get current(): Settings {
    return this.#current;
  }

  /** Tells the whole settings after each change. */
  get changes(): Observable<Settings> {
    return this.#changes;
  }

  /** Returns once the change is on the disk. */
  async update(change: SettingsChange): Promise<Settings> {
    this.#current = { ...this.#current, ...withoutUndefined(change) };
    this.#changes.emit(this.#current);
    const written = this.#current;
    await this.#file.write(written);
    return written;
  }
}

function withoutUndefined(change: SettingsChange): SettingsChange {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}
