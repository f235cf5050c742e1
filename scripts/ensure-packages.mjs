import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const projectDir = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs a program in the project's folder with its output shown; returns its exit code. */
export function run(program, args, options = {}) {
  const windowsScript = process.platform === 'win32' && program === 'npm';
  const done = spawnSync(program, args, { cwd: projectDir, stdio: 'inherit', shell: windowsScript, ...options });
  if (done.error) throw done.error;
  return done.status ?? 1;
}

/** Installs the packages of the lock file when they are missing or older than it. */
export function ensurePackages() {
  const lock = join(projectDir, 'package-lock.json');
  const installed = join(projectDir, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.log('Installing packages (npm ci)...');
  const code = run('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error']);
  if (code !== 0) {
    console.error('npm ci failed. Check the Internet connection and run the same command again.');
    process.exit(code);
  }
}
