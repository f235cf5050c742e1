import type { DeviceStore, SignInService } from '../../devices/index.ts';
import type { devicesCalls, devicesEvents } from '../contract/devices.ts';
import type { Part, Publish } from '../definition.ts';

export interface DevicesServices {
  readonly devices: DeviceStore;
  readonly signIn: Pick<SignInService, 'signOut' | 'forget'>;
}

export function devicesPart(
  { devices, signIn }: DevicesServices,
  publish: Publish<typeof devicesEvents>,
): Part<typeof devicesCalls> {
  const stop = devices.changes.subscribe((list) => publish('devices.changed', list));
  return {
    handlers: {
      'devices.list': () => devices.list(),
      'devices.add': (typed) => devices.add(typed),
      'devices.edit': async ({ id, ...typed }) => {
        const before = devices.get(id);
        const after = await devices.edit(id, typed);
        // Another place or another user is another sign-in, with other secrets.
        const moved = before.host !== after.host || before.port !== after.port || before.user !== after.user;
        if (moved) await signIn.forget(id);
        return devices.get(id);
      },
      'devices.remove': async ({ id }) => {
        await signIn.forget(id);
        await devices.remove(id);
        return null;
      },
    },
    dispose: stop,
  };
}
