import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { compareSubnets, NetworkService, ratesBetween, type NetworkSnapshot } from '../../../src-main/network/index.ts';
import { LocalTarget } from '../../../src-main/target/local/index.ts';
import { TargetRegistry } from '../../../src-main/target/registry.ts';
import { connectTarget } from '../support/ssh-target.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';

let sshd: Sshd;
let targets: TargetRegistry;
let network: NetworkService;

beforeAll(async () => {
  // A start-up file that talks, in another language, and an ifconfig hidden from a normal user's PATH.
  sshd = await startSshd({
    bashrc: 'export LANG=de_DE.UTF-8 LANGUAGE=de\necho "Willkommen"; echo "eth9: flags=1<UP>"\n',
  });
  targets = new TargetRegistry(new LocalTarget({ deviceId: 'practice' }));
  network = new NetworkService({ targets });
  await targets.add(await connectTarget(sshd));
});
afterAll(async () => {
  await targets.dispose();
  await sshd.stop();
});

/** What does not change between two readings of the same machine. */
const still = ({ interfaces, routes, dns, sources }: NetworkSnapshot): unknown => ({
  interfaces: interfaces
    .filter(({ name }) => /^(lo|eth|en|wl)/.test(name))
    .map(({ name, mac, mtu, state, kind, flags, addresses }) => ({
      name,
      mac,
      mtu,
      state,
      kind,
      flags,
      addresses: addresses.map(({ address, prefix, mask, broadcast }) => ({ address, prefix, mask, broadcast })),
    })),
  routes: routes?.filter((route) => /^(lo|eth|en|wl)/.test(route.interface ?? '')),
  dns,
  sources,
});

describe('a device over SSH', () => {
  test('tells what this computer tells of itself, when they are one machine', async () => {
    const [device, here] = await Promise.all([network.read('pi'), network.read(null)]);
    expect(still(device)).toEqual(still(here));
    expect([device.about, here.about]).toEqual(['device', 'this-computer']);
  });

  test('is read in one round trip', async () => {
    const target = targets.get('pi');
    const run = vi.spyOn(target, 'exec');
    const { interfaces, routes, dns, ifconfigText } = await network.read('pi');
    expect(run).toHaveBeenCalledTimes(1);
    run.mockRestore();
    expect([interfaces, routes, dns, ifconfigText].every(Boolean)).toBe(true);
  });

  test('has the addresses the system lists', async () => {
    const { interfaces } = await network.read('pi');
    for (const [name, infos = []] of Object.entries(networkInterfaces())) {
      if (!/^(lo|eth|en|wl)/.test(name)) continue;
      const read = interfaces.find((one) => one.name === name);
      expect(new Set(read?.addresses.map(({ address, prefix }) => `${address}/${prefix ?? ''}`))).toEqual(
        new Set(infos.map(({ cidr }) => cidr)),
      );
    }
  });

  test('is in the same subnet as itself, with the working', async () => {
    const [device, here] = await Promise.all([network.read('pi'), network.read(null)]);
    const verdict = compareSubnets(here, device, '127.0.0.1');
    if (verdict.answer === 'unknown') return expect(verdict.text).toContain('no IPv4 address');
    expect(verdict.answer).toBe('same');
    expect(verdict.working).toHaveLength(2);
  });

  test('gives samples whose clock goes on and whose rates are never negative', async () => {
    const before = await network.sample('pi');
    const after = await network.sample('pi');
    const rates = ratesBetween(before, after).flatMap((one) => [one.rxBytesPerSecond ?? 0, one.txBytesPerSecond ?? 0]);
    expect(after.atSeconds).toBeGreaterThanOrEqual(before.atSeconds);
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(0);
    expect(after.interfaces.map(({ name }) => name)).toContain('lo');
  });

  test('that is not signed in says so', async () => {
    expect(() => network.read('nobody')).toThrow(expect.objectContaining({ code: 'NOT_SIGNED_IN' }));
  });

  test('whose connection breaks in the middle of a reading says so and does not hang', async () => {
    // Frozen first, so that the reading cannot be done before the connection breaks.
    await sshd.pause();
    const broken = expect(network.read('pi')).rejects.toMatchObject({
      code: expect.stringMatching(/DISCONNECTED|NETWORK_UNREADABLE/),
    });
    await sshd.dropConnections();
    await sshd.resume();
    await broken;
  });
});
