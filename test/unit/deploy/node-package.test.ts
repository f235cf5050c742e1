import { describe, expect, it } from 'vitest';
import { findingsOf, type Finding } from '../../../src-main/deploy/findings.ts';
import { aptFailure, isLocked, noCandidate, parseCandidate } from '../../../src-main/deploy/runtime/node-package.ts';
import { DEFAULT_OPTIONS } from '../../../src-main/deploy/settings.ts';
import { factsWith } from './facts.ts';

/** `apt-cache policy nodejs` of Debian 12, of 11, and of a card that never read what there is. */
const BOOKWORM = 'nodejs:\n  Installed: (none)\n  Candidate: 18.20.4+dfsg-1~deb12u1\n  Version table:\n     18.20.4';
const BULLSEYE = 'nodejs:\n  Installed: (none)\n  Candidate: 12.22.12~dfsg-1~deb11u7\n  Version table:';
const UNREAD = 'nodejs:\n  Installed: (none)\n  Candidate: (none)\n  Version table:';

const ZERO = { uname: 'Linux\n6.6\narmv6l', dpkg: 'armhf', node: '', apt: '/usr/bin/apt-get' };

function nodeFinding(change: Record<string, string | null>, installNode: boolean, isPractice = false): Finding {
  const options = { ...DEFAULT_OPTIONS, installNode };
  const findings = findingsOf(factsWith({ ...ZERO, ...change }), { options, uploadBytes: 1, now: 0, isPractice });
  const found = findings.find(({ id }) => id === 'node');
  if (!found) throw new Error('There is no finding about Node.');
  return found;
}

describe('the candidate of apt', () => {
  it.each([
    [BOOKWORM, '18.20.4+dfsg-1~deb12u1'],
    [BULLSEYE, '12.22.12~dfsg-1~deb11u7'],
    [UNREAD, null],
    ['', null],
    ['N: Unable to locate package nodejs', null],
  ])('in %j is %j', (text, version) => {
    expect(parseCandidate(text)).toBe(version);
  });
});

describe('a Pi Zero without Node', () => {
  it.each([
    ['stops, and offers to install it', { 'apt-node': BOOKWORM }, false, 'stop', 'NODE_ARMV6', true],
    [
      'stops and offers it too when apt has read nothing yet',
      { 'apt-node': UNREAD },
      false,
      'stop',
      'NODE_ARMV6',
      true,
    ],
    ['goes on where the user chose it', { 'apt-node': BOOKWORM }, true, 'warning', '', true],
    ['goes on with a version that is not known yet', { 'apt-node': UNREAD }, true, 'warning', '', true],
    ['stops where the system is too old', { 'apt-node': BULLSEYE }, true, 'stop', 'NODE_PACKAGE_TOO_OLD', undefined],
    ['stops where there is no apt', { apt: '' }, true, 'stop', 'NODE_ARMV6', undefined],
    ['stops where there is no sudo', { sudo: 'missing' }, true, 'stop', 'NODE_ARMV6', undefined],
    [
      'replaces one that is too old',
      { node: '/usr/bin/node\t0\tv10.24.0\tarm\t/usr/bin/node', 'apt-node': BOOKWORM },
      true,
      'warning',
      '',
      true,
    ],
    [
      'does without when it has one',
      { node: '/usr/bin/node\t0\tv18.19.0\tarm\t/usr/bin/node' },
      true,
      'good',
      '',
      undefined,
    ],
  ] as const)('%s', (_name, change, installNode, level, code, canInstallNode) => {
    const { level: found, code: why, canInstallNode: offered } = nodeFinding(change, installNode);
    expect([found, why, offered]).toEqual([level, code, canInstallNode]);
  });

  it('is told the version that apt will install', () => {
    expect(nodeFinding({ 'apt-node': BOOKWORM }, true).text).toBe('apt will install 18.20.4+dfsg-1~deb12u1 first.');
    expect(nodeFinding({ 'apt-node': UNREAD }, true).text).toBe("apt will install the system's own first.");
  });

  it('is told the version that is too old, and what to do', () => {
    expect(nodeFinding({ 'apt-node': BULLSEYE }, true)).toMatchObject({
      text: 'Its system offers only Node.js 12.22.12~dfsg-1~deb11u7, and 18 or newer is needed.',
      hint: 'Put a newer Raspberry Pi OS on its card: Bookworm or later.',
    });
  });

  it('never has packages installed when it is this computer', () => {
    expect(nodeFinding({ 'apt-node': BOOKWORM }, true, true)).toMatchObject({ level: 'stop', code: 'NODE_ARMV6' });
  });
});

describe('a Pi that a Node can be brought to', () => {
  it('is brought one even where apt was chosen: nothing is installed without need', () => {
    const pi4 = { ...ZERO, uname: 'Linux\n6.6\naarch64', dpkg: 'arm64', gzip: '/usr/bin/gzip', 'apt-node': BOOKWORM };
    expect(nodeFinding(pi4, true)).toMatchObject({ level: 'good', text: expect.stringContaining('along') });
  });
});

/** Words of apt 2.6, of Debian 12. */
const OFFLINE = [
  'Err:1 http://raspbian.raspberrypi.com/raspbian bookworm InRelease',
  "  Temporary failure resolving 'raspbian.raspberrypi.com'",
  'W: Some index files failed to download. They have been ignored, or old ones used instead.',
].join('\n');
const LISTS_LOCK = [
  'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 812 (apt-get)',
  'E: Unable to lock directory /var/lib/apt/lists/',
].join('\n');
const DPKG_LOCK = [
  'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 903 (unattended-upgr)',
  'E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?',
].join('\n');
/** Of a run that got the lock in the end, and of one that did not. */
const WAITED = [
  'Reading package lists...',
  'Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 903 (unattended-upgr)...',
].join('\n');
const INSTALLED = `${WAITED}\nSetting up nodejs (18.20.4+dfsg-1~deb12u1) ...`;
const GAVE_UP = `${WAITED}\n${DPKG_LOCK}`;

describe('the words of apt', () => {
  it.each([
    [OFFLINE, 'APT_OFFLINE'],
    ['E: Failed to fetch http://x/n.deb  Could not connect to x:80 (10.0.0.1), connection timed out', 'APT_OFFLINE'],
    [LISTS_LOCK, 'APT_BUSY'],
    [DPKG_LOCK, 'APT_BUSY'],
    [`${WAITED}\n${OFFLINE}`, 'APT_OFFLINE'],
    ["E: You don't have enough free space in /var/cache/apt/archives/.", 'DISK_FULL'],
    ["E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.", 'APT_BROKEN'],
    ['E: Sub-process /usr/bin/dpkg returned an error code (1)', 'APT_FAILED'],
  ])('%j mean %s', (output, code) => {
    expect(aptFailure(output)).toMatchObject({ code, cause: expect.stringContaining(output.split('\n').at(-1) ?? '') });
  });

  it.each([
    [OFFLINE, 'APT_OFFLINE'],
    [LISTS_LOCK, 'APT_BUSY'],
    ['Reading package lists...', 'NODE_PACKAGE_MISSING'],
  ])('%j, with no candidate, mean %s', (output, code) => {
    expect(noCandidate(`${output}\n${UNREAD}`)).toMatchObject({ code });
  });

  it('tell a lock, which is waited for, from everything else', () => {
    const outputs = [LISTS_LOCK, DPKG_LOCK, GAVE_UP, INSTALLED, OFFLINE, BOOKWORM];
    expect(outputs.map(isLocked)).toEqual([true, true, true, false, false, false]);
  });
});
