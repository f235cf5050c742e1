import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { AppError, systemCode } from '../../errors/index.ts';
import { cannotWrite, requireAbsolute } from '../../storage/index.ts';

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
    throw thrown instanceof AppError || options.signal.aborted ? thrown : cannotWrite('file', options.path, thrown);
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
  requireAbsolute(path, '/home/me/session.txt');
  const existing = await stat(path).catch((thrown: unknown) => {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw cannotWrite('file', path, thrown);
  });
  if (existing?.isDirectory()) throw new AppError('CANNOT_WRITE', `${path} is a folder.`, { hint: 'Add a file name.' });
  if (existing && !overwrite) {
    throw new AppError('FILE_EXISTS', `${path} exists already.`, { hint: 'Choose another name, or replace it.' });
  }
}
