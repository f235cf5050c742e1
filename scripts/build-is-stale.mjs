import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from './ensure-packages.mjs';

const sources = [
  'src-main',
  'src-renderer',
  'pi-agent/src',
  'pi-agent/build.mjs',
  'scripts/third-party-licences.mjs',
  'build/licences',
  'electron.config.ts',
  'package.json',
];
const built = [
  'out/main/electron.js',
  'out/main/browser.js',
  'out/main/cli.js',
  'out/preload/preload.cjs',
  'out/renderer/index.html',
  'out/THIRD-PARTY-LICENCES.txt',
  'pi-agent/dist/led-agent.cjs',
];

/** Whether anything built is missing or older than anything it is built from. */
export function buildIsStale() {
  const outputs = built.map((path) => join(projectDir, path));
  if (!outputs.every((path) => existsSync(path))) return true;
  const oldest = Math.min(...outputs.map((path) => statSync(path).mtimeMs));
  return sources.some((path) => newest(join(projectDir, path)) > oldest);
}

function newest(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}
