import { DIRECTIONS, ENTRY_KINDS, type Direction, type EntryHead, type EntryKind } from './entry.ts';

/** Bytes of one record of the index. All numbers little-endian. */
export const RECORD_BYTES = 64;
/** Records of one page; a page is what the index reads and keeps at a time (256 KiB). */
export const PAGE_RECORDS = 4096;

/*
 * Offsets in a record: 0 monoUs f64, 8 wallUs f64, 16 fileOffset f64, 24 streamOffset f64, 32 length u32, 36 payload check u32,
 * 40 connection u32, 44 kind u8, 45 direction u8, 46 carry length u8, 47 after a CR u8, 48 carry 3 bytes, 52 unused,
 * 56 number u32 (low half), 60 check word u32 over all that stands before it.
 */
const CHECK_AT = 60;

export interface RecordFields {
  readonly monoUs: number;
  readonly wallUs: number;
  readonly fileOffset: number;
  readonly streamOffset: number;
  readonly length: number;
  readonly check: number;
  readonly connection: number;
  readonly kind: EntryKind;
  readonly direction: Direction;
  readonly carry: Uint8Array;
  readonly afterCarriageReturn: boolean;
}

/** A page of the index: up to `PAGE_RECORDS` records in one buffer, read field by field without making objects. */
export class RecordPage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;

  constructor(bytes = new Uint8Array(PAGE_RECORDS * RECORD_BYTES)) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  write(slot: number, n: number, record: RecordFields): void {
    const at = slot * RECORD_BYTES;
    const view = this.#view;
    view.setFloat64(at, record.monoUs, true);
    view.setFloat64(at + 8, record.wallUs, true);
    view.setFloat64(at + 16, record.fileOffset, true);
    view.setFloat64(at + 24, record.streamOffset, true);
    view.setUint32(at + 32, record.length, true);
    view.setUint32(at + 36, record.check, true);
    view.setUint32(at + 40, record.connection, true);
    view.setUint8(at + 44, ENTRY_KINDS.indexOf(record.kind));
    view.setUint8(at + 45, DIRECTIONS.indexOf(record.direction));
    view.setUint8(at + 46, record.carry.length);
    view.setUint8(at + 47, record.afterCarriageReturn ? 1 : 0);
    this.bytes.set(record.carry, at + 48);
    view.setUint32(at + 56, n >>> 0, true);
    view.setUint32(at + CHECK_AT, this.#check(at), true);
  }

  monoUs(slot: number): number {
    return this.#view.getFloat64(slot * RECORD_BYTES, true);
  }

  wallUs(slot: number): number {
    return this.#view.getFloat64(slot * RECORD_BYTES + 8, true);
  }

  fileOffset(slot: number): number {
    return this.#view.getFloat64(slot * RECORD_BYTES + 16, true);
  }

  length(slot: number): number {
    return this.#view.getUint32(slot * RECORD_BYTES + 32, true);
  }

  connection(slot: number): number {
    return this.#view.getUint32(slot * RECORD_BYTES + 40, true);
  }

  kind(slot: number): EntryKind {
    return ENTRY_KINDS[this.#view.getUint8(slot * RECORD_BYTES + 44)] ?? 'note';
  }

  direction(slot: number): Direction {
    return DIRECTIONS[this.#view.getUint8(slot * RECORD_BYTES + 45)] ?? 'none';
  }

  head(slot: number, n: number): EntryHead {
    const at = slot * RECORD_BYTES;
    const view = this.#view;
    const carryLength = Math.min(3, view.getUint8(at + 46));
    return {
      n,
      monoUs: view.getFloat64(at, true),
      wallUs: view.getFloat64(at + 8, true),
      fileOffset: view.getFloat64(at + 16, true),
      streamOffset: view.getFloat64(at + 24, true),
      length: view.getUint32(at + 32, true),
      check: view.getUint32(at + 36, true),
      connection: view.getUint32(at + 40, true),
      kind: this.kind(slot),
      direction: this.direction(slot),
      carry: this.bytes.slice(at + 48, at + 48 + carryLength),
      afterCarriageReturn: view.getUint8(at + 47) === 1,
    };
  }

  /** Whether the record is whole and is the one numbered `n`. */
  isSound(slot: number, n: number): boolean {
    const at = slot * RECORD_BYTES;
    const view = this.#view;
    return view.getUint32(at + 56, true) === n >>> 0 && view.getUint32(at + CHECK_AT, true) === this.#check(at);
  }

  #check(at: number): number {
    let sum = 0x9e3779b9;
    for (let i = 0; i < CHECK_AT; i += 4) sum = Math.imul(sum ^ this.#view.getUint32(at + i, true), 0x85ebca6b);
    return (sum ^ (sum >>> 15)) >>> 0;
  }
}
