import type { NetworkService } from '../../network/index.ts';
import type { networkCalls } from '../contract/network.ts';
import type { Part } from '../definition.ts';

export interface NetworkServices {
  readonly network: NetworkService;
}

export function networkPart({ network }: NetworkServices): Part<typeof networkCalls> {
  return {
    handlers: {
      'network.read': ({ deviceId }, { signal }) => network.read(deviceId, signal),
      'network.sample': ({ deviceId }, { signal }) => network.sample(deviceId, signal),
      'network.explain': ({ text }) => network.explain(text),
    },
  };
}
