import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src-main/errors/index.ts';
import { judgeAccess, judgeListening, judgePin } from '../../../src-main/doctor/interpret/agent.ts';
import { judgeCard, judgeDisk, judgePower } from '../../../src-main/doctor/interpret/board.ts';
import { judgeClock } from '../../../src-main/doctor/interpret/machine.ts';
import { judgeName, judgeNeighbour, judgePath, pathTo } from '../../../src-main/doctor/interpret/reach.ts';
import { judgeTcp } from '../../../src-main/doctor/interpret/tcp.ts';
import { judgeBanner, judgeHostKey } from '../../../src-main/doctor/interpret/ssh.ts';
import { parseSocketAddress } from '../../../src-main/doctor/probes/listening.ts';
import { conclude, type DoctorStep } from '../../../src-main/doctor/report.ts';
import { explainText, type NetworkSnapshot } from '../../../src-main/network/index.ts';

const here: NetworkSnapshot = explainText(
  [
    '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500',
    '    inet 192.168.50.20/24 brd 192.168.50.255 scope global eth0',
    '3: wg0: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1420',
    '    inet 10.8.0.2/24 scope global wg0',
    '',
    'default via 192.168.50.1 dev eth0 metric 100',
    '10.0.0.0/8 via 10.8.0.1 dev wg0',
    '192.168.50.0/24 dev eth0 scope link',
  ].join('\n'),
).snapshot;

describe('the way to an address', () => {
  test.each([
    ['192.168.50.7', 'same-subnet', 'good', 'both in 192.168.50.0/24'],
    ['192.168.50.20', 'own', 'good', 'this computer itself'],
    ['127.0.0.1', 'own', 'good', 'this computer itself'],
    ['10.20.30.40', 'routed', 'good', 'through the gateway 10.8.0.1'],
    ['93.184.216.34', 'routed', 'good', 'through the gateway 192.168.50.1'],
    ['192.168.1.7', 'routed', 'warning', 'through the gateway 192.168.50.1'],
    ['fd00::7', 'none', 'bad', 'no way to fd00::7'],
  ])('%s', (address, kind, verdict, words) => {
    const path = pathTo(address, here);
    const finding = judgePath(address, path);
    expect([path.kind, finding.verdict]).toEqual([kind, verdict]);
    expect(finding.text).toContain(words);
  });

  test('is not known where the routes were not read', () => {
    const path = pathTo('8.8.8.8', { ...here, routes: null });
    expect(judgePath('8.8.8.8', path).verdict).toBe('unknown');
  });

  test('to a self-assigned address is explained', () => {
    const path = pathTo('169.254.3.4', { ...here, routes: [] });
    expect(judgePath('169.254.3.4', path)).toMatchObject({ verdict: 'bad' });
    expect(judgePath('169.254.3.4', path).text).toContain('gives itself when no router hands one out');
  });
});

describe('refused, filtered and time-out are told apart', () => {
  const facts = { address: '192.168.50.7', port: 22, durationMs: 5 };
  test.each([
    ['ECONNREFUSED', true, 'Refused:'],
    ['ECONNREFUSED', null, 'Refused:'],
    ['ETIMEDOUT', true, 'Filtered:'],
    ['ETIMEDOUT', false, 'Time-out:'],
    ['ETIMEDOUT', null, 'Time-out:'],
    ['EHOSTUNREACH', true, 'Filtered:'],
    ['EHOSTUNREACH', false, 'Unreachable:'],
    ['EACCES', null, 'Filtered:'],
    ['ENETUNREACH', null, 'Unreachable:'],
    ['ECONNRESET', null, 'Reset:'],
    ['EWHATEVER', null, '192.168.50.7 port 22 could not be reached (EWHATEVER)'],
  ] as const)('%s, machine there: %s', (code, isThere, start) => {
    const finding = judgeTcp({ ...facts, code, isThere });
    expect(finding.text.startsWith(start)).toBe(true);
    expect(finding.verdict).toBe('bad');
    expect(finding.advice).not.toBe('');
  });
});

test.each([
  [22, 'SSH is off', 'sudo systemctl enable --now ssh'],
  [2222, 'SSH usually listens on port 22', "sudo sshd -T | grep '^port '"],
  [1234, 'Port 1234 is that of the LED agent', "sudo sshd -T | grep '^port '"],
  [80, 'Port 80 is that of web pages', "sudo sshd -T | grep '^port '"],
])('what is advised where port %i refuses fits the port', (port, advice, command) => {
  const finding = judgeTcp({ address: '192.168.50.7', port, code: 'ECONNREFUSED', durationMs: 5, isThere: true });
  expect(finding.advice).toContain(advice);
  expect(finding.action).toMatchObject({ kind: 'command', command });
});

