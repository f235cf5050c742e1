import { posix } from 'node:path';
import { quote } from '../quote.ts';
import type { PreparedFile } from './prepared-file.ts';

/** What the script answers in its exit code. */
export const PLACE_EXIT = { mismatch: 3, noHash: 4, failed: 5 } as const;

/**
 * POSIX sh text that compares every uploaded copy with what was sent, gives it its mode, has it written to the disk, and
 * only then renames them all. Nothing is renamed unless every copy is right; on any failure the copies are removed. A
 * mismatch prints `<index> <size> <hash>`. `hashes` are those of the files as `PreparedFile.hash` gives them.
 */
export function placeScript(files: readonly PreparedFile[], hashes: readonly string[]): string {
  const parts = files.map(({ part }) => quote(part)).join(' ');
  const folders = [...new Set(files.map(({ to }) => posix.dirname(to)))];
  return [
    PRELUDE,
    `give_up() { rm -f -- ${parts}; exit "$1"; }`,
    ...files.map((file, index) => `check ${index} ${quote(file.part)} ${file.size} ${hashes[index] ?? ''}`),
    ...files.map(({ part, mode }) => `chmod ${mode.toString(8).padStart(4, '0')} ${quote(part)} || give_up 5`),
    `sync -- ${parts} 2>/dev/null || sync`,
    ...files.map(({ part, to }) => `place ${quote(part)} ${quote(to)}`),
    `sync -- ${folders.map(quote).join(' ')} 2>/dev/null || sync`,
    '',
  ].join('\n');
}

/** Takes away what an upload that was given up has left. */
export function removeScript(files: readonly PreparedFile[]): string {
  return `rm -f -- ${files.map(({ part }) => quote(part)).join(' ')}`;
}

const PRELUDE = `
# The sha256sum of many systems is several times slower than openssl, which takes longer to start. One that is broken
# leaves it to the next.
hash_of() {
  if [ "$2" -ge 1000000 ]; then hash_with "$1" openssl dgst -sha256 -r && return; fi
  hash_with "$1" sha256sum || hash_with "$1" shasum -a 256 || hash_with "$1" openssl dgst -sha256 -r ||
    hash_with "$1" python3 -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())'
}
hash_with() {
  from=$1
  shift
  command -v "$1" >/dev/null 2>&1 && line=$("$@" <"$from" 2>/dev/null) && found=\${line%% *} && [ "\${#found}" -eq 64 ]
}
check() {
  hash_of "$2" "$3" || give_up 4
  size=$(wc -c <"$2" | tr -d ' ')
  if [ "$found" != "$4" ] || [ "$size" != "$3" ]; then printf '%s %s %s\\n' "$1" "$size" "$found"; give_up 3; fi
}
place() {
  if [ -d "$2" ]; then echo "$2 is a folder" >&2; give_up 5; fi
  mv -f -- "$1" "$2" || give_up 5
}`;
