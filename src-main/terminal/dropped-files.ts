import { randomUUID } from 'node:crypto';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../errors/index.ts';
import { remotePath } from '../target/posix-path.ts';
import type { TargetLookup, UploadProgress } from '../target/target.ts';

interface Incoming {
  readonly file: FileHandle;
  readonly path: string;
  readonly name: string;
  readonly size: number;
  received: number;
}

export interface DroppedFileOptions {
  /** Writes over a file of that name on the device. */
  readonly overwrite: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: UploadProgress) => void;
}

/**
 * Files dropped on a page, which only the page can read: they come in pieces, are kept in the data folder until they
 * are complete, and then go to the home folder of the device.
 */
export class DroppedFiles {
  readonly #targets: TargetLookup;
  readonly #folder: string;
  readonly #incoming = new Map<string, Incoming>();

  constructor({ targets, folder }: { readonly targets: TargetLookup; readonly folder: string }) {
    this.#targets = targets;
    this.#folder = folder;
  }

  /** Gives an id for the pieces. Raises `BAD_FILE_NAME`. */
  async begin(name: string, size: number): Promise<string> {
    if (/[/\\\0-\x1f\x7f]/.test(name) || name === '.' || name === '..') {
      throw new AppError('BAD_FILE_NAME', `A file cannot be named ${JSON.stringify(name)} on the device.`, {
        hint: 'Rename it and drop it again.',
      });
    }
    await mkdir(this.#folder, { recursive: true });
    const id = randomUUID();
    const path = join(this.#folder, id);
    this.#incoming.set(id, { file: await open(path, 'wx', 0o600), path, name, size, received: 0 });
    return id;
  }

  /** Pieces come one after another, each once the one before it was taken. */
  async add(id: string, bytes: Uint8Array): Promise<void> {
    const incoming = this.#get(id);
    if (incoming.received + bytes.length > incoming.size) throw changed(incoming.name);
    await incoming.file.write(bytes, 0, bytes.length, incoming.received);
    incoming.received += bytes.length;
  }

  /** Sends a complete file; gives its path on the device. Raises `FILE_EXISTS` and what an upload raises. */
  async send(id: string, deviceId: string, options: DroppedFileOptions): Promise<string> {
    const incoming = this.#get(id);
    if (incoming.received !== incoming.size) throw changed(incoming.name);
    const target = this.#targets.get(deviceId);
    const to = remotePath(await target.home(), '~', incoming.name);
    if (!options.overwrite && (await target.exec({ argv: ['test', '-e', to] })).code === 0) {
      throw new AppError('FILE_EXISTS', `There is a file ${to} on the device already.`, {
        hint: 'Replace it, or rename yours.',
        details: { path: to },
      });
    }
    const { signal, onProgress } = options;
    await target.upload([{ from: { path: incoming.path }, to, mode: 0o644 }], { signal, onProgress });
    await this.drop(id);
    return to;
  }

  /** Lets go of a file that is no longer wanted. */
  async drop(id: string): Promise<void> {
    const incoming = this.#incoming.get(id);
    if (!incoming) return;
    this.#incoming.delete(id);
    await incoming.file.close();
    await rm(incoming.path, { force: true });
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#incoming.keys()].map((id) => this.drop(id)));
  }

  #get(id: string): Incoming {
    const incoming = this.#incoming.get(id);
    if (incoming) return incoming;
    throw new AppError('UPLOAD_GONE', 'This upload was given up.', { hint: 'Drop the file again.' });
  }
}

function changed(name: string): AppError {
  return new AppError('SOURCE_CHANGED', `The file ${name} changed while it was read.`, { hint: 'Drop it again.' });
}
