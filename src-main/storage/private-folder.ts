import { mkdir } from 'node:fs/promises';
import { AppError, systemCode } from '../errors/index.ts';

/** Makes the app's folder, for its user alone; one that is there already keeps its mode. Raises `DATA_DIR_UNUSABLE`. */
export async function makePrivateFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    throw folderUnusable(path, thrown);
  }
}

/** `DATA_DIR_UNUSABLE`: the app's folder, or one in it, cannot be made. */
export function folderUnusable(path: string, cause: unknown): AppError {
  const why = systemCode(cause) ?? 'unknown';
  return new AppError('DATA_DIR_UNUSABLE', `The folder ${path} cannot be made (${why}).`, {
    hint: 'Choose another with --data-dir.',
    cause,
  });
}
