import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'electron-vite';
import { resolve } from 'node:path';

const here = (path: string): string => resolve(import.meta.dirname, path);

/**
 * ssh2, ws and msgpackr try these add-ons inside try/catch and work without them. They are built for one ABI, so they stay out of
 * the bundle and are never found at run time.
 */
const nativeAddOns = [/cpu-features/, /\.node$/, 'bufferutil', 'utf-8-validate', 'msgpackr-extract'];

/** The packages in a bundle and their licences, for scripts/third-party-licences.mjs. */
const license = { fileName: 'licences.json' };

/** How long plug-ins take is of no use to who builds the app. */
const checks = { bundlerTimings: false };

export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      // The oldest Node that runs the browser shell and the command line; Electron's is newer.
      target: 'node20',
      externalizeDeps: false,
      license,
      rollupOptions: {
        input: {
          electron: here('src-main/app/electron/main.ts'),
          browser: here('src-main/app/browser/main.ts'),
          cli: here('src-main/app/cli/main.ts'),
        },
        external: ['electron', ...nativeAddOns],
        checks,
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      externalizeDeps: false,
      license,
      rollupOptions: {
        input: { preload: here('src-main/app/electron/preload.ts') },
        external: ['electron'],
        checks,
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: here('src-renderer'),
    plugins: [svelte({ configFile: here('svelte.config.js') })],
    // The page's policy forbids making code from text, which the usual build of msgpackr tries.
    resolve: { alias: { msgpackr: here('node_modules/msgpackr/dist/index-no-eval.cjs') } },
    build: {
      outDir: here('out/renderer'),
      emptyOutDir: true,
      license,
      // electron-vite leaves the page as it is written, which is nearly twice as much to load.
      minify: true,
      // The page's policy allows no `data:` font, so every asset stays a file.
      assetsInlineLimit: 0,
      // The oldest browsers with light-dark(), which the colour tokens are written in.
      cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
      rollupOptions: { input: { index: here('src-renderer/index.html') }, checks },
    },
  },
});
