import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeviceList } from '../../devices/index.ts';
import { AppError, systemCode } from '../../errors/index.ts';
import type { Confinement } from '../confinement.ts';
import type { ToldList } from '../told-list.ts';
import { isFresh, neighbourSightings, readNeighbours, type RunCommand } from './neighbours.ts';
import { savedSightings, sshConfigSightings } from './written.ts';

export interface KnownHereOptions {
  readonly told: ToldList;
  readonly confinement: Confinement;
  readonly platform: NodeJS.Platform;
  readonly homeDir: string;
  readonly runCommand: RunCommand | undefined;
  readonly isWatched: () => boolean;
}

/** The sources that ask nobody: what this computer knows already. */
export class KnownHere {
  readonly #options: KnownHereOptions;

  constructor(options: KnownHereOptions) {
    this.#options = options;
  }

  takeSaved(list: DeviceList): void {
    const { told } = this.#options;
    told.found.set('saved', savedSightings(list.devices));
    told.tellSoon();
  }

  async readSshConfig(): Promise<void> {
    const { told, homeDir } = this.#options;
    try {
      const text = await readFile(join(homeDir, '.ssh', 'config'), 'utf8');
      told.found.set('ssh-config', sshConfigSightings(text));
      told.setSource('ssh-config', 'working');
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') told.setSource('ssh-config', 'working');
      else told.setSource('ssh-config', 'off', '~/.ssh/config cannot be read.');
    }
    told.tellSoon();
  }

  /** Gives the addresses that are known to be there. */
  async readNeighbours(): Promise<ReadonlySet<string>> {
    const { told, confinement, platform, runCommand, isWatched } = this.#options;
    try {
      const all = await readNeighbours(platform, runCommand);
      const table = all.filter(({ address }) => confinement.allows(address));
      told.found.set('neighbours', neighbourSightings(table, Date.now()));
      if (isWatched()) told.setSource('neighbours', 'working');
      return new Set(table.filter((entry) => isFresh(entry) && entry.mac !== null).map(({ address }) => address));
    } catch (thrown) {
      told.setSource('neighbours', 'off', AppError.from(thrown).message);
      return new Set();
    } finally {
      told.tellSoon();
    }
  }
}
