// `npm run screenshots`: builds the app and takes the documentation's pictures, by the browser test that does the main
// job. Uses TCP ports 1234 and 1235 of this computer, so that the pictures show the usual ones.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages, projectDir, run } from './ensure-packages.mjs';
import { ensurePrograms } from './ensure-programs.mjs';

ensurePackages();
const chromium = ensurePrograms();
const built = run('npm', ['run', '--silent', 'build']);
if (built !== 0) process.exit(built);

const pictures = join(projectDir, 'docs', 'pictures');
rmSync(pictures, { recursive: true, force: true });
const vitest = join(projectDir, 'node_modules', 'vitest', 'vitest.mjs');
const code = run(process.execPath, [vitest, 'run', '--project', 'e2e', 'test/e2e/main-job.test.ts'], {
  env: { ...process.env, CHROMIUM_PATH: chromium ?? '', DOC_PICTURES: pictures },
});
process.exit(code);
