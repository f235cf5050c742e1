import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { NetworkInterface, NetworkSnapshot, Route } from '../../../src-main/network/index.ts';
import { OFFLINE_PROGRAMS } from '../support/offline-programs.ts';
import { connectTarget } from '../support/ssh-target.ts';
import { startSshd } from '../support/sshd.ts';
import { examine, machineWith } from './support.ts';

/** What the device tells of its network, changed; this computer's stays as it is. */
const there =
  (change: (real: NetworkSnapshot) => NetworkSnapshot) =>
  (deviceId: string | null, real: NetworkSnapshot): NetworkSnapshot =>
    deviceId === null ? real : change(real);

const eth0 = (over: Partial<NetworkInterface>): NetworkInterface => ({
  name: 'eth0',
  altNames: [],
  index: 2,
  kind: 'ethernet',
  mac: 'dc:a6:32:12:34:56',
  mtu: 1500,
  flags: ['UP'],
  state: 'up',
  carrier: true,
  addresses: [],
  counters: null,
  txQueueLength: null,
  speedMbps: null,
  duplex: null,
  master: null,
  parent: null,
  vlanId: null,
  wifi: null,
  problems: [],
  ...over,
});

const address = (text: string, prefix = 24): NetworkInterface['addresses'][number] => ({
  family: 'ipv4',
  address: text,
  prefix,
  mask: null,
  invalidMask: null,
  broadcast: null,
  peer: null,
  scope: 'global',
  label: null,
  marks: [],
  validSeconds: null,
});

const defaultVia = (gateway: string): Route => ({
  family: 'ipv4',
  destination: 'default',
  gateway,
  interface: 'lo',
  metric: 100,
  from: null,
  protocol: 'dhcp',
  type: 'unicast',
  linkDown: false,
});

