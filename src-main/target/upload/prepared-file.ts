import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, open, stat } from 'node:fs/promises';
import { AppError, systemCode } from '../../errors/index.ts';
import { checkRemotePath } from '../posix-path.ts';
import type { UploadFile } from '../target.ts';

/** A file that can be read and measured, and where its copy goes. */
export interface PreparedFile {
  readonly to: string;
  /** The name it has until it is complete and checked. */
  readonly part: string;
  readonly mode: number;
  readonly size: number;
  open(): Promise<ByteSource>;
  /** SHA-256, lower-case hex, which its copy is compared to; reads the whole file. */
  hash(): Promise<string>;
}

/** Reads any part of a file. */
export interface ByteSource {
  /** `length` bytes from `position`; the caller keeps within the size. */
  read(position: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Measures every file, and whether it can be read, before anything is sent. Raises `SOURCE_MISSING` and `BAD_PATH`. */
export async function prepareFiles(files: readonly UploadFile[]): Promise<readonly PreparedFile[]> {
  return Promise.all(files.map(prepare));
}

async function prepare(file: UploadFile): Promise<PreparedFile> {
  const to = checkRemotePath(file.to);
  const common = { to, part: `${to}.part`, mode: file.mode & 0o7777 };
  const { from } = file;
  if (from instanceof Uint8Array) {
    const bytes = Buffer.from(from.buffer, from.byteOffset, from.byteLength);
    const hash = async (): Promise<string> => createHash('sha256').update(bytes).digest('hex');
    return { ...common, size: bytes.length, open: async () => sourceOfBytes(bytes), hash };
  }
  try {
    await access(from.path, constants.R_OK);
    const { size } = await stat(from.path);
    return { ...common, size, open: () => sourceOfFile(from.path), hash: () => hashOfFile(from.path) };
  } catch (thrown) {
    throw new AppError('SOURCE_MISSING', `The file ${from.path} cannot be read on this computer.`, {
      hint: systemCode(thrown) === 'ENOENT' ? 'It does not exist any more.' : 'Check its permissions.',
      cause: thrown,
    });
  }
}

/** SHA-256 of a local file, lower-case hex. */
export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function sourceOfBytes(bytes: Buffer): ByteSource {
  return {
    read: async (position, length) => bytes.subarray(position, position + length),
    close: async () => undefined,
  };
}

async function sourceOfFile(path: string): Promise<ByteSource> {
  const file = await open(path, 'r');
  return {
    read: async (position, length) => {
      const buffer = Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    },
    close: () => file.close(),
  };
}
