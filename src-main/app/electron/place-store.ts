import * as v from 'valibot';
import { join } from 'node:path';
import { JsonFile } from '../../storage/index.ts';
import { windowPlaceSchema, type WindowPlace } from './window-place.ts';

/** How long the window must rest before its place is written, in milliseconds. */
const REST_MS = 500;

const fileSchema = v.nullable(windowPlaceSchema);

/** The last place of the window, kept in `window.json` of the data folder. Losing it is no reason to bother anybody. */
export class PlaceStore {
  readonly #file: JsonFile<typeof fileSchema>;
  #last: WindowPlace | null;
  #timer: NodeJS.Timeout | undefined;
  #written: Promise<void> = Promise.resolve();

  private constructor(file: JsonFile<typeof fileSchema>, last: WindowPlace | null) {
    this.#file = file;
    this.#last = last;
  }

  static async open(dataDir: string): Promise<PlaceStore> {
    const file = new JsonFile({ path: join(dataDir, 'window.json'), schema: fileSchema, fallback: null });
    return new PlaceStore(file, await file.read());
  }

  get last(): WindowPlace | null {
    return this.#last;
  }

  keep(place: WindowPlace): void {
    this.#last = place;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#write(), REST_MS);
  }

  /** Writes what is still waiting to be. */
  async dispose(): Promise<void> {
    if (this.#timer !== undefined) this.#write();
    await this.#written;
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#written = this.#file.write(this.#last).catch((thrown: unknown) => {
      console.error('The place of the window could not be kept:', thrown);
    });
  }
}
