const BLOCK = 512;

/** The bytes of one file of a tar archive (POSIX ustar), or null when it is not in it. */
export function fileOfTar(archive: Buffer, name: string): Buffer | null {
  for (let at = 0; at + BLOCK <= archive.length;) {
    const header = archive.subarray(at, at + BLOCK);
    const found = textOf(header.subarray(0, 100));
    if (found === '') return null;
    const size = Number.parseInt(textOf(header.subarray(124, 136)), 8);
    if (!Number.isSafeInteger(size) || size < 0) return null;
    const start = at + BLOCK;
    if (found === name) return start + size <= archive.length ? archive.subarray(start, start + size) : null;
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return null;
}

function textOf(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? field.length : end).trim();
}
