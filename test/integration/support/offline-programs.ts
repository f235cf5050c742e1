import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the doctor runs on a machine that would send something beyond it, answering as where there is no network. */
export const OFFLINE_PROGRAMS: Readonly<Record<string, string>> = {
  getent: '#!/bin/sh\nexit 2\n',
  ping: '#!/bin/sh\nexit 1\n',
};

/** Makes a folder of them, and gives the PATH that has it first. */
export async function offlinePath(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(OFFLINE_PROGRAMS)) {
    await writeFile(join(folder, name), text, { mode: 0o755 });
  }
  return `${folder}:${process.env['PATH'] ?? '/usr/bin:/bin'}`;
}
