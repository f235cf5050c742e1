import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../errors/index.ts';
import { DATA_FILE, INDEX_FILE } from '../transcript/transcript.ts';
import { readSessionRecord, type SessionRecord } from './session-record.ts';

/** Sessions nobody asked to keep: how many stay, and bytes of all of them together. */
const MOST_UNKEPT = 50;
const UNKEPT_BYTES = 4 * 1024 ** 3;

/** A session on the disk. */
export interface SavedSession {
  readonly record: SessionRecord;
  /** Bytes of its files. */
  readonly sizeBytes: number;
}

/** The sessions on the disk, a folder each. */
export class SessionLibrary {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  folderOf(id: string): string {
    if (!/^[0-9a-f]{16}$/.test(id)) throw new AppError('NO_SUCH_SESSION', 'There is no such session.');
    return join(this.#root, id);
  }

  /** Every session that can be opened, the newest first; `open` ones are left out. */
  async list(open: ReadonlySet<string>): Promise<SavedSession[]> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    const names = (await readdir(this.#root)).filter((name) => /^[0-9a-f]{16}$/.test(name) && !open.has(name));
    const found = await Promise.all(names.map((name) => this.#read(name)));
    const saved = found.filter((one) => one !== null);
    return saved.sort((a, b) => b.record.createdAt - a.record.createdAt);
  }

  async delete(id: string): Promise<void> {
    await rm(this.folderOf(id), { recursive: true, force: true });
  }

  /** Removes the oldest sessions that nobody asked to keep, when there are many. Returns how many went. */
  async prune(open: ReadonlySet<string>): Promise<number> {
    const unkept = (await this.list(open)).filter(({ record }) => !record.kept);
    let bytes = 0;
    const surplus = unkept.filter(({ sizeBytes }, i) => {
      bytes += sizeBytes;
      return i >= MOST_UNKEPT || bytes > UNKEPT_BYTES;
    });
    for (const { record } of surplus) await this.delete(record.id);
    return surplus.length;
  }

  async #read(id: string): Promise<SavedSession | null> {
    const folder = this.folderOf(id);
    try {
      const record = await readSessionRecord(folder);
      const sizes = await Promise.all([stat(join(folder, DATA_FILE)), stat(join(folder, INDEX_FILE))]);
      return { record: { ...record, id }, sizeBytes: sizes.reduce((sum, { size }) => sum + size, 0) };
    } catch {
      // A folder that is no session, or half deleted: it is not listed, and stays for its owner to look at.
      return null;
    }
  }
}
