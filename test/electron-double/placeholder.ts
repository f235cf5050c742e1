import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** By this text, `@electron/fuses` finds the fuses in Electron's binary: version 1, then a state for each of nine. */
const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const FUSES = 9;

/** A folder with the files that electron-builder expects of an unpacked Electron for Linux, and nothing that runs. */
export async function makePlaceholderElectron(dir: string): Promise<void> {
  await mkdir(join(dir, 'resources'), { recursive: true });
  await mkdir(join(dir, 'locales'), { recursive: true });
  const fuses = Buffer.concat([Buffer.from([1, FUSES]), Buffer.from('0'.repeat(FUSES))]);
  await writeFile(join(dir, 'electron'), Buffer.concat([Buffer.from(FUSE_SENTINEL), fuses, Buffer.alloc(64)]), {
    mode: 0o755,
  });
  await writeFile(join(dir, 'chrome-sandbox'), '', { mode: 0o755 });
  for (const name of ['LICENSE', 'LICENSES.chromium.html', 'version', 'locales/en-US.pak', 'locales/de.pak']) {
    await writeFile(join(dir, name), name);
  }
}
