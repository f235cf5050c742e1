import { build } from 'esbuild';
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectDir } from './ensure-packages.mjs';

const cacheDir = join(projectDir, '.cache', 'runtimes');

/**
 * Lays every Node that the app can bring to a Pi into out/runtimes, for the packages to carry: taken from `readyDir` or
 * the cache, else fetched and compared with its pinned integrity.
 */
export async function carryRuntimes(readyDir = cacheDir) {
  const { PINNED_RUNTIMES, RuntimeStore } = await loadStore();
  const store = new RuntimeStore({ carriedDir: readyDir, cacheDir });
  const folder = join(projectDir, 'out', 'runtimes');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const runtime of Object.values(PINNED_RUNTIMES)) {
    const { path } = await store.get(runtime, new AbortController().signal);
    const carried = join(folder, basename(path));
    copyFileSync(path, carried);
    // The cache is for its owner alone; an installed package belongs to root and is read by everyone.
    chmodSync(carried, 0o644);
  }
}

/** The app's own store, so that what is fetched here is exactly what the app would fetch. */
async function loadStore() {
  const folder = join(projectDir, 'src-main', 'deploy', 'runtime');
  const { outputFiles } = await build({
    stdin: {
      contents: `export * from './runtime-store.ts'; export * from './pinned.ts';`,
      resolveDir: folder,
      loader: 'ts',
    },
    bundle: true,
    write: false,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  mkdirSync(cacheDir, { recursive: true });
  const path = join(projectDir, '.cache', 'runtime-store.mjs');
  writeFileSync(path, outputFiles[0].text);
  return import(pathToFileURL(path).href);
}
