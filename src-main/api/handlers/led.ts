import type { LedService } from '../../led/index.ts';
import type { ledCalls, ledEvents } from '../contract/led.ts';
import type { Part, Publish } from '../definition.ts';

export interface LedServices {
  readonly led: LedService;
}

export function ledPart({ led }: LedServices, publish: Publish<typeof ledEvents>): Part<typeof ledCalls> {
  const unsubscribe = led.changes.subscribe((snapshot) => publish('led.changed', snapshot));
  return {
    handlers: {
      'led.watch': ({ deviceId }) => led.watch(deviceId),
      'led.command': ({ deviceId, order }) => led.order(deviceId, order),
      'led.reconnect': ({ deviceId }) => led.reconnect(deviceId),
    },
    dispose: unsubscribe,
  };
}
