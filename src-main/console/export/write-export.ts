import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { AppError, systemCode } from '../../errors/index.ts';

/** Bytes gathered before they are written. */
const BATCH_BYTES = 1024 * 1024;
/** Milliseconds between two progress reports. */
const REPORT_MS = 100;

export interface WriteExportOptions {
  /** Absolute path of the file to make. */
  readonly path: string;
  readonly overwrite: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (writtenBytes: number) => void;
}

/**
 * Writes an export under a temporary name and renames it when it is whole. Returns its size in bytes. Raises
 * `FILE_EXISTS`, `CANNOT_WRITE` and `CANCELLED`; a failed export leaves no file.
 */
export async function writeExport(
  parts: AsyncIterable<Uint8Array | string>,
  options: WriteExportOptions,
): Promise<number> {
  await requireWritable(options);
  const temporary = `${options.path}.${randomBytes(4).toString('hex')}.part`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      const size = await writeParts(parts, options, (bytes) => file.writeFile(bytes));
      await file.sync();
      await rename(temporary, options.path);
      return size;
    } finally {
      await file.close();
    }
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown instanceof AppError || options.signal.aborted ? thrown : cannotWrite(options.path, thrown);
  }
}

async function writeParts(
  parts: AsyncIterable<Uint8Array | string>,
  { signal, onProgress }: WriteExportOptions,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<number> {
  let batch: Uint8Array[] = [];
  let waiting = 0;
  let written = 0;
  let reportedAt = performance.now();
  const flush = async (): Promise<void> => {
    await write(Buffer.concat(batch));
    written += waiting;
    batch = [];
    waiting = 0;
  };
  for await (const part of parts) {
    signal.throwIfAborted();
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    batch.push(bytes);
    waiting += bytes.length;
    if (waiting >= BATCH_BYTES) await flush();
    if (performance.now() - reportedAt < REPORT_MS) continue;
    reportedAt = performance.now();
    onProgress(written);
  }
  await flush();
  return written;
}

async function requireWritable({ path, overwrite }: WriteExportOptions): Promise<void> {
  if (!isAbsolute(path)) {
    throw new AppError('CANNOT_WRITE', 'The path has to start at the root of the disk.', {
      hint: 'Write the whole path, such as /home/me/session.txt.',
    });
  }
  const existing = await stat(path).catch((thrown: unknown) => {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw cannotWrite(path, thrown);
  });
  if (existing?.isDirectory()) throw new AppError('CANNOT_WRITE', `${path} is a folder.`, { hint: 'Add a file name.' });
  if (existing && !overwrite) {
    throw new AppError('FILE_EXISTS', `${path} exists already.`, { hint: 'Choose another name, or replace it.' });
  }
}

function cannotWrite(path: string, cause: unknown): AppError {
  const code = systemCode(cause);
  const hints: Readonly<Record<string, string>> = {
    ENOENT: 'There is no such folder. Check the path.',
    EACCES: 'You may not write there. Choose a folder of your own.',
    ENOSPC: 'The disk is full.',
    EROFS: 'That disk can only be read.',
  };
  return new AppError('CANNOT_WRITE', `The file ${path} cannot be written.`, {
    hint: hints[code ?? ''] ?? 'Choose another place.',
    cause,
  });
}
