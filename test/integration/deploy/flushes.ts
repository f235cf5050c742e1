import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Programs for an sshd's PATH that note in the account's home, one line each as it is done, what was written to the disk
 * and what was renamed: `flush PATH`, `move FROM TO`.
 */
export const NOTING_PROGRAMS: Readonly<Record<string, string>> = {
  sync: String.raw`#!/bin/sh
/usr/bin/sync "$@" || exit
[ "$1" = -- ] && shift
for one; do echo "flush $(realpath -ms "$one")"; done >>"$HOME/flushes"
`,
  mv: String.raw`#!/bin/sh
/usr/bin/mv "$@" || exit
shift $(($# - 2))
echo "move $(realpath -ms "$1") $(realpath -ms "$2")" >>"$HOME/flushes"
`,
};

/** The same for a Node: a module that it loads first. */
export const NOTING_MODULE = String.raw`
const fs = require('node:fs');
const { fsyncSync, renameSync } = fs;
const note = (line) => fs.appendFileSync(process.env.HOME + '/flushes', line + '\n');
fs.fsyncSync = (handle) => {
  fsyncSync(handle);
  note('flush ' + fs.readlinkSync('/proc/self/fd/' + handle));
};
fs.renameSync = (from, to) => {
  renameSync(from, to);
  note('move ' + from + ' ' + to);
};
`;

/** What was noted so far, with `~` for the agent's folder, and `NEW` and nothing for what is named anew each time. */
export async function flushesIn(home: string, folder: string): Promise<readonly string[]> {
  const text = await readFile(join(home, 'flushes'), 'utf8');
  return text
    .trim()
    .replaceAll(folder, '~')
    .replace(/(~\/(?:incoming|releases)\/)[^/\s]+/g, '$1NEW')
    .replace(/\.[0-9a-f]+\.part/g, '.part')
    .split('\n');
}
