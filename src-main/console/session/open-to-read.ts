import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { AppError, systemCode } from '../../errors/index.ts';

/** Opens a file that a person named. Raises `FILE_NOT_READABLE`, also for a folder, a pipe or a device. */
export async function openToRead(path: string): Promise<FileHandle> {
  try {
    // A named pipe without a writer would be waited for.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (thrown) {
    throw new AppError('FILE_NOT_READABLE', `The file ${path} cannot be read.`, {
      hint: systemCode(thrown) === 'ENOENT' ? 'There is no such file. Check the path.' : 'Check its permissions.',
      cause: thrown,
    });
  }
  throw new AppError('FILE_NOT_READABLE', `${path} is not a file.`, { hint: 'Choose a file, not a folder.' });
}
