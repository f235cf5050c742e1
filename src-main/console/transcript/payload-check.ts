import { crc32 } from 'node:zlib';

/** Payloads up to this many bytes are checked byte by byte. */
const WHOLE_BYTES = 4096;
/** Of a longer one, the four bytes at every step count: a disk loses whole sectors, and the smallest has 512 bytes. */
const STEP_BYTES = 256;

/**
 * A check word over a payload, to notice one that never reached the disk. It tells what a power cut leaves (an end that
 * is missing, sectors of zeros or of something else), and costs next to nothing for the large chunks of a fast stream,
 * where a CRC of every byte takes as long as copying them.
 */
export function payloadCheck(bytes: Uint8Array): number {
  if (bytes.length <= WHOLE_BYTES) return crc32(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const last = bytes.length - 4;
  let sum = mixed(bytes.length, view.getUint32(last, true));
  for (let at = 0; at < last; at += STEP_BYTES) sum = mixed(sum, view.getUint32(at, true));
  return (sum ^ (sum >>> 15)) >>> 0;
}

/** Each step can be undone, so a sum that differs once differs until the end unless a later word makes up for it. */
function mixed(sum: number, word: number): number {
  const product = Math.imul(sum ^ word, 0x85ebca6b);
  return (product << 13) | (product >>> 19);
}
