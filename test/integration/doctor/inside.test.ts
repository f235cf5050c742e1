import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { canMakeNamespaces, isInstalled } from '../network/namespace.ts';
import { Cable } from './in-namespace.ts';
import { examineInside } from './inside.ts';

/** What is wrong is really so: links, addresses, routes, servers and mounts of a machine of its own. */
describe.skipIf(!canMakeNamespaces())('a machine at the end of a cable, examined from inside', () => {
  let cable: Cable;
  beforeEach(async () => {
    cable = await Cable.lay();
  });
  afterEach(() => cable.remove());

  const give = (address: string): Promise<void> => cable.onPi('addr', 'add', address, 'dev', 'eth0');
  const route = (gateway: string): Promise<void> => cable.onPi('route', 'add', 'default', 'via', gateway);

  test('whose cable is unplugged at the other end', async () => {
    await cable.unplug();
    const { report, step } = await examineInside(cable.pi);
    expect(report.broken).toBe('link');
    expect(step('link')).toMatchObject({
      text: 'No adapter has a link: no cable is plugged in and no Wi-Fi is joined.',
      action: { kind: 'open', tab: 'network' },
    });
    expect(step('link').advice).toContain('Plug in the cable at both ends');
  });

  test('that gave itself an address, for no router hands one out', async () => {
    await give('169.254.12.7/16');
    const { report, step } = await examineInside(cable.pi);
    expect(report.broken).toBe('address');
    expect(step('address').text).toContain('169.254.x.x is what a machine takes when DHCP does not answer');
    expect(step('address').advice).toContain('router');
    expect(step('address').action).toMatchObject({ kind: 'open', tab: 'network' });
  });

  test('that has no gateway', async () => {
    await give('10.77.0.7/24');
    const { report, step } = await examineInside(cable.pi);
    expect(report.broken).toBe('gateway');
    expect(step('gateway').text).toContain('It has no gateway');
    expect(step('gateway').advice).toContain('DHCP');
  });

  test.skipIf(!isInstalled('busybox') && !isInstalled('ping'))(
    'whose gateway does not answer, and one whose gateway does',
    async () => {
      const before =
        'command -v ping || { ln -s "$(command -v busybox)" "$HOME/ping"; PATH="$HOME:$PATH"; export PATH; }';
      await give('10.77.0.7/24');
      await route('10.77.0.99');
      const silent = await examineInside(cable.pi, { before });
      expect(silent.report.broken).toBe('gateway');
      expect(silent.step('gateway').text).toBe('The gateway 10.77.0.99 does not answer.');
      expect(silent.step('gateway').advice).toContain('Check the router and the cable to it.');
      await cable.onPi('route', 'del', 'default');
      await route('10.77.0.1');
      const { step } = await examineInside(cable.pi, { before });
      expect(step('gateway')).toMatchObject({ state: 'good', text: 'The gateway 10.77.0.1 answers.' });
    },
  );

  test('whose DNS server keeps silent', async () => {
    await give('10.77.0.7/24');
    const script = `require('node:dgram').createSocket('udp4').bind(53, '10.77.0.1', () => console.log('listening'))`;
    const server = spawn('ip', ['netns', 'exec', cable.here, process.execPath, '-e', script]);
    onTestFinished(async () => {
      server.kill();
      await once(server, 'exit');
    });
    await once(server.stdout, 'data');
    const { step } = await examineInside(cable.pi, { resolvConf: 'nameserver 10.77.0.1\n' });
    expect(step('dns')).toMatchObject({ state: 'bad', text: 'No answer from 10.77.0.1 in time.' });
    expect(step('dns').advice).toContain('the DNS server is wrong or down');
  });

  test('that knows no DNS server', async () => {
    await give('10.77.0.7/24');
    const { step } = await examineInside(cable.pi, { resolvConf: '# none\n' });
    expect(step('dns')).toMatchObject({ state: 'bad' });
    expect(step('dns').text).toContain('It has no DNS server');
    expect(step('dns').advice).toContain('DHCP');
  });

  test('whose disk is full', async () => {
    const before = 'mount -t tmpfs -o size=8m none "$HOME"; head -c 7m /dev/zero > "$HOME/film"';
    const { step } = await examineInside(cable.pi, { before });
    expect(step('disk')).toMatchObject({ state: 'bad', action: { kind: 'command' } });
    expect(step('disk').text).toMatch(/^The disk is full: 1 MiB are left on .*\/home\.$/);
    expect(step('disk').advice).toContain('Remove what is not needed');
  });

  test('whose card has become read-only', async () => {
    const { step } = await examineInside(cable.pi, { before: 'mount --rbind / /; mount -o remount,bind,ro /' });
    expect(step('card')).toMatchObject({
      state: 'bad',
      text: 'The SD card is read-only: nothing can be saved or deployed.',
      action: { kind: 'command', command: 'sudo reboot' },
    });
    expect(step('card').advice).toContain('write a new card');
  });
});
