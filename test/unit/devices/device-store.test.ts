import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  DeviceStore,
  PRACTICE_DEVICE_ID,
  refuseHost,
  refusePort,
  refuseUser,
} from '../../../src-main/devices/index.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'devices-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const typed = { host: ' raspberrypi.local ', port: 22, user: 'pi', label: '' };

describe('the list of devices', () => {
  test('holds the practice device, signed in, when nothing was ever added', async () => {
    const store = await DeviceStore.open(dataDir);
    expect(store.list().devices).toMatchObject([
      { id: PRACTICE_DEVICE_ID, kind: 'practice', connection: { kind: 'signed-in', address: '127.0.0.1' } },
    ]);
  });

  test('keeps an added device over a restart, named by its host when no label was given', async () => {
    const added = await (await DeviceStore.open(dataDir)).add(typed);
    expect(added).toMatchObject({
      host: 'raspberrypi.local',
      label: 'raspberrypi.local',
      connection: { kind: 'signed-out' },
    });
    expect((await DeviceStore.open(dataDir)).get(added.id)).toEqual(added);
  });

  test('adding the same user, host and port again gives the device that is there', async () => {
    const store = await DeviceStore.open(dataDir);
    const first = await store.add(typed);
    expect(await store.add({ ...typed, label: 'again' })).toEqual(first);
    expect(store.list().devices).toHaveLength(2);
  });

  test('loses none of what is added at once, by one app or by two in the same folder', async () => {
    const [window, commandLine] = [await DeviceStore.open(dataDir), await DeviceStore.open(dataDir)];
    await Promise.all(['a', 'b'].map((host) => window.add({ ...typed, host })));
    await commandLine.add({ ...typed, host: 'c' });
    await window.add({ ...typed, host: 'd' });
    const hosts = (store: DeviceStore) =>
      store.list().devices.flatMap(({ kind, host }) => (kind === 'ssh' ? host : []));
    expect(hosts(window).toSorted()).toEqual(['a', 'b', 'c', 'd']);
    expect(hosts(await DeviceStore.open(dataDir)).toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('numbers its changes and tells each once', async () => {
    const store = await DeviceStore.open(dataDir);
    const told: number[] = [];
    store.changes.subscribe((list) => told.push(list.number));
    const device = await store.add(typed);
    await store.edit(device.id, { ...typed, label: 'bench 3' });
    store.setConnection(device.id, { kind: 'signing-in' });
    await store.remove(device.id);
    expect(told).toEqual([1, 2, 3, 4]);
  });

  test('refuses to edit or remove the practice device', async () => {
    const store = await DeviceStore.open(dataDir);
    await expect(store.remove(PRACTICE_DEVICE_ID)).rejects.toMatchObject({ code: 'PRACTICE_DEVICE' });
    await expect(store.edit(PRACTICE_DEVICE_ID, typed)).rejects.toMatchObject({ code: 'PRACTICE_DEVICE' });
  });

  test('a refused device names the field and changes nothing', async () => {
    const store = await DeviceStore.open(dataDir);
    await expect(store.add({ ...typed, port: 0 })).rejects.toMatchObject({
      code: 'BAD_DEVICE',
      details: { field: 'port' },
    });
    expect(store.list()).toMatchObject({ number: 0, devices: [{ id: PRACTICE_DEVICE_ID }] });
  });

  test('a file that cannot be read is kept aside, told, and never overwritten', async () => {
    await writeFile(join(dataDir, 'devices.json'), '{ "version": 1, "devices": [');
    const aside: string[] = [];
    const store = await DeviceStore.open(dataDir, (kept) => aside.push(kept.to));
    await store.add(typed);
    expect(aside).toHaveLength(1);
    expect(await readFile(aside[0] ?? '', 'utf8')).toBe('{ "version": 1, "devices": [');
    expect(await readdir(dataDir)).toHaveLength(2);
  });
});

describe('what a person types', () => {
  test.each([
    'raspberrypi',
    'raspberrypi.local',
    'pi-4.lab.example.',
    '192.168.1.44',
    '2001:db8::1',
    'fe80::1%eth0',
    'bücher.example',
  ])('host %s is accepted', (host) => {
    expect(refuseHost(host)).toBeNull();
  });

  test.each([
    ['', 'Type the name'],
    ['my pi', 'no spaces'],
    ['ssh://pi', 'without http://'],
    ['pi@raspberrypi', 'its own field'],
    ['192.168.1', 'not a complete IPv4'],
    ['192.168.1.256', 'not a complete IPv4'],
    ['raspberrypi:22', 'port goes in its own field'],
    ['pi..local', 'empty part'],
    ['-pi', 'cannot be part'],
    ['fe80::1%', 'not an IPv6'],
    [`${'a'.repeat(64)}.local`, 'at most 63'],
  ])('host "%s" is refused: %s', (host, reason) => {
    expect(refuseHost(host)).toContain(reason);
  });

  test.each([0, -1, 65_536, 22.5, Number.NaN])('port %s is refused', (port) => {
    expect(refusePort(port)).toContain('1 to 65535');
  });

  test.each(['', 'two words', '-oProxyCommand=x', 'pi;reboot'])('user "%s" is refused', (user) => {
    expect(refuseUser(user)).not.toBeNull();
  });
});