test('a firewall is to let in the port that is asked, whichever it is', () => {
  const facts = { address: '192.168.50.7', port: 2222, durationMs: 5, isThere: true };
  for (const code of ['ETIMEDOUT', 'EHOSTUNREACH']) {
    expect(judgeTcp({ ...facts, code }).action).toMatchObject({ command: 'sudo ufw allow 2222/tcp' });
  }
});

test.each([
  ['not-found', 'raspberrypi.local', 'no device on this network answers'],
  ['not-found', 'pi.example.org', 'not known'],
  ['unusable', 'pi.example.org', 'by no address that can be connected to'],
  ['silent', 'pi.example.org', 'not answered in time'],
  ['failed', 'pi.example.org', 'could not be looked up'],
] as const)('a name that is %s: %s', (outcome, host, words) => {
  const finding = judgeName({ host, outcome, via: null, addresses: [], lastAddress: null, evidence: [] });
  expect(finding).toMatchObject({ verdict: 'bad', action: { kind: 'dns' } });
  expect(finding.text).toContain(words);
});

test('a neighbour that is a Pi is named as one, one that failed is not there, one not asked is unknown', () => {
  const one = { family: 'ipv4' as const, address: '192.168.50.7', interface: 'eth0' };
  const judge = (mac: string | null, state: 'reachable' | 'failed' | 'incomplete') =>
    judgeNeighbour('192.168.50.7', { readable: true, neighbour: { ...one, mac, state } });
  expect(judge('dc:a6:32:00:00:01', 'reachable').text).toContain('a Raspberry Pi’s');
  expect([judge(null, 'failed').verdict, judge('dc:a6:32:00:00:01', 'failed').verdict]).toEqual(['bad', 'bad']);
  expect(judge(null, 'incomplete').verdict).toBe('bad');
  expect(judgeNeighbour('192.168.50.7', { readable: true, neighbour: null }).verdict).toBe('unknown');
  expect(judgeNeighbour('192.168.50.7', { readable: false, neighbour: null }).verdict).toBe('unknown');
});

test.each([
  ['SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3', 'good', 'OpenSSH 9.2p1 on Debian'],
  ['SSH-2.0-dropbear_2022.83', 'good', 'dropbear 2022.83'],
  ['SSH-1.99-OpenSSH_3.4p1', 'good', 'OpenSSH 3.4p1'],
  ['SSH-1.5-Cisco', 'bad', 'only the old version 1'],
])('the banner %s', (line, verdict, words) => {
  const finding = judgeBanner({ port: 22, kind: 'identified', line, waitedMs: 10 });
  expect(finding.verdict).toBe(verdict);
  expect(finding.text).toContain(words);
});

test('a revoked key is never to be signed in to, and a second type of key is no change', () => {
  const key = { fingerprint: 'SHA256:x', type: 'ED25519', error: null };
  expect(judgeHostKey({ ...key, verdict: { kind: 'revoked', file: 'known_hosts', line: 3 } })).toMatchObject({
    verdict: 'bad',
    action: null,
  });
  const others = [{ type: 'ssh-rsa', fingerprint: 'SHA256:y', file: 'known_hosts', line: 1 }];
  expect(judgeHostKey({ ...key, verdict: { kind: 'new', others } })).toMatchObject({ verdict: 'good' });
});

test.each([
  [0x0, 'good'],
  [0x1, 'bad'],
  [0x4, 'warning'],
  [0x8, 'warning'],
  [0x2, 'warning'],
  [0x10000, 'warning'],
  [0x80000, 'warning'],
  [0x50005, 'bad'],
])('throttled=0x%i is %s', (flags, verdict) => {
  expect(judgePower({ flags, complaint: '' }).verdict).toBe(verdict);
});

test.each([
  [0, 'good'],
  [-59, 'good'],
  [61, 'bad'],
  [-90_000_000, 'bad'],
  [null, 'unknown'],
])('a clock that is %s s ahead is %s', (aheadSeconds, verdict) => {
  expect(judgeClock({ aheadSeconds, synchronised: null }).verdict).toBe(verdict);
});

test.each([
  [-0.3, '0 s'],
  [2.6, '+3 s'],
  [-59, '-59 s'],
])('a clock that is %s s ahead is %s off', (aheadSeconds, off) => {
  const { evidence } = judgeClock({ aheadSeconds, synchronised: null });
  expect(evidence).toContain(`${off} against this computer`);
});

