import { join } from 'node:path';
import { ensurePackages, projectDir, run } from './ensure-packages.mjs';
import { writeThirdPartyLicences } from './third-party-licences.mjs';

ensurePackages();
const steps = [
  ['the agent', [join(projectDir, 'pi-agent', 'build.mjs')]],
  [
    'the app',
    [
      join(projectDir, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js'),
      'build',
      '--config',
      'electron.config.ts',
      '--logLevel',
      'warn',
    ],
  ],
];
for (const [what, args] of steps) {
  const code = run(process.execPath, args);
  if (code !== 0) {
    console.error(`Building ${what} failed.`);
    process.exit(code);
  }
}
writeThirdPartyLicences();
