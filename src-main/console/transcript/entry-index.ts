import type { FileHandle } from 'node:fs/promises';
import type { AppendFile } from './append-file.ts';
import type { EntryHead } from './entry.ts';
import { PAGE_RECORDS, RECORD_BYTES, RecordPage, type RecordFields } from './record-page.ts';

/** What an index file begins with, padded to the size of one record. */
export const INDEX_MAGIC = 'PI-WORKBENCH ENTRIES 1\n';

/** Pages kept in memory besides those not yet written: 8 MiB. */
const MOST_CACHED = 32;

/** The 64 bytes at the start of an index file. */
export function indexHeader(): Uint8Array {
  const header = new Uint8Array(RECORD_BYTES);
  header.set(new TextEncoder().encode(INDEX_MAGIC));
  return header;
}

/**
 * The entries of a transcript by number. Appended in memory, written in batches, read back a page at a time, so that a
 * transcript of any length needs a few megabytes.
 */
export class EntryIndex {
  readonly #handle: FileHandle;
  readonly #base: number;
  readonly #unwritten = new Map<number, RecordPage>();
  readonly #cached = new Map<number, Promise<RecordPage>>();
  #count: number;
  #written: number;
  #tail: RecordPage | null = null;

  /** `base` is where the index starts in its file; `count` how many records it already holds. */
  constructor(handle: FileHandle, count: number, base = 0) {
    this.#handle = handle;
    this.#base = base + RECORD_BYTES;
    this.#count = count;
    this.#written = count;
  }

  /** Records appended so far, written or not. */
  get count(): number {
    return this.#count;
  }

  /** Records that are in the file. */
  get written(): number {
    return this.#written;
  }

  /** Loads the last page, so that appending can go on from it. Needed once before the first `append`. */
  async prepareToAppend(): Promise<void> {
    const slot = this.#count % PAGE_RECORDS;
    if (slot === 0) return;
    const page = await this.#load(this.#count - slot);
    this.#tail = new RecordPage();
    this.#tail.bytes.set(page.bytes.subarray(0, slot * RECORD_BYTES));
    this.#unwritten.set(Math.floor(this.#count / PAGE_RECORDS), this.#tail);
  }

  append(record: RecordFields): number {
    const n = this.#count;
    const slot = n % PAGE_RECORDS;
    if (slot === 0 || !this.#tail) {
      this.#tail = new RecordPage();
      this.#unwritten.set(Math.floor(n / PAGE_RECORDS), this.#tail);
    }
    this.#tail.write(slot, n, record);
    this.#count = n + 1;
    return n;
  }

  /** Writes the records before number `end`. Returns false when writing was abandoned. */
  async write(file: AppendFile, end: number): Promise<boolean> {
    const buffers: Uint8Array[] = [];
    for (let n = this.#written; n < end;) {
      const number = Math.floor(n / PAGE_RECORDS);
      const stop = Math.min(end, (number + 1) * PAGE_RECORDS);
      const page = this.#unwritten.get(number);
      const first = (n % PAGE_RECORDS) * RECORD_BYTES;
      if (page) buffers.push(page.bytes.subarray(first, first + (stop - n) * RECORD_BYTES));
      n = stop;
    }
    if (!(await file.append(buffers))) return false;
    this.#forgetFullPages(end);
    this.#written = end;
    return true;
  }

  /** The page that holds record `n`; slot `n % PAGE_RECORDS` of it. */
  page(n: number): Promise<RecordPage> {
    const number = Math.floor(n / PAGE_RECORDS);
    const unwritten = this.#unwritten.get(number);
    if (unwritten) return Promise.resolve(unwritten);
    const cached = this.#cached.get(number);
    if (cached) {
      this.#cached.delete(number);
      this.#cached.set(number, cached);
      return cached;
    }
    const loading = this.#load(number * PAGE_RECORDS);
    loading.catch(() => this.#cached.delete(number));
    this.#cached.set(number, loading);
    if (this.#cached.size > MOST_CACHED) {
      const oldest = this.#cached.keys().next();
      if (!oldest.done) this.#cached.delete(oldest.value);
    }
    return loading;
  }

  async head(n: number): Promise<EntryHead> {
    return (await this.page(n)).head(n % PAGE_RECORDS, n);
  }

  async #load(firstRecord: number): Promise<RecordPage> {
    const bytes = new Uint8Array(PAGE_RECORDS * RECORD_BYTES);
    const length = Math.min(PAGE_RECORDS, this.#written - firstRecord) * RECORD_BYTES;
    await readFully(this.#handle, bytes.subarray(0, length), this.#base + firstRecord * RECORD_BYTES);
    return new RecordPage(bytes);
  }

  #forgetFullPages(end: number): void {
    const full = Math.floor(end / PAGE_RECORDS);
    for (const [number, page] of this.#unwritten) {
      if (number >= full) continue;
      this.#unwritten.delete(number);
      this.#cached.set(number, Promise.resolve(page));
      if (this.#cached.size <= MOST_CACHED) continue;
      const oldest = this.#cached.keys().next();
      if (!oldest.done) this.#cached.delete(oldest.value);
    }
  }
}

/** Fills `bytes` from `position`; stops early only at the end of the file. Returns how many bytes were read. */
export async function readFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  let at = 0;
  while (at < bytes.length) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, position + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return at;
}
