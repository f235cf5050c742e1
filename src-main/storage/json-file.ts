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
  #writing: Promise<void> = Promise.resolve();

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

  /** The stored value, or the fallback when the file is missing or was set aside. */
  async read(): Promise<v.InferOutput<S>> {
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

  /** Replaces the stored value; writes are done in the order they were asked for. */
  write(value: v.InferOutput<S>): Promise<void> {
    const text = `${JSON.stringify(value, null, 2)}\n`;
    const done = this.#writing.then(() => writeAtomically(this.path, text));
    this.#writing = done.catch(() => undefined);
    return done;
  }

  async #setAside(reason: string): Promise<void> {
    const to = `${this.path}.unreadable-${Date.now()}`;
    await rename(this.path, to);
    this.#onSetAside({ from: this.path, to, reason });
  }
}

/**
 * Writes `data` to `path` (mode 0600 unless given) by temporary file, fsync and rename. The old file stays on any error.
 * Raises `DISK_FULL`, or what the system says.
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
    throw isDiskFull(thrown) ? diskFull(path, thrown) : thrown;
  }
}

function isDiskFull(thrown: unknown): boolean {
  const code = systemCode(thrown);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

function diskFull(path: string, cause: unknown): AppError {
  return new AppError('DISK_FULL', 'There is no room on this computer to keep this.', {
    hint: `Free some space on the disk of ${dirname(path)}, then try again. What was kept before is unchanged.`,
    cause,
    details: { path },
  });
}
