const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Bytes as `4f 4e 0a`; `between` replaces the space. */
export function hexText(bytes: Uint8Array, between = ' '): string {
  return Array.from(bytes, (byte) => HEX[byte] ?? '').join(between);
}

export interface HexDumpLine {
  /** Offset of the first byte, eight hexadecimal digits or more. */
  readonly offset: string;
  /** The bytes, with a wider gap in the middle as `hexdump -C` has it. */
  readonly hex: string;
  /** The printable ASCII characters, `.` for every other byte. */
  readonly ascii: string;
}

/** The lines of a hex dump, as `hexdump -C` lays them out. `start` is the offset shown for the first byte. */
export function hexDump(bytes: Uint8Array, options: { start?: number; width?: number } = {}): HexDumpLine[] {
  const { start = 0, width = 16 } = options;
  const lines: HexDumpLine[] = [];
  for (let at = 0; at < bytes.length; at += width) {
    const part = bytes.subarray(at, at + width);
    const half = hexText(part.subarray(0, width / 2));
    const rest = hexText(part.subarray(width / 2));
    lines.push({
      offset: (start + at).toString(16).padStart(8, '0'),
      hex: rest === '' ? half : `${half}  ${rest}`,
      ascii: asciiText(part),
    });
  }
  return lines;
}

function asciiText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
}
