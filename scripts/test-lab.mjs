// `npm run test:lab`: builds the container Pi when it is missing and runs the tests of test/lab in it; `-- --prepare` only builds.
// Where it cannot run, it says why; in CI (CI=true) that is a failure, elsewhere it is not.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIsStale } from './build-is-stale.mjs';
import { ensureLabPrograms } from './ensure-programs.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const script = join(root, 'test/lab/container/pi-container.sh');
const PARTS = ['bookworm', 'trixie', 'node', 'dropbear', 'polkit', 'avahi'];

const reason = whyNot();
if (reason !== null) {
  console.log(`The container Pi cannot run here: ${reason}. 0 lab tests were run.`);
  process.exit(process.env.CI === 'true' ? 1 : 0);
}
ensureLabPrograms();
must(script, ['build', ...PARTS]);
if (process.argv.includes('--prepare')) process.exit(0);
if (buildIsStale()) must('npm', ['run', '--silent', 'build']);
must('npx', ['vitest', 'run', '--project', 'lab', ...process.argv.slice(2)]);

/** Why the lab cannot run on this machine, or null. */
function whyNot() {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid?.() !== 0) return 'it needs root';
  if (!existsSync('/etc/debian_version')) return 'it needs Debian';
  if (!existsSync('/dev/fuse')) return 'there is no /dev/fuse for its GPIO';
  const namespaces = spawnSync('unshare', [
    '--mount',
    '--net',
    '--pid',
    '--fork',
    '--uts',
    '--ipc',
    '--cgroup',
    'true',
  ]);
  if (namespaces.status !== 0) return `namespaces are refused (${String(namespaces.stderr).trim()})`;
  return null;
}

function must(program, args) {
  const done = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (done.error) throw done.error;
  if (done.status !== 0) process.exit(done.status ?? 1);
}
