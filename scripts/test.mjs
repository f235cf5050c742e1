import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildIsStale } from './build-is-stale.mjs';
import { ensurePackages, projectDir, run } from './ensure-packages.mjs';
import { ensurePrograms } from './ensure-programs.mjs';

ensurePackages();
const chromium = ensurePrograms();
if (buildIsStale() && run('npm', ['run', '--silent', 'build']) !== 0) process.exit(1);

const results = join(projectDir, 'test-results');
mkdirSync(results, { recursive: true });
const report = join(results, 'vitest.json');
if (existsSync(report)) rmSync(report);
const projects = ['unit', 'integration', 'e2e'].flatMap((name) => ['--project', name]);
const vitest = join(projectDir, 'node_modules', 'vitest', 'vitest.mjs');
const args = [
  'run',
  ...projects,
  '--passWithNoTests',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
];
const code = run(process.execPath, [vitest, ...args, ...process.argv.slice(2)], {
  env: { ...process.env, CHROMIUM_PATH: chromium ?? '' },
});
process.exit(code);
