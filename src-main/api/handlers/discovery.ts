import type { DiscoveryService } from '../../discovery/index.ts';
import type { discoveryCalls, discoveryEvents } from '../contract/discovery.ts';
import type { Part, Publish } from '../definition.ts';

export interface DiscoveryServices {
  readonly discovery: DiscoveryService;
}

export function discoveryPart(
  { discovery }: DiscoveryServices,
  publish: Publish<typeof discoveryEvents>,
): Part<typeof discoveryCalls> {
  const unsubscribe = discovery.changes.subscribe((change) => publish('discovery.changed', change));
  return {
    handlers: {
      'discovery.networks': () => discovery.networks(),
      'discovery.list': () => discovery.list(),
      'discovery.watch': async (_, { signal }) => {
        await discovery.watch(signal);
        return null;
      },
      'discovery.refresh': async () => {
        await discovery.refresh();
        return null;
      },
      'discovery.start': (options) => discovery.start(options),
      'discovery.add': ({ id, user, label }) => discovery.add(id, { user, label }),
      'discovery.stop': () => discovery.stop(),
    },
    dispose: unsubscribe,
  };
}
