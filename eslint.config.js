import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** Only the Electron shell may know Electron: everything else must run in plain Node. */
const noElectron = { name: 'electron', message: 'Only src-main/app/electron/ imports electron.' };

/** Imports point down: app -> api -> features -> target, ssh -> errors, events, storage. */
const layer = (files, forbidden, message) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      { paths: [noElectron], patterns: [{ group: forbidden, message, allowTypeImports: false }] },
    ],
  },
});

export default ts.config(
  { ignores: ['node_modules', 'out', 'dist', 'pi-agent/dist', '.cache', 'test/fixtures', 'coverage'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    rules: {
      'no-restricted-imports': ['error', { paths: [noElectron] }],
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-control-regex': 'off',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig, projectService: true },
    },
  },
  layer(
    ['src-main/{errors,events,storage}/**/*.ts'],
    ['**/target/**', '**/ssh/**', '**/api/**', '**/app/**'],
    'The bottom layer imports nothing above it.',
  ),
  layer(['src-main/{target,ssh}/**/*.ts'], ['**/api/**', '**/app/**'], 'target and ssh import nothing above them.'),
  layer(
    ['src-main/{devices,discovery,network,doctor,deploy,console,dns,echo,led}/**/*.ts'],
    ['**/api/**', '**/app/**'],
    'A feature imports nothing from api or app.',
  ),
  layer(['src-main/api/**/*.ts'], ['**/app/**'], 'api imports nothing from the shells.'),
  {
    files: ['src-main/app/electron/**/*.ts', 'test/**/*.ts', 'test/bench/peers/*.mjs'],
    rules: { 'no-restricted-imports': 'off' },
  },
  layer(
    ['src-renderer/**/*.{ts,svelte}'],
    ['**/src-main/!(api)/**', '**/src-main/api/handlers/**'],
    'The renderer imports only the contract (src-main/api) and the protocol (pi-agent).',
  ),
);
