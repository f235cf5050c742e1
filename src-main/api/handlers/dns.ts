import type { DnsService, LocalResolvers } from '../../dns/index.ts';
import type { dnsCalls } from '../contract/dns.ts';
import type { Part } from '../definition.ts';

export interface DnsServices {
  readonly dns: DnsService;
  readonly localResolvers: LocalResolvers;
}

export function dnsPart({ dns, localResolvers }: DnsServices): Part<typeof dnsCalls> {
  return {
    handlers: {
      'dns.lookup': (request, { signal, progress }) => dns.lookup(request, { signal, onAnswer: progress }),
      'dns.resolvers': async () => {
        const { interfaces, reason } = localResolvers.mdnsInterfaces();
        return {
          servers: await localResolvers.servers(),
          mdnsInterfaces: interfaces.map((one) => one.name),
          mdnsOffReason: reason,
        };
      },
      'dns.history': () => dns.history.list(),
      'dns.clearHistory': async () => {
        await dns.history.clear();
        return null;
      },
    },
  };
}
