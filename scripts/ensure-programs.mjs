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
const testPrograms = [
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

/** Without these, the tests that need them are skipped. */
const usefulPrograms = [
  { name: 'busybox', found: () => onPath('busybox'), debian: 'busybox' },
  { name: 'ifconfig', found: () => onPath('ifconfig') || existsSync('/usr/sbin/ifconfig'), debian: 'net-tools' },
];

/** What the benchmarks put beside the app; there, unlike in the tests, the rest runs without them. */
const benchPrograms = [
  { name: 'sshd', found: () => existsSync('/usr/sbin/sshd'), debian: 'openssh-server' },
  { name: 'scp', found: () => onPath('scp'), debian: 'openssh-client' },
  { name: 'ncat', found: () => onPath('ncat'), debian: 'ncat' },
  { name: 'nmap', found: () => onPath('nmap'), debian: 'nmap' },
  { name: 'socat', found: () => onPath('socat'), debian: 'socat' },
  { name: 'ip', found: () => onPath('ip') || existsSync('/usr/sbin/ip'), debian: 'iproute2' },
  { name: 'chromium', found: () => findBrowser() !== undefined, debian: 'chromium' },
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
  const useful = missingOf(usefulPrograms);
  if (useful.length > 0 && (!mayInstall() || install(useful, 'the tests') !== 0)) {
    console.error(howToInstall('Some tests are skipped without', useful));
  }
  const missing = missingOf(testPrograms);
  if (missing.length === 0) return findBrowser();
  if (!mayInstall()) {
    console.error(howToInstall('The tests need', missing));
    console.error('Elsewhere install Chrome or Chromium and OpenSSH, or set CHROMIUM_PATH.');
    process.exit(1);
  }
  const failed = install(missing, 'the tests');
  if (failed !== 0) process.exit(failed);
  return findBrowser();
}

/** The same for the benchmarks, which leave out what they cannot run, and say so. Returns the browser's path, or undefined. */
export function ensureBenchPrograms() {
  const missing = missingOf(benchPrograms);
  if (missing.length > 0 && (!mayInstall() || install(missing, 'the benchmarks') !== 0)) {
    console.error(howToInstall('Some figures need', missing));
  }
  return findBrowser();
}

const missingOf = (programs) => programs.filter((program) => !program.found());

const mayInstall = () => process.getuid?.() === 0 && existsSync('/etc/debian_version');

function howToInstall(lead, missing) {
  const names = missing.map((program) => program.name).join(', ');
  const packages = missing.map((program) => program.debian).join(' ');
  return `${lead} ${names}.\nOn Debian or Raspberry Pi OS: sudo apt-get install ${packages}`;
}

/** 0, or apt-get's exit code. */
function install(missing, purpose) {
  const packages = missing.map((program) => program.debian);
  console.log(`Installing ${packages.join(', ')} for ${purpose}...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', ...packages],
  ]) {
    const done = spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    if (done.status !== 0) {
      console.error(`apt-get ${args[0]} failed.`);
      return done.status ?? 1;
    }
  }
  return 0;
}