test('a disk is full, nearly full, out of files, or has space; not read is unknown', () => {
  const disk = (freeKiB: number, freeFiles: number | null = null, totalKiB = 30_000_000) =>
    judgeDisk({ disks: [{ mount: '/', totalKiB, freeKiB, freeFiles }] }).verdict;
  expect([disk(0), disk(1000), disk(100_000), disk(5_000_000), disk(5_000_000, 3)]).toEqual([
    'bad',
    'bad',
    'warning',
    'good',
    'bad',
  ]);
  expect(judgeDisk({ disks: [] }).verdict).toBe('unknown');
});

test('a root that is read-only is told, an overlay is warned of', () => {
  const card = { writable: true, writeError: '', kernelErrors: [], rootType: 'ext4', rootOptions: 'rw,noatime' };
  expect(judgeCard(card).verdict).toBe('good');
  expect(judgeCard({ ...card, rootOptions: 'ro,noatime' })).toMatchObject({ verdict: 'bad' });
  expect(judgeCard({ ...card, rootType: 'overlay' }).verdict).toBe('warning');
  // An option that only begins like it is not it.
  expect(judgeCard({ ...card, rootOptions: 'rw,errors=remount-ro' }).verdict).toBe('good');
  expect(judgeCard({ ...card, writable: false, writeError: 'Permission denied' })).toMatchObject({ verdict: 'bad' });
});

test('where a port listens is read from the kernel’s bytes', () => {
  expect(parseSocketAddress('0100007F:04D2')).toBe('127.0.0.1');
  expect(parseSocketAddress('00000000:04D2')).toBe('0.0.0.0');
  expect(parseSocketAddress('00000000000000000000000001000000:04D2')).toBe('::1');
  expect(parseSocketAddress('B80D01200000000067452301EFCDAB89:0016')).toBe('2001:db8::123:4567:89ab:cdef');
  expect(parseSocketAddress('nonsense')).toBeNull();
});

test('a port meant for SSH alone that listens everywhere is warned of', () => {
  expect(judgeListening({ port: 1234, addresses: ['0.0.0.0'], access: 'ssh-only' }).verdict).toBe('warning');
  expect(judgeListening({ port: 1234, addresses: ['127.0.0.1'], access: 'ssh-only' }).verdict).toBe('good');
  expect(judgeListening({ port: 1234, addresses: null, access: 'local' }).verdict).toBe('unknown');
});

test('an agent that answers only by the detour is warned of, with the reason', () => {
  const base = { access: 'local' as const, port: 1234, route: 'tunnel' as const, error: null };
  const refused = judgeAccess({ ...base, directError: new AppError('AGENT_REFUSED', 'No.') });
  expect(refused).toMatchObject({ verdict: 'warning' });
  expect(refused.text).toContain('lets nobody in from this computer’s address');
  const lost = judgeAccess({ ...base, directError: new AppError('ETIMEDOUT', 'No answer.') });
  expect(lost.advice).toContain('firewall');
});

test('a pin that stays, and one that does not come back, are both told', () => {
  const pin = { driver: 'onoff', headerPin: 13, bcm: 27, error: null, moving: false };
  expect(judgePin({ ...pin, levels: ['OFF', 'ON', 'OFF'] }).verdict).toBe('good');
  expect(judgePin({ ...pin, levels: ['OFF', 'OFF', 'OFF'] }).verdict).toBe('bad');
  expect(judgePin({ ...pin, levels: ['OFF', 'ON', 'ON'] }).verdict).toBe('bad');
});

describe('the outcome in a sentence', () => {
  const step = (id: DoctorStep['id'], state: DoctorStep['state']): DoctorStep => ({
    id,
    title: id.toUpperCase(),
    from: 'here',
    state,
    text: 'Found.',
    advice: '',
    action: null,
    evidence: [],
    durationMs: 1,
  });

  test.each([
    [[step('name', 'good'), step('tcp', 'bad'), step('banner', 'bad')], 'tcp', 'The chain breaks at “TCP”. Found.'],
    [
      [step('name', 'good'), step('sign-in', 'unknown')],
      null,
      'Every link up to the sign-in holds. Sign in to look at the rest.',
    ],
    [
      [step('name', 'good'), step('power', 'unknown')],
      null,
      'Every link of the chain holds. One link could not be looked at.',
    ],
    [[step('name', 'good'), step('power', 'good')], null, 'Every link of the chain holds.'],
    [
      [step('clock', 'warning'), step('power', 'warning')],
      null,
      'Every link of the chain holds. 2 links are worth a look.',
    ],
  ] as const)('%#', (steps, broken, summary) => {
    expect(conclude(steps)).toEqual({ broken, summary });
  });
});
