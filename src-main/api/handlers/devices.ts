import type { DeviceStore } from '../../devices/index.ts';
import type { devicesCalls, devicesEvents } from '../contract/devices.ts';
import type { Part, Publish } from '../definition.ts';

export function devicesPart(store: DeviceStore, publish: Publish<typeof devicesEvents>): Part<typeof devicesCalls> {
  const stop = store.changes.subscribe((list) => publish('devices.changed', list));
  return {
    handlers: {
      'devices.list': () => store.list(),
      'devices.add': (typed) => store.add(typed),
      'devices.edit': ({ id, ...typed }) => store.edit(id, typed),
      'devices.remove': async ({ id }) => {
        await store.remove(id);
        return null;
      },
    },
    dispose: stop,
  };
}
