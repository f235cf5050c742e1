import * as v from 'valibot';
import type { Device, DeviceList } from '../../devices/device.ts';
import { call, event, type CallMap, type EventMap } from '../definition.ts';

/** The id of a device, as `devices.list` gives it. */
export const DeviceId = v.pipe(v.string(), v.minLength(1), v.maxLength(64));

/** What a person types; the service says in words what cannot be used. */
const typedDevice = {
  host: v.pipe(v.string(), v.maxLength(300)),
  port: v.number(),
  user: v.pipe(v.string(), v.maxLength(100)),
  label: v.pipe(v.string(), v.maxLength(100)),
};

export const devicesCalls = {
  'devices.list': call<DeviceList>()(v.object({})),
  /** Gives the device that is there when user, host and port are known already. */
  'devices.add': call<Device>()(v.object(typedDevice)),
  'devices.edit': call<Device>()(v.object({ id: DeviceId, ...typedDevice })),
  'devices.remove': call<null>()(v.object({ id: DeviceId })),
} satisfies CallMap;

export const devicesEvents = {
  'devices.changed': event<DeviceList>(),
} satisfies EventMap;

export type { Device, DeviceConnection, DeviceList } from '../../devices/device.ts';
