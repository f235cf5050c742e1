import { randomBytes } from 'node:crypto';
import { AppError } from '../../errors/index.ts';
import type { Target } from '../../target/target.ts';
import { diskFull, saysDiskFull } from '../../target/upload/upload-error.ts';
import { REMOVE_MADE_FOLDERS } from '../made-folders.ts';
import { LOWEST_NODE } from '../settings.ts';
import { RUNTIME_ROOM_BYTES, runtimeName, type PinnedRuntime } from './pinned.ts';
import type { StoredRuntime } from './runtime-store.ts';

/** Makes a place for the archive and prints it; notes the topmost folder that had to be made, for the removal. */
const MAKE_PLACE = String.raw`
set -e
folder=$1 part=$2
missing= one=$folder
while [ ! -d "$one" ]; do missing=$one; one=${'$'}{one%/*}; [ -n "$one" ] || one=/; done
mkdir -p "$folder/runtimes/$part/bin"
if [ -n "$missing" ]; then printf '%s\n' "$missing" >"$folder/made"; fi
`;

/**
 * Unpacks, tries and puts in place; the last is one rename. Another deployment may have been faster. Arguments: the
 * agent's folder, the folder under `runtimes` with `node.gz` and `bin/`, its final name, the lowest major version.
 */
export const UNPACK_RUNTIME = String.raw`
set -e
folder=$1 part=$2 name=$3 lowest=$4
cd "$folder/runtimes"
gzip -dc "$part/node.gz" >"$part/bin/node"
rm -f "$part/node.gz"
chmod 755 "$part/bin/node"
sync "$part/bin/node" "$part/bin" "$part" 2>/dev/null || sync
"$part/bin/node" -e "process.exit(Number(process.versions.node.split('.')[0]) < $lowest ? 3 : 0)"
if [ -d "$name" ]; then rm -rf "$part"; else mv "$part" "$name"; sync . 2>/dev/null || sync; fi
`;

/** Takes back what the two above did, the folders too when nothing else is in them. */
const REMOVE_PART = String.raw`
folder=$1 part=$2
made= one=$folder
rm -rf "$folder/runtimes/$part"
rmdir "$folder/runtimes" 2>/dev/null && [ "$(ls -A "$folder")" = made ] || exit 0
read -r made <"$folder/made"
rm -f "$folder/made"
${REMOVE_MADE_FOLDERS}
`;

export interface BringOptions {
  readonly target: Target;
  readonly folder: string;
  readonly runtime: PinnedRuntime;
  readonly stored: StoredRuntime;
  readonly signal: AbortSignal;
  /** Share sent, 0 to 1. */
  readonly onProgress: (share: number) => void;
}

/** Sends a Node to a target that has none, with nothing but `sh` and `gzip` there. Raises `RUNTIME_FAILED` and `DISK_FULL`. */
export async function bringRuntime(options: BringOptions): Promise<void> {
  const { target, folder, runtime, stored, signal, onProgress } = options;
  const part = `${runtimeName(runtime)}.${randomBytes(4).toString('hex')}.part`;
  try {
    await run(target, MAKE_PLACE, [folder, part], signal);
    await target.upload([{ from: { path: stored.path }, to: `${folder}/runtimes/${part}/node.gz`, mode: 0o644 }], {
      signal,
      onProgress: ({ sentBytes, totalBytes }) => onProgress(totalBytes === 0 ? 1 : sentBytes / totalBytes),
    });
    await run(target, UNPACK_RUNTIME, [folder, part, runtimeName(runtime), String(LOWEST_NODE)], signal);
  } catch (thrown) {
    if (target.state.kind === 'connected')
      await target.exec({ argv: ['/bin/sh', '-c', REMOVE_PART, 'sh', folder, part] });
    throw thrown;
  }
}

async function run(target: Target, script: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const argv = ['/bin/sh', '-c', script, 'sh', ...args];
  const result = await target.exec({ argv }, { signal, timeoutMs: 180_000 });
  if (result.code === 0) return;
  if (saysDiskFull(result.stderr)) throw diskFull(target.name, RUNTIME_ROOM_BYTES, null, result.stderr.trim());
  throw new AppError('RUNTIME_FAILED', `The Node.js that came along does not run on ${target.name}.`, {
    hint: 'Install the one of its system: "sudo apt install nodejs". Then deploy again.',
    cause: `code ${result.code ?? 'none'}: ${result.stderr.trim()}`,
  });
}
