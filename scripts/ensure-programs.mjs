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

/** Programs that are run for real, each with the Debian package that brings it. */
const programs = {
  chromium: { debian: 'chromium', found: () => findBrowser() !== undefined },
  sshd: { debian: 'openssh-server', found: () => existsSync('/usr/sbin/sshd') },
  'ssh-keygen': { debian: 'openssh-client' },
  scp: { debian: 'openssh-client' },
  nc: { debian: 'netcat-openbsd' },
  ncat: { debian: 'ncat' },
  nmap: { debian: 'nmap' },
  socat: { debian: 'socat' },
  openssl: { debian: 'openssl' },
  tshark: { debian: 'tshark' },
  python3: { debian: 'python3' },
  ip: { debian: 'iproute2' },
  busybox: { debian: 'busybox' },
  ifconfig: { debian: 'net-tools' },
  'ansible-playbook': { debian: 'ansible-core' },
};

const testPrograms = ['chromium', 'sshd', 'ssh-keygen', 'nc', 'socat', 'openssl', 'tshark', 'python3', 'ip'];
/** What the tests in the container Pi run besides. */
const labPrograms = ['ansible-playbook', 'ssh-keygen'];
/** Without these, the tests that need them are skipped. */
const usefulPrograms = ['busybox', 'ifconfig'];
/** What the benchmarks put beside the app; there, unlike in the tests, the rest runs without them. */
const benchPrograms = ['chromium', 'sshd', 'scp', 'ncat', 'nmap', 'socat', 'ip'];

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
  requirePrograms(testPrograms);
  return findBrowser();
}

/** The same for the tests in the container Pi, which run as root on Debian. */
export function ensureLabPrograms() {
  requirePrograms(labPrograms);
}

function requirePrograms(names) {
  const missing = missingOf(names);
  if (missing.length === 0) return;
  if (!mayInstall()) {
    console.error(howToInstall('The tests need', missing));
    console.error('Elsewhere install Chrome or Chromium and OpenSSH, or set CHROMIUM_PATH.');
    process.exit(1);
  }
  const failed = install(missing, 'the tests');
  if (failed !== 0) process.exit(failed);
}

/** The same for the benchmarks, which leave out what they cannot run, and say so. Returns the browser's path, or undefined. */
export function ensureBenchPrograms() {
  const missing = missingOf(benchPrograms);
  if (missing.length > 0 && (!mayInstall() || install(missing, 'the benchmarks') !== 0)) {
    console.error(howToInstall('Some figures need', missing));
  }
  return findBrowser();
}

/** An ordinary user's PATH may lack the folder of some. */
const isThere = (name) => programs[name].found?.() ?? (onPath(name) || existsSync(`/usr/sbin/${name}`));

const missingOf = (names) => names.filter((name) => !isThere(name));

const mayInstall = () => process.getuid?.() === 0 && existsSync('/etc/debian_version');

function howToInstall(lead, missing) {
  const packages = missing.map((name) => programs[name].debian).join(' ');
  return `${lead} ${missing.join(', ')}.\nOn Debian or Raspberry Pi OS: sudo apt-get install ${packages}`;
}

/** 0, or apt-get's exit code. */
function install(missing, purpose) {
  const packages = missing.map((name) => programs[name].debian);
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
