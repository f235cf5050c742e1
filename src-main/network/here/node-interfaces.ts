import type { NetworkInterfaceInfo } from 'node:os';
import { draftInterface, makeAddress } from '../model/draft.ts';
import { interfaceKind } from '../model/kind.ts';
import { normaliseMac } from '../model/mac.ts';
import type { NetworkInterface } from '../model/model.ts';

/**
 * Interfaces as Node's `os.networkInterfaces()` lists them: only those that are up and have an address. What Node does
 * not tell (MTU, counters, flags) stays unknown.
 */
export function interfacesFromNode(
  listed: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): readonly NetworkInterface[] {
  return Object.entries(listed).map(([name, infos = []]) => {
    const draft = draftInterface(name);
    draft.state = 'up';
    const mac = normaliseMac(infos[0]?.mac ?? '');
    draft.mac = mac === '00:00:00:00:00:00' ? null : mac;
    const scope = infos.find((info) => info.family === 'IPv6')?.scopeid ?? 0;
    draft.index = scope === 0 ? null : scope;
    draft.kind = interfaceKind(name, {
      flags: infos.some(({ internal }) => internal) ? ['LOOPBACK'] : [],
      linkType: draft.mac === null ? null : 'ether',
    });
    draft.addresses = infos.flatMap((info) => {
      const prefix = info.cidr?.split('/')[1];
      return (
        makeAddress({ text: info.address, prefix: prefix === undefined ? null : Number(prefix), mask: info.netmask }) ??
        []
      );
    });
    return draft;
  });
}
