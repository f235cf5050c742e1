import { isAbsolute } from 'node:path';
import { AppError, systemCode } from '../errors/index.ts';

/** Raises `CANNOT_WRITE` for a path that depends on where the program was started. `example` is a path to imitate. */
export function requireAbsolute(path: string, example: string): void {
  if (isAbsolute(path)) return;
  throw new AppError('CANNOT_WRITE', 'The path has to start at the root of the disk.', {
    hint: `Write the whole path, such as ${example}.`,
  });
}

/** `CANNOT_WRITE` with what to do, by the system's own code of the cause. */
export function cannotWrite(kind: 'file' | 'folder', path: string, cause: unknown): AppError {
  const hints: Readonly<Record<string, string>> = {
    ENOENT: 'There is no such folder. Check the path.',
    EACCES: 'You may not write there. Choose a folder of your own.',
    ENOSPC: 'The disk is full.',
    EROFS: 'That disk can only be read.',
  };
  return new AppError('CANNOT_WRITE', `The ${kind} ${path} cannot be written.`, {
    hint: hints[systemCode(cause) ?? ''] ?? 'Choose another place.',
    cause,
  });
}
