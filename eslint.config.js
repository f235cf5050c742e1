import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const GROUND = ['errors', 'events', 'storage'];
const MACHINES = ['target', 'ssh'];
const FEATURES = [
  'console',
  'deploy',
  'devices',
  'discovery',
  'dns',
  'doctor',
  'echo',
  'led',
  'network',
  'settings',
  'terminal',
];

/** Only the Electron shell may know Electron: everything else must run in plain Node. */
const noElectron = { name: 'electron', message: 'Only src-main/app/electron/ imports electron.' };

/** Restricted imports of some files: each a regular expression of what may not be imported, and why. */
const layer = (files, ...restricted) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      { paths: [noElectron], patterns: restricted.map(([regex, message]) => ({ regex, message })) },
    ],
  },
});

/** Files of some folders of src-main. */
const within = (folders) => folders.map((folder) => `src-main/${folder}/**/*.ts`);

/** An import that leads up and into one of some folders. */
const into = (folders) => `^(\\.\\./)+(${folders.join('|')})/`;

/** An import of anything in a feature but its index.ts. */
const pastTheDoor = [`${into(FEATURES)}(?!index\\.ts$)`, "A feature's door is its index.ts."];

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
  // Imports point down: app -> api -> features -> target, ssh -> errors, events, storage.
  layer(within(GROUND), [into([...MACHINES, ...FEATURES, 'api', 'app']), 'The bottom layer imports nothing above it.']),
  layer(within(MACHINES), [into([...FEATURES, 'api', 'app']), 'target and ssh import nothing above them.']),
  layer(within(FEATURES), [into(['api', 'app']), 'A feature imports nothing from api or app.'], pastTheDoor),
  layer(within(['api']), [into(['app']), 'api imports nothing from the shells.']),
  layer(['pi-agent/src/**/*.ts'], ['src-(main|renderer)/', 'The agent stands alone.']),
  {
    files: ['src-main/app/electron/**/*.ts', 'test/**/*.ts', 'test/bench/peers/*.mjs'],
    rules: { 'no-restricted-imports': 'off' },
  },
  layer(
    ['src-renderer/**/*.{ts,svelte}'],
    ['src-main/(?!api/|errors/)', 'The page imports from src-main only api/ and errors/.'],
    [
      'src-main/api/(handlers|channel|workbench|server|services)\\b',
      'The page knows the contract, not who answers it.',
    ],
    ['pi-agent/src/(?!board\\.ts|protocol\\.ts)', 'The page imports from the agent only its board and protocol.'],
  ),
);
