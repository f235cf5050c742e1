import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AppError, systemCode } from '../../errors/index.ts';
import { cannotWrite, requireAbsolute } from '../../storage/index.ts';

/** A file of a folder: its path in it, with `/`, and what it holds or how the file is got that it is a copy of. */
export type FolderFile =
  | { readonly path: string; readonly content: string | Uint8Array }
  | { readonly path: string; readonly copyOf: () => Promise<string> };

export interface WriteFolderOptions {
  /** Absolute path of the folder to make. */
  readonly path: string;
  /** Replace the folder that is there, as long as it holds these files and nothing else. */
  readonly overwrite: boolean;
  readonly signal: AbortSignal;
}

/**
 * Writes a folder under a temporary name and renames it when it is whole. Raises `FILE_EXISTS`, `CANNOT_WRITE`,
 * `CANCELLED` and what getting a file raises, which begins when nothing is against writing; what fails leaves what was
 * there.
 */
export async function writeFolder(files: readonly FolderFile[], options: WriteFolderOptions): Promise<void> {
  requireAbsolute(options.path, '/home/me/pi-workbench-ansible');
  const { signal } = options;
  // Without a slash at its end: what is named after it lies beside it, not in it.
  const path = resolve(options.path);
  const name = `${path}.${randomBytes(4).toString('hex')}`;
  const temporary = `${name}.part`;
  try {
    const isThere = await requireFree(files, { ...options, path });
    await mkdir(temporary);
    for (const file of files) {
      signal.throwIfAborted();
      await write(file, join(temporary, file.path));
    }
    await (isThere ? replace(path, temporary, `${name}.old`) : rename(temporary, path));
  } catch (thrown) {
    await rm(temporary, { recursive: true, force: true });
    if (signal.aborted) throw new AppError('CANCELLED', 'Cancelled.', { cause: thrown });
    throw thrown instanceof AppError ? thrown : cannotWrite('folder', path, thrown);
  }
}

/** Puts a folder in place of the one at `path`, which is called `aside` meanwhile. */
async function replace(path: string, by: string, aside: string): Promise<void> {
  await rename(path, aside);
  try {
    await rename(by, path);
  } catch (thrown) {
    await rename(aside, path);
    throw thrown;
  }
  try {
    await rm(aside, { recursive: true });
  } catch (thrown) {
    throw new AppError('CANNOT_WRITE', `${path} is written, but the folder before it cannot be removed.`, {
      hint: `Remove ${aside} yourself.`,
      cause: thrown,
    });
  }
}

async function write(file: FolderFile, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await ('content' in file ? writeFile(to, file.content) : copyFile(await file.copyOf(), to));
}

/** Whether there is a folder to be replaced. Raises what is against it. */
async function requireFree(files: readonly FolderFile[], { path, overwrite }: WriteFolderOptions): Promise<boolean> {
  const there = await namesIn(path);
  if (there === null) return false;
  const own = new Set(files.map((file) => file.path.split('/')[0]));
  const foreign = there.find((name) => !own.has(name));
  if (foreign !== undefined) {
    throw new AppError('CANNOT_WRITE', `${path} holds other things, such as ${foreign}.`, {
      hint: 'Choose a folder that is empty or not there yet.',
    });
  }
  if (there.length > 0 && !overwrite) {
    throw new AppError('FILE_EXISTS', `${path} holds an export already.`, {
      hint: 'Choose another name, or replace it.',
    });
  }
  return true;
}

async function namesIn(path: string): Promise<readonly string[] | null> {
  try {
    return await readdir(path);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}