describe('on the device', () => {
  test('no cable and no Wi-Fi', async () => {
    const { report, step } = await examine({
      target: await machineWith({}),
      device: { kind: 'practice' },
      network: there((real) => ({ ...real, interfaces: [eth0({ carrier: false })] })),
    });
    expect(report.broken).toBe('link');
    expect(step('link')).toMatchObject({ state: 'bad', action: { kind: 'open', tab: 'network' } });
    expect(step('link').advice).toContain('cable');
  });

  test('an address it gave itself is explained', async () => {
    const { report, step } = await examine({
      target: await machineWith({}),
      device: { kind: 'practice' },
      network: there((real) => ({ ...real, interfaces: [eth0({ addresses: [address('169.254.12.7', 16)] })] })),
    });
    expect(report.broken).toBe('address');
    expect(step('address').text).toContain('169.254.x.x is what a machine takes when DHCP does not answer');
    expect(step('address').advice).toContain('router');
  });

  test('no gateway', async () => {
    const { step } = await examine({
      target: await machineWith({}),
      device: { kind: 'practice' },
      network: there((real) => ({ ...real, routes: [] })),
    });
    expect(step('gateway')).toMatchObject({ state: 'bad' });
    expect(step('gateway').advice).toContain('DHCP');
  });

  test('a gateway that does not answer, and one that answers', async () => {
    const asked = async (ping: string): Promise<string> => {
      const { step } = await examine({
        target: await machineWith({ ping, ip: 'exit 0' }),
        device: { kind: 'practice' },
        network: there((real) => ({ ...real, routes: [defaultVia('127.0.0.77')] })),
      });
      return `${step('gateway').state}: ${step('gateway').text}`;
    };
    expect(await asked('exit 1')).toBe('bad: The gateway 127.0.0.77 does not answer.');
    expect(await asked('exit 0')).toBe('good: The gateway 127.0.0.77 answers.');
  });

  test('a gateway that answers no pings but is a neighbour', async () => {
    const { step } = await examine({
      target: await machineWith({
        ping: 'exit 1',
        ip: 'echo "127.0.0.77 dev eth0 lladdr 00:11:22:33:44:55 REACHABLE"',
      }),
      device: { kind: 'practice' },
      network: there((real) => ({ ...real, routes: [defaultVia('127.0.0.77')] })),
    });
    expect(step('gateway')).toMatchObject({ state: 'good' });
    expect(step('gateway').text).toContain('00:11:22:33:44:55');
  });

  test.each([
    ['that answers', 'echo "93.184.216.34   STREAM raspberrypi.com"', 'good', 'raspberrypi.com is 93.184.216.34'],
    ['that keeps silent', 'exit 124', 'bad', 'No answer from'],
    ['that knows no address', 'exit 2', 'warning', 'gave no address'],
  ])('a DNS server %s', async (_, getent, state, text) => {
    const { step } = await examine({ target: await machineWith({ getent }), device: { kind: 'practice' } });
    expect(step('dns').state).toBe(state);
    expect(step('dns').text).toContain(text);
  });

  test('no DNS server at all', async () => {
    const { step } = await examine({
      target: await machineWith({ getent: 'exit 2' }),
      device: { kind: 'practice' },
      network: there((real) => ({
        ...real,
        dns: { servers: [], stub: null, behindStubKnown: true, search: [], managedBy: null },
      })),
    });
    expect(step('dns')).toMatchObject({ state: 'bad' });
    expect(step('dns').text).toContain('no DNS server');
  });

  test('a clock that is days behind', async () => {
    const then = Math.floor(Date.now() / 1000) - 5 * 86_400;
    const { step } = await examine({
      target: await machineWith({ date: `echo ${then}`, timedatectl: 'echo no' }),
      device: { kind: 'practice' },
    });
    expect(step('clock')).toMatchObject({ state: 'bad', text: 'Its clock is 5 days behind this computer’s.' });
    expect(step('clock').action).toMatchObject({ command: 'sudo timedatectl set-ntp true' });
  });

  test('a clock that is right but not kept right', async () => {
    const { step } = await examine({
      target: await machineWith({ timedatectl: 'echo no' }),
      device: { kind: 'practice' },
    });
    expect(step('clock')).toMatchObject({ state: 'warning' });
  });

  test.each([
    ['under-voltage now', 'throttled=0x50005', 'bad', 'Under-voltage now'],
    ['under-voltage before', 'throttled=0x50000', 'warning', 'at times'],
    ['throttled now by heat', 'throttled=0xe0008', 'warning', 'too hot'],
    ['nothing', 'throttled=0x0', 'good', 'enough'],
    ['a firmware that may not be asked', 'VCHI initialization failed', 'unknown', 'could not be asked'],
  ])('power: %s', async (_, printed, state, text) => {
    const { step } = await examine({
      target: await machineWith({ vcgencmd: `echo "${printed}"` }),
      device: { kind: 'practice' },
    });
    expect(step('power').state).toBe(state);
    expect(step('power').text).toContain(text);
  });

  test('a full disk', async () => {
    const df = `case "$1" in
-Pk) echo "Filesystem 1024-blocks Used Available Capacity Mounted on"; echo "/dev/root 30000000 29990000 3072 100% /" ;;
-Pi) echo "Filesystem Inodes IUsed IFree IUse% Mounted on"; echo "/dev/root 1900000 100000 1800000 6% /" ;;
esac`;
    const { step } = await examine({ target: await machineWith({ df }), device: { kind: 'practice' } });
    expect(step('disk')).toMatchObject({ state: 'bad', text: 'The disk is full: 3 MiB are left on /.' });
    expect(step('disk').action).toMatchObject({ kind: 'command' });
  });

  test('a disk with space on which no more files can be made', async () => {
    const df = `case "$1" in
-Pk) echo "h"; echo "/dev/root 30000000 1000000 29000000 4% /" ;;
-Pi) echo "h"; echo "/dev/root 1900000 1900000 0 100% /" ;;
esac`;
    const { step } = await examine({ target: await machineWith({ df }), device: { kind: 'practice' } });
    expect(step('disk').text).toBe('No more files can be made on /, although there is space.');
  });

  test('a start-up file that talks, over real SSH, changes nothing of what is found', async () => {
    const sshd = await startSshd({
      bashrc: 'echo "hello from bashrc"; echo "throttled=0x50005"\n',
      programs: { ...OFFLINE_PROGRAMS, vcgencmd: '#!/bin/sh\necho throttled=0x0\n' },
    });
    onTestFinished(() => sshd.stop());
    const { step } = await examine({ device: { port: sshd.port }, target: await connectTarget(sshd) });
    expect(step('power')).toMatchObject({ state: 'good' });
    expect(step('clock').state).not.toBe('bad');
  });

  test.skipIf(process.getuid?.() !== 0)('a home folder that is mounted read-only', async () => {
    const home = await mkdtemp(join(tmpdir(), 'pi-workbench-ro-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'none', home]);
    onTestFinished(async () => {
      execFileSync('umount', [home]);
      await rm(home, { recursive: true, force: true });
    });
    const { step } = await examine({ target: await machineWith({}, home), device: { kind: 'practice' } });
    expect(step('card')).toMatchObject({
      state: 'bad',
      text: 'The SD card is read-only: nothing can be saved or deployed.',
    });
    expect(step('card').advice).toContain('new card');
    expect(step('card').evidence.join('\n')).toContain('Read-only file system');
  });

  test('errors of the card in the kernel’s log', async () => {
    const { step } = await examine({
      target: await machineWith({ dmesg: 'echo "[12.3] mmc0: error -110 whilst initialising SD card"' }),
      device: { kind: 'practice' },
    });
    expect(step('card')).toMatchObject({ state: 'warning' });
    expect(step('card').evidence.join('\n')).toContain('mmc0: error -110');
  });
});
