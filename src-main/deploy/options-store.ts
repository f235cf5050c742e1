import * as v from 'valibot';
import { join } from 'node:path';
import { JsonFile, type SetAside } from '../storage/index.ts';
import { optionsSchema, type DeployOptions } from './settings.ts';

const schema = v.object({ version: v.literal(1), devices: v.record(v.string(), optionsSchema) });

/** What was chosen last for each device: `deployments.json` of the data folder. */
export class OptionsStore {
  readonly #file: JsonFile<typeof schema>;
  #devices: Readonly<Record<string, DeployOptions>> = {};

  private constructor(file: JsonFile<typeof schema>) {
    this.#file = file;
  }

  static async open(dataDir: string, onSetAside?: (aside: SetAside) => void): Promise<OptionsStore> {
    const path = join(dataDir, 'deployments.json');
    const store = new OptionsStore(new JsonFile({ path, schema, fallback: { version: 1, devices: {} }, onSetAside }));
    store.#devices = (await store.#file.read()).devices;
    return store;
  }

  get(deviceId: string): DeployOptions | undefined {
    return this.#devices[deviceId];
  }

  async set(deviceId: string, options: DeployOptions): Promise<void> {
    const stored = await this.#file.change(({ version, devices }) => ({
      version,
      devices: { ...devices, [deviceId]: options },
    }));
    this.#devices = stored.devices;
  }
}
