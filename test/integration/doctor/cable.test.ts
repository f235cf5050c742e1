import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { canMakeNamespaces } from '../network/namespace.ts';
import { buildProgram, type Program } from '../support/program.ts';
import { Cable, Examiner } from './in-namespace.ts';

describe.skipIf(!canMakeNamespaces())('two machines on one cable', () => {
  let examiner: Examiner;
  let cable: Cable;

  let dnsServer: Program;
  let machine: Program;

  beforeAll(async () => {
    examiner = await Examiner.build();
    dnsServer = await buildProgram(join(import.meta.dirname, '../support/dns-server.ts'));
    machine = await buildProgram(join(import.meta.dirname, '../discovery/far-machine.ts'));
  });
  afterAll(async () => {
    await examiner.dispose();
    await dnsServer.dispose();
    await machine.dispose();
  });
  beforeEach(async () => {
    cable = await Cable.lay();
  });
  afterEach(() => cable.remove());

  /** A DNS server at the other end, and how this computer is told of it. */
  async function serveDns(): Promise<{ readonly resolvConf: string }> {
    await cable.onPi('addr', 'add', '10.77.0.7/24', 'dev', 'eth0');
    await cable.start('pi', [process.execPath, dnsServer.file, '10.77.0.7']);
    return { resolvConf: 'nameserver 10.77.0.7\n' };
  }

  test('a name nobody knows', async () => {
    const device = { host: 'no-such-pi.invalid', lastAddress: '192.168.50.7' };
    const { report, step } = await examiner.examine(cable.here, device, await serveDns());
    expect(report.broken).toBe('name');
    expect(step('name')).toMatchObject({ state: 'bad', action: { kind: 'dns' } });
    expect(step('name').text).toBe('The name no-such-pi.invalid is not known.');
    expect(step('name').advice).toContain('192.168.50.7');
    expect(step('tcp')).toMatchObject({ state: 'skipped', text: 'Not looked at: it needs “Name is known”.' });
  });

  test('a .local name that only the device itself answers to, by mDNS', async () => {
    const dns = await serveDns();
    await cable.start('pi', [process.execPath, machine.file, 'lab', '10.77.0.7']);
    const { step } = await examiner.examine(cable.here, 'lab.local', dns);
    expect(step('name').text).toBe('lab.local is 10.77.0.7: the device itself answered (mDNS).');
    expect(step('neighbour').text).toContain('dc:a6:32:12:34:56, a Raspberry Pi’s');
    expect(step('banner').text).toContain('on Raspbian');
  });

  test('a Pi with nothing but a link-local address and a Docker bridge is reached by the adapter it answered on', async () => {
    await cable.onThisSide('addr', 'add', 'fe80::1/64', 'dev', 'eth0', 'nodad');
    await cable.onPi('addr', 'add', 'fe80::7/64', 'dev', 'eth0', 'nodad');
    await cable.start('pi', [process.execPath, machine.file, 'lab', 'fe80::7', '172.17.0.1']);
    const { step } = await examiner.examine(cable.here, 'lab.local');
    expect(step('name').text).toBe('lab.local is fe80::7%eth0, 172.17.0.1: the device itself answered (mDNS).');
    expect(step('path').text).toContain('fe80::7%eth0 are both in fe80::/64');
    expect(step('neighbour').text).toContain('dc:a6:32:12:34:56, a Raspberry Pi’s');
    expect(step('banner').text).toContain('on Raspbian');
  });

  test('nobody has the address: the neighbour is the broken link', async () => {
    const { report, step } = await examiner.examine(cable.here, '10.77.0.7');
    expect(report.broken).toBe('neighbour');
    expect(step('path').text).toContain('both in 10.77.0.0/24');
    expect(step('neighbour').text).toBe('No machine on the local network answers for 10.77.0.7.');
    expect(step('neighbour').advice).toContain('switched off');
    expect(step('tcp').text).toContain('Unreachable');
  });

  test('the Pi is there without an SSH server: refused', async () => {
    await cable.onPi('addr', 'add', '10.77.0.7/24', 'dev', 'eth0');
    const { report, step } = await examiner.examine(cable.here, '10.77.0.7');
    expect(step('neighbour')).toMatchObject({ state: 'good' });
    expect(step('neighbour').text).toContain('dc:a6:32:12:34:56, a Raspberry Pi’s');
    expect(report.broken).toBe('tcp');
    expect(step('tcp').text).toBe('Refused: 10.77.0.7 is there, but nothing listens on port 22.');
    expect(step('tcp').advice).toContain('raspi-config');
  });

  test('the Pi is there but nothing comes back: filtered', async () => {
    // It answers for its address, but has no way to send anything to this computer.
    await cable.onPi('addr', 'add', '10.77.0.7/32', 'dev', 'eth0');
    const { report, step } = await examiner.examine(cable.here, '10.77.0.7');
    expect(step('neighbour')).toMatchObject({ state: 'good' });
    expect(report.broken).toBe('tcp');
    expect(step('tcp').text).toBe('Filtered: 10.77.0.7 is there, but what is sent to port 22 gets lost.');
    expect(step('tcp').advice).toContain('firewall');
  });

  test('another subnet and no router: there is no way', async () => {
    const { report, step } = await examiner.examine(cable.here, '10.88.0.7');
    expect(report.broken).toBe('path');
    expect(step('path').text).toBe('This computer has no way to 10.88.0.7.');
    expect(step('path').advice).toContain('This computer is at 10.77.0.1');
  });

  test('a Pi that gave itself an address is explained', async () => {
    const { report, step } = await examiner.examine(cable.here, '169.254.9.9');
    expect(report.broken).toBe('path');
    expect(step('path').text).toContain('no router hands one out');
  });
});
