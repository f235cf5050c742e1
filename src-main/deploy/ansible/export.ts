import { AppError } from '../../errors/index.ts';
import type { AgentBundle } from '../agent-bundle.ts';
import type { NodeArchitecture } from '../architecture.ts';
import { assertFolder } from '../folder.ts';
import { PINNED_RUNTIMES, runtimeName } from '../runtime/pinned.ts';
import type { RuntimeStore } from '../runtime/runtime-store.ts';
import type { DeployOptions } from '../settings.ts';
import { ansibleFiles } from './files.ts';
import type { InventoryDevice } from './inventory.ts';
import { writeFolder, type FolderFile } from './write-folder.ts';

export interface AnsibleExportOptions {
  /** Absolute path of the folder to make. */
  readonly path: string;
  readonly overwrite: boolean;
  readonly devices: readonly InventoryDevice[];
  /** Its service is always one of the system. */
  readonly options: DeployOptions;
  /** The Nodes that come along for devices without one. */
  readonly architectures: readonly NodeArchitecture[];
  readonly bundle: AgentBundle;
  readonly runtimes: RuntimeStore;
  /** Who exports: `ana@laptop`. */
  readonly who: string;
  readonly signal: AbortSignal;
  /** What is fetched right now, and its share, 0 to 1. */
  readonly onProgress: (progress: ExportProgress) => void;
}

export interface ExportProgress {
  readonly fetching: string;
  readonly share: number;
}

/**
 * Writes a folder with which Ansible does the same as a deployment by the app. Raises `NOTHING_TO_EXPORT`, `BAD_FOLDER`,
 * what `RuntimeStore.get` raises, and what `writeFolder` raises.
 */
export async function exportForAnsible(wanted: AnsibleExportOptions): Promise<void> {
  const { path, overwrite, devices, options, bundle, who, signal } = wanted;
  assertFolder(options.folder);
  if (devices.length === 0) {
    throw new AppError('NOTHING_TO_EXPORT', 'There is no device that Ansible could sign in to.', {
      hint: 'Add a device first. The practice device is this computer itself.',
    });
  }
  const { settings, folder } = options;
  const runtimes = wanted.architectures.map((architecture) => PINNED_RUNTIMES[architecture]);
  const files = ansibleFiles({ bundle, devices, settings, folder, runtimes, who });
  await writeFolder([...files, ...runtimeFiles(wanted)], { path, overwrite, signal });
}

function runtimeFiles({ architectures, runtimes, signal, onProgress }: AnsibleExportOptions): readonly FolderFile[] {
  return architectures.map((architecture) => {
    const runtime = PINNED_RUNTIMES[architecture];
    const fetching = `Node.js ${runtime.version} for ${architecture}`;
    const copyOf = async (): Promise<string> => {
      const { path } = await runtimes.get(runtime, signal, (share) => onProgress({ fetching, share }));
      return path;
    };
    return { path: `files/${runtimeName(runtime)}.gz`, copyOf };
  });
}
