import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { AppError, systemCode } from '../errors/index.ts';

/** Where an unreadable file was put aside, so that nothing a person saved is lost. */
export interface SetAside {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

/**
 * One value kept in one JSON file (mode 0600). Written to a temporary name, synced and renamed, so that a crash leaves
 * the old file or the new one. A file that cannot be understood is renamed aside and reported, never overwritten.
 */
export class JsonFile<S extends v.GenericSchema> {
  readonly path: string;
  readonly #schema: S;
  readonly #fallback: v.InferOutput<S>;
  readonly #onSetAside: (aside: SetAside) => void;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(options: {
    path: string;
    schema: S;
    fallback: v.InferOutput<S>;
    onSetAside?: (aside: SetAside) => void;
  }) {
    this.path = options.path;
    this.#schema = options.schema;
    this.#fallback = options.fallback;
    this.#onSetAside = options.onSetAside ?? (() => undefined);
  }

  /** The stored value after what was written before, or the fallback when the file is missing or was set aside. */
  async read(): Promise<v.InferOutput<S>> {
    await this.#writing;
    return this.#load();
  }

  /** Replaces the stored value; writes are done in the order they were asked for. */
  write(value: v.InferOutput<S>): Promise<void> {
    const text = textOf(value);
    return this.#inTurn(() => writeAtomically(this.path, text));
  }

  /**
   * Replaces the stored value by what `edit` makes of it, and gives that. It is read anew each time: a command line and a
   * window may work in one folder.
   */
  change(edit: (stored: v.InferOutput<S>) => v.InferOutput<S>): Promise<v.InferOutput<S>> {
    return this.#inTurn(async () => {
      const value = edit(await this.#load());
      await writeAtomically(this.path, textOf(value));
      return value;
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#writing.then(work);
    this.#writing = done.catch(() => undefined);
    return done;
  }

  async #load(): Promise<v.InferOutput<S>> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return structuredClone(this.#fallback);
      throw thrown;
    }
    try {
      return v.parse(this.#schema, JSON.parse(text));
    } catch (thrown) {
      await this.#setAside(thrown instanceof Error ? thrown.message : String(thrown));
      return structuredClone(this.#fallback);
    }
  }

  async #setAside(reason: string): Promise<void> {
    const to = `${this.path}.unreadable-${Date.now()}`;
    await rename(this.path, to);
    this.#onSetAside({ from: this.path, to, reason });
  }
}

const textOf = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/**
 * Writes `data` to `path` (mode 0600 unless given) by temporary file, fsync and rename. The old file stays on any error.
 * Raises `DISK_FULL`, `NOT_WRITABLE` where this user may not write, or what the system says.
 */
export async function writeAtomically(path: string, data: string | Uint8Array, mode = 0o600): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw inWords(path, thrown);
  }
}

function inWords(path: string, thrown: unknown): unknown {
  switch (systemCode(thrown)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return diskFull(path, thrown);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return notWritable(path, thrown);
    default:
      return thrown;
  }
}

function diskFull(path: string, cause: unknown): AppError {
  return new AppError('DISK_FULL', 'There is no room on this computer to keep this.', {
    hint: `Free some space on the disk of ${dirname(path)}, then try again. What was kept before is unchanged.`,
    cause,
    details: { path },
  });
}

function notWritable(path: string, cause: unknown): AppError {
  const why = systemCode(cause) === 'EROFS' ? 'its disk can only be read' : 'it belongs to another user';
  return new AppError('NOT_WRITABLE', `${dirname(path)} cannot be written: ${why}.`, {
    hint: 'Make it writable, or start with another folder: --data-dir. What was kept before is unchanged.',
    cause,
    details: { path },
  });
}
