import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from './ensure-packages.mjs';

/** Sums the reports under test-results/ and ends with the plain line `N passed, N failed`; exit code 1 on any failure. */
const earlierFailures = Number(process.argv[2] ?? 0);
const folder = join(projectDir, 'test-results');
let passed = 0;
let failed = 0;
const reports = existsSync(folder) ? readdirSync(folder).filter((name) => /^vitest.*\.json$/.test(name)) : [];
for (const name of reports) {
  const report = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
}
if (earlierFailures > 0 && failed === 0) failed = earlierFailures;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
