import type { Device } from '../../../src-main/devices/index.ts';

/** A device as the list keeps it, never signed in to, with what a test says of it. */
export const deviceWith = (over: Partial<Device>): Device => ({
  id: 'pi',
  kind: 'ssh',
  label: 'Pi',
  host: '127.0.0.1',
  port: 22,
  user: 'pi',
  method: 'key',
  keyPath: null,
  addedAt: 0,
  lastUsedAt: null,
  lastAddress: null,
  mac: null,
  legacyAlgorithms: false,
  connection: { kind: 'signed-out' },
  ...over,
});
