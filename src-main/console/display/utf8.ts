/** Bytes a lead byte announces, itself included; 0 for a byte that can never lead (RFC 3629, table 3-7 of Unicode). */
export function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

/** Whether `byte` may stand second after `lead`: shuts out overlong forms, surrogates and what lies above U+10FFFF. */
export function isSecondByte(lead: number, byte: number): boolean {
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  return byte >= low && byte <= high;
}

export function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/**
 * How many bytes at the end of `bytes` begin a character that they do not finish: 0 to 3. A lead byte always starts
 * anew, so the last three bytes are enough to know.
 */
export function unfinishedLength(bytes: Uint8Array): number {
  const farthest = Math.min(3, bytes.length);
  for (let back = 1; back <= farthest; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (isContinuation(byte)) continue;
    const fits = back === 1 || isSecondByte(byte, bytes[bytes.length - back + 1] ?? 0);
    return sequenceLength(byte) > back && fits ? back : 0;
  }
  return 0;
}

const NOTHING = new Uint8Array(0);

/**
 * The unfinished character left over when `chunk` arrives after `carry`, the left-over of the chunk before it. Kept with
 * each entry, so that any entry can be decoded without reading those before it.
 */
export function carryAfter(carry: Uint8Array, chunk: Uint8Array): Uint8Array {
  if (chunk.length >= 3 || carry.length === 0) {
    const length = unfinishedLength(chunk);
    return length === 0 ? NOTHING : chunk.slice(chunk.length - length);
  }
  const joined = new Uint8Array(carry.length + chunk.length);
  joined.set(carry);
  joined.set(chunk, carry.length);
  const length = unfinishedLength(joined);
  return length === 0 ? NOTHING : joined.slice(joined.length - length);
}
