import { build } from 'esbuild';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildIsStale } from './build-is-stale.mjs';
import { ensurePackages, projectDir, run } from './ensure-packages.mjs';
import { ensureBenchPrograms } from './ensure-programs.mjs';

// Runs the benchmarks: all of them, or the cases named. What they measure is the built app and its bundled parts.
ensurePackages();
const chromium = ensureBenchPrograms();
if (buildIsStale() && run('npm', ['run', '--silent', 'build']) !== 0) process.exit(1);

/** Files taken in as text, `import text from './file?raw'`, as Vite does it. */
const rawFiles = {
  name: 'raw files',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\?raw$/ }, ({ path, importer }) => ({
      path: join(dirname(importer), path.replace(/\?raw$/, '')),
      namespace: 'raw',
    }));
    onLoad({ filter: /.*/, namespace: 'raw' }, ({ path }) => ({ contents: readFileSync(path), loader: 'text' }));
  },
};

/** What is shared with the tests finds its files beside itself, also when it is bundled. */
const ownFolders = {
  name: 'own folders',
  setup({ onLoad }) {
    onLoad({ filter: /(electron-double|lab[/\\]support)[/\\][^/\\]+\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.dirname', JSON.stringify(dirname(path))),
      loader: 'ts',
    }));
  },
};

const outdir = join(projectDir, '.cache', 'bench');
rmSync(outdir, { recursive: true, force: true });
const programs = readdirSync(join(projectDir, 'test/bench/app')).map((name) => `test/bench/app/${name}`);
await build({
  absWorkingDir: projectDir,
  entryPoints: ['test/bench/main.ts', ...programs],
  outdir,
  outbase: 'test/bench',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  // CommonJS packages inside the bundle ask for Node's own modules by `require`, and where they are.
  banner: {
    js: `import { createRequire as makeRequire } from 'node:module';
const require = makeRequire(import.meta.url);
const __dirname = import.meta.dirname;
const __filename = import.meta.filename;`,
  },
  external: [
    'electron',
    'esbuild',
    'playwright-core',
    'cpu-features',
    '*.node',
    'bufferutil',
    'utf-8-validate',
    'msgpackr-extract',
  ],
  plugins: [rawFiles, ownFolders],
  logLevel: 'warning',
});
process.exit(
  run(process.execPath, [join(outdir, 'main.mjs'), ...process.argv.slice(2)], {
    env: { ...process.env, CHROMIUM_PATH: chromium ?? '' },
  }),
);
