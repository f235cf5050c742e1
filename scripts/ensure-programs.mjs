import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const browsers = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

const findBrowser = () => browsers.find((path) => path && existsSync(path));

/** What the tests run for real, with the Debian package that brings each. */
const programs = [
  { name: 'chromium', found: () => findBrowser() !== undefined, debian: 'chromium' },
  { name: 'sshd', found: () => existsSync('/usr/sbin/sshd'), debian: 'openssh-server' },
  { name: 'ssh-keygen', found: () => onPath('ssh-keygen'), debian: 'openssh-client' },
  { name: 'nc', found: () => onPath('nc'), debian: 'netcat-openbsd' },
  { name: 'socat', found: () => onPath('socat'), debian: 'socat' },
  { name: 'openssl', found: () => onPath('openssl'), debian: 'openssl' },
  { name: 'tshark', found: () => onPath('tshark'), debian: 'tshark' },
  { name: 'python3', found: () => onPath('python3'), debian: 'python3' },
  { name: 'ip', found: () => onPath('ip') || existsSync('/usr/sbin/ip'), debian: 'iproute2' },
];

function onPath(name) {
  return (process.env.PATH ?? '')
    .split(process.platform === 'win32' ? ';' : ':')
    .some((dir) => existsSync(`${dir}/${name}`));
}

/**
 * Makes sure that the programs the tests run are there: installs Debian's packages when run as root on Debian, else says
 * how to get what is missing. Returns the browser's path, or undefined.
 */
export function ensurePrograms() {
  const missing = programs.filter((program) => !program.found());
  if (missing.length === 0) return findBrowser();
  const packages = missing.map((program) => program.debian);
  const mayInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version');
  if (!mayInstall) {
    console.error(`The tests need ${missing.map((program) => program.name).join(', ')}.`);
    console.error(`On Debian or Raspberry Pi OS: sudo apt-get install ${packages.join(' ')}`);
    console.error('Elsewhere install Chrome or Chromium and OpenSSH, or set CHROMIUM_PATH.');
    process.exit(1);
  }
  console.log(`Installing ${packages.join(', ')} for the tests...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', ...packages],
  ]) {
    const done = spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    if (done.status !== 0) {
      console.error(`apt-get ${args[0]} failed.`);
      process.exit(done.status ?? 1);
    }
  }
  return findBrowser();
}
