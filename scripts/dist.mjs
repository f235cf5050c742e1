// `npm run dist`: builds the app and its packages for this system into dist/. Flags go to electron-builder, such as
// `--dir` for an unpacked folder only; `--electron-dist DIR` packs an Electron that is there already instead of the
// downloaded one, `--output DIR` puts the result elsewhere, `--runtimes DIR` takes the Nodes for the Pis from there.
import { readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { buildIsStale } from './build-is-stale.mjs';
import { carryRuntimes } from './carry-runtimes.mjs';
import { ensurePackages, projectDir, run } from './ensure-packages.mjs';

const { ours, theirs } = sortFlags(process.argv.slice(2));
const output = resolve(projectDir, ours['--output'] ?? 'dist');

ensurePackages();
if (buildIsStale()) mustRun([join(projectDir, 'scripts', 'build.mjs')]);
try {
  await carryRuntimes(ours['--runtimes'] && resolve(ours['--runtimes']));
} catch (thrown) {
  console.error(`The Node.js for devices that have none could not be packed. ${thrown.message}`);
  process.exit(1);
}
mustRun([
  join(projectDir, 'node_modules', 'electron-builder', 'cli.js'),
  '--publish=never',
  `--config.directories.output=${output}`,
  ...(ours['--electron-dist'] ? [`--config.electronDist=${resolve(ours['--electron-dist'])}`] : []),
  ...theirs,
]);
printSizes();

function sortFlags(flags) {
  const found = { ours: {}, theirs: [] };
  for (let at = 0; at < flags.length; at += 1) {
    if (['--output', '--electron-dist', '--runtimes'].includes(flags[at])) found.ours[flags[at]] = flags[(at += 1)];
    else found.theirs.push(flags[at]);
  }
  return found;
}

function mustRun(args) {
  const code = run(process.execPath, args);
  if (code !== 0) process.exit(code);
}

/** What was made, with its size: packages, and in unpacked folders the archive and the extra resources. */
function printSizes() {
  const worthSaying = /\.(deb|AppImage|dmg|exe|asar)$|resources\/agent\/|resources\/runtimes\//;
  for (const path of list(output)) {
    const name = relative(output, path).replaceAll('\\', '/');
    if (worthSaying.test(name)) console.log(`${name}: ${(statSync(path).size / 1024).toFixed(0)} KiB`);
  }
}

function list(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? list(path) : [path];
  });
}
