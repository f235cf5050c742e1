import type { Origin, RecordType, Resolver } from './answer.ts';
import { askServer } from './ask.ts';
import { tcpCarrier, udpCarrier } from './carrier.ts';
import {
  composeAnswer,
  composeServerAnswer,
  questionOf,
  serversToAsk,
  systemType,
  SYSTEM_RESOLVER,
} from './compose.ts';
import type { LocalResolvers } from './local-resolvers.ts';
import { askMdns, type MdnsInterface } from './mdns.ts';
import type { Ask } from './request.ts';
import { SystemResolver } from './system.ts';

const HERE: Origin = { kind: 'here', label: 'this computer' };
/** Resolvers try every server more than once; the system is given the time it takes. */
const SYSTEM_TIMEOUT_MS = 30_000;
const MDNS_TIMEOUT_MS = 2500;

/** Asks this computer's resolvers: the system, DNS servers, and the devices of its networks over mDNS. */
export class HereAsker {
  readonly #local: LocalResolvers;
  readonly #system = new SystemResolver();

  constructor(local: LocalResolvers) {
    this.#local = local;
  }

  async ask(ask: Ask): Promise<void> {
    await Promise.all([
      ask.system ? this.#askSystem(ask) : undefined,
      this.#askServers(ask),
      ask.mdns ? this.#askMdns(ask) : undefined,
    ]);
  }

  async #askSystem(ask: Ask): Promise<void> {
    const type = systemType(ask);
    if (type === null) return;
    const options = { timeoutMs: SYSTEM_TIMEOUT_MS, signal: ask.signal };
    const answer =
      type === 'PTR'
        ? await this.#system.nameOf(ask.name.wire, options)
        : await this.#system.addresses(ask.name.wire, ask.types, options);
    const how = { transport: 'getaddrinfo', through: 'app' } as const;
    ask.give(composeAnswer(HERE, SYSTEM_RESOLVER, type, ask.name.shown, { ...answer, ...how }));
  }

  async #askServers(ask: Ask): Promise<void> {
    const servers = serversToAsk(ask, ask.configured ? await this.#local.servers() : []);
    await Promise.all(
      servers.flatMap((server) =>
        ask.types.map(async (type) => {
          const route = { first: udpCarrier(server), whenCut: tcpCarrier(server) };
          const answer = await askServer(route, questionOf(ask, type), ask);
          ask.give(composeServerAnswer(HERE, server, type, ask.name.shown, answer));
        }),
      ),
    );
  }

  async #askMdns(ask: Ask): Promise<void> {
    const { interfaces, reason } = this.#local.mdnsInterfaces();
    if (interfaces.length === 0) {
      const off = { outcome: 'off', code: 'MDNS_OFF', records: [], durationMs: null } as const;
      const words = { message: `mDNS was not asked: ${reason}`, hint: '' };
      const how = { transport: 'multicast', through: 'app' } as const;
      ask.give(composeAnswer(HERE, mdnsResolver(null), ask.types[0] ?? 'A', ask.name.shown, { ...off, ...how, words }));
      return;
    }
    await Promise.all(interfaces.flatMap((one) => mdnsGroups(ask).map((group) => this.#askInterface(ask, one, group))));
  }

  async #askInterface(ask: Ask, through: MdnsInterface, types: readonly RecordType[]): Promise<void> {
    const first = types[0] ?? 'A';
    const answer = await askMdns(questionOf(ask, first).name, types, through, {
      timeoutMs: Math.min(ask.timeoutMs, MDNS_TIMEOUT_MS),
      signal: ask.signal,
      port: this.#local.mdnsPort,
    });
    const type = types.length > 1 ? 'A/AAAA' : first;
    const how = { transport: 'multicast', through: 'app' } as const;
    ask.give(composeAnswer(HERE, mdnsResolver(through), type, ask.name.shown, { ...answer, ...how }));
  }
}

function mdnsResolver(through: MdnsInterface | null): Resolver {
  if (through === null) return { kind: 'mdns', label: 'mDNS', server: null };
  return { kind: 'mdns', label: `mDNS on ${through.name}`, server: through.name };
}

/** A and AAAA are asked together, the rest one by one. */
function mdnsGroups(ask: Ask): readonly (readonly RecordType[])[] {
  const addresses = ask.types.filter((type) => type === 'A' || type === 'AAAA');
  const others = ask.types.filter((type) => type !== 'A' && type !== 'AAAA').map((type) => [type]);
  return addresses.length > 0 ? [addresses, ...others] : others;
}
