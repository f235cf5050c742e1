import type { DnsServer, DnsSettings } from '../model/model.ts';
import { isStub, parseResolvConf } from '../parse/resolv-conf.ts';
import { parseNmcli, parseResolvectl, parseScutilDns, type ResolverFacts } from '../parse/resolvers.ts';
import type { Sourced } from './assemble.ts';
import type { Sections } from './sections.ts';

/**
 * The DNS servers that are asked in the end. When resolv.conf names only a resolver on the machine itself, what is behind
 * it is looked for at systemd-resolved, then at NetworkManager; the stub is kept to be shown beside.
 */
export function assembleDns(sections: Sections): Sourced<DnsSettings> | null {
  const text = sections.anyText('resolv-conf');
  const scutil = sections.text('scutil');
  if (scutil !== null) return settings(parseScutilDns(scutil), 'scutil');
  if (text === null)
    return sections.ran('resolv-conf') ? settings({ servers: [], search: [] }, '/etc/resolv.conf') : null;
  const conf = parseResolvConf(text);
  const interfaces = namesOfServers(sections);
  if (!isStub(conf.servers)) {
    const servers = conf.servers.map((address) => ({ address, interface: interfaces.get(address) ?? null }));
    return settings({ servers, search: conf.search }, '/etc/resolv.conf', conf.managedBy);
  }
  const behind = behindStub(sections, interfaces);
  return {
    value: {
      servers: behind?.value.servers ?? [],
      stub: conf.servers[0] ?? null,
      behindStubKnown: behind !== null,
      search: conf.search.filter((domain) => domain !== '.'),
      managedBy: conf.managedBy,
    },
    source: behind?.source ?? '/etc/resolv.conf',
  };
}

function settings(facts: ResolverFacts, source: string, managedBy: string | null = null): Sourced<DnsSettings> {
  return { value: { ...facts, stub: null, behindStubKnown: true, managedBy }, source };
}

/** Which interface taught the machine each server, where a tool tells. */
function namesOfServers(sections: Sections): ReadonlyMap<string, string> {
  const facts = [parseResolvectl(sections.text('resolvectl') ?? ''), parseNmcli(sections.text('nmcli') ?? '')];
  return new Map(
    facts
      .flatMap(({ servers }) => servers)
      .flatMap(({ address, interface: name }) => (name === null ? [] : [[address, name] as const])),
  );
}

function behindStub(
  sections: Sections,
  interfaces: ReadonlyMap<string, string>,
): Sourced<{ readonly servers: readonly DnsServer[] }> | null {
  const uplinks = parseResolvConf(sections.anyText('resolved-conf') ?? '').servers.filter((one) => !isStub([one]));
  if (uplinks.length > 0) {
    const servers = uplinks.map((address) => ({ address, interface: interfaces.get(address) ?? null }));
    return { value: { servers }, source: '/run/systemd/resolve/resolv.conf' };
  }
  const resolvectl = parseResolvectl(sections.text('resolvectl') ?? '');
  if (resolvectl.servers.length > 0) return { value: resolvectl, source: 'resolvectl' };
  const nmcli = parseNmcli(sections.text('nmcli') ?? '');
  return nmcli.servers.length > 0 ? { value: nmcli, source: 'nmcli' } : null;
}
