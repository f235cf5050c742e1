import { constants } from 'node:fs';
import { open, rename, rm, statfs, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppError, systemCode } from '../../errors/index.ts';
import { remoteFolder } from '../posix-path.ts';
import { abortError } from '../run-to-end.ts';
import type { UploadFile, UploadOptions } from '../target.ts';
import { hashOfFile, prepareFiles, type PreparedFile } from '../upload/prepared-file.ts';
import { diskFull, uploadFailed, uploadMismatch } from '../upload/upload-error.ts';

const CHUNK = 256 * 1024;

/** Copies files into place on this computer, by the same rules as over SFTP: `.part`, compare, mode, sync, rename. */
export async function uploadHere(files: readonly UploadFile[], options: UploadOptions = {}): Promise<void> {
  const prepared = await prepareFiles(files);
  const totalBytes = prepared.reduce((sum, file) => sum + file.size, 0);
  let done = 0;
  for (const file of prepared) {
    const report = (bytes: number): void =>
      options.onProgress?.({ sentBytes: done + bytes, totalBytes, file: basename(file.to) });
    try {
      await copy(file, report, options.signal);
    } catch (thrown) {
      await rm(file.part, { force: true });
      throw await inWords(thrown, file);
    }
    done += file.size;
  }
}

async function copy(file: PreparedFile, report: (bytes: number) => void, signal?: AbortSignal): Promise<void> {
  const source = await file.open();
  try {
    const part = await open(file.part, 'w', 0o600);
    try {
      for (let at = 0; at < file.size; at += CHUNK) {
        if (signal?.aborted) throw abortError(signal);
        const bytes = await source.read(at, Math.min(CHUNK, file.size - at));
        await part.writeFile(bytes);
        report(at + bytes.length);
      }
      await part.chmod(file.mode);
      await part.sync();
    } finally {
      await part.close();
    }
  } finally {
    await source.close();
  }
  const [sent, found] = await Promise.all([file.hash(), hashOfFile(file.part)]);
  if (found !== sent) throw uploadMismatch(basename(file.to), sent, found);
  await rename(file.part, file.to);
  await syncFolder(remoteFolder(file.to));
}

/** A rename lasts only once its folder is on the disk. */
async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle | undefined;
  try {
    folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    await folder.sync();
  } finally {
    await folder?.close();
  }
}

async function inWords(thrown: unknown, file: PreparedFile): Promise<AppError> {
  if (thrown instanceof AppError) return thrown;
  const code = systemCode(thrown);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return diskFull('this computer', file.size, await freeBytes(remoteFolder(file.to)), thrown);
  }
  return uploadFailed(basename(file.to), code ?? 'unknown reason', thrown);
}

async function freeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (thrown) {
    if (systemCode(thrown) === undefined) throw thrown;
    return null;
  }
}
