// `npm start`: builds the app when it is missing or older than its sources and opens it. Flags:
//   --browser    in a browser window, even where Electron is there
//   others       passed on; see `npm start -- --help`
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildIsStale } from './build-is-stale.mjs';
import { ensurePackages, projectDir, run } from './ensure-packages.mjs';

const flags = process.argv.slice(2);
const browserOnly = ['--browser', '--no-open', '--help', '-h', '--version'];
const inProject = (...parts) => join(projectDir, ...parts);

ensurePackages();
if (buildIsStale()) {
  console.log('Building the app...');
  const code = run(process.execPath, [inProject('scripts', 'build.mjs')]);
  if (code !== 0) process.exit(code);
}
const electron = flags.some((flag) => browserOnly.includes(flag)) ? null : findElectron();
if (electron) open(electron, [projectDir, ...flags]);
else open(process.execPath, [inProject('out', 'main', 'browser.js'), ...flags]);

/** The path of Electron's binary, fetched when it is missing; null, having said why, when it cannot be used here. */
function findElectron() {
  const why = whyNoWindow() ?? fetchElectron() ?? whyNoSandbox();
  if (why === null) return createRequire(import.meta.url)('electron');
  console.log(`Electron ${why}, so the app opens in the browser instead.`);
  return null;
}

function whyNoWindow() {
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return 'finds no display';
  if (process.getuid?.() === 0) return 'does not run as root';
  return null;
}

/** Runs the electron package's own installer, which does nothing when the right version is there already. */
function fetchElectron() {
  const packageDir = inProject('node_modules', 'electron');
  if (!existsSync(join(packageDir, 'dist'))) console.log('Fetching Electron (once)...');
  const done = spawnSync(process.execPath, [join(packageDir, 'install.js')], {
    cwd: projectDir,
    stdio: ['ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
  });
  if (done.status === 0) return null;
  const reason = /\bE[A-Z]{4,}\b|Error: (.*)/.exec(done.stderr);
  return `cannot be fetched (${(reason?.[1] ?? reason?.[0] ?? 'unknown reason').trim()})`;
}

/**
 * Ubuntu 24.04 and newer let only programs with an AppArmor profile make the name spaces of Chromium's sandbox, and a
 * folder of a project has none (electron/electron#42510). The sandbox is never turned off for that.
 */
function whyNoSandbox() {
  if (process.platform !== 'linux') return null;
  const restricted = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns';
  if (!existsSync(restricted) || readFileSync(restricted, 'utf8').trim() !== '1') return null;
  const helper = statSync(inProject('node_modules', 'electron', 'dist', 'chrome-sandbox'), { throwIfNoEntry: false });
  if (helper?.uid === 0 && (helper.mode & 0o4000) !== 0) return null;
  return "may not make its sandbox here (AppArmor's rule for user name spaces)";
}

function open(program, args) {
  const child = spawn(program, args, { cwd: projectDir, stdio: 'inherit' });
  // Ctrl-C in a terminal reaches the child by itself; a signal sent to this process alone does not.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => undefined);
  child.on('error', (error) => {
    console.error(`${program} cannot be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
