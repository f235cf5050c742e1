import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** A program of the tests, bundled into one file that Node runs as a process of its own. */
export interface Program {
  readonly file: string;
  dispose(): Promise<void>;
}

/** Bundles a TypeScript file with everything it imports. */
export async function buildProgram(entry: string): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), 'pi-workbench-program-'));
  const file = join(folder, 'program.cjs');
  await build({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
    external: ['cpu-features', '*.node'],
  });
  return { file, dispose: () => rm(folder, { recursive: true, force: true }) };
}
