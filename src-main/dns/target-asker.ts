import { AppError } from '../errors/index.ts';
import type { Target } from '../target/target.ts';
import type { Origin } from './answer.ts';
import { askServer } from './ask.ts';
import {
  composeAnswer,
  composeServerAnswer,
  questionOf,
  serversToAsk,
  systemType,
  SYSTEM_RESOLVER,
} from './compose.ts';
import type { Ask } from './request.ts';
import { TargetSide } from './target-side.ts';

/** Asks the resolvers of a device one is signed in to. */
export class TargetAsker {
  readonly #target: Target;
  readonly #origin: Origin;

  constructor(target: Target) {
    this.#target = target;
    this.#origin = { kind: 'device', label: target.name, deviceId: target.deviceId };
  }

  /** A lost connection is the device's answer; it never hides the answers of other origins. Raises only `CANCELLED`. */
  async ask(ask: Ask): Promise<void> {
    try {
      const side = await TargetSide.open(this.#target, ask.signal);
      await Promise.all([this.#askSystem(side, ask), this.#askServers(side, ask), this.#askMdns(side, ask)]);
    } catch (thrown) {
      const { code, message, hint } = AppError.from(thrown);
      if (code === 'CANCELLED') throw thrown;
      this.#give(ask, { outcome: 'failed', code, words: { message, hint } });
    }
  }

  #give(
    ask: Ask,
    failure: { outcome: 'failed'; code: string; words: { readonly message: string; readonly hint: string } },
  ): void {
    const how = { transport: 'getaddrinfo', through: 'app', records: [], durationMs: null } as const;
    const type = systemType(ask) ?? ask.types[0] ?? 'A';
    ask.give(composeAnswer(this.#origin, SYSTEM_RESOLVER, type, ask.name.shown, { ...failure, ...how }));
  }

  async #askSystem(side: TargetSide, ask: Ask): Promise<void> {
    const type = systemType(ask);
    if (!ask.system || type === null) return;
    const answer = type === 'PTR' ? await side.nameOf(ask.name.wire) : await side.addresses(ask.name.wire, ask.types);
    const how = { transport: 'getaddrinfo' } as const;
    ask.give(composeAnswer(this.#origin, SYSTEM_RESOLVER, type, ask.name.shown, { ...answer, ...how }));
  }

  async #askServers(side: TargetSide, ask: Ask): Promise<void> {
    await Promise.all(
      serversToAsk(ask, side.servers).flatMap((server) =>
        ask.types.map(async (type) => {
          const answer = await askServer(side.route(server), questionOf(ask, type), ask);
          ask.give(composeServerAnswer(this.#origin, server, type, ask.name.shown, answer));
        }),
      ),
    );
  }

  async #askMdns(side: TargetSide, ask: Ask): Promise<void> {
    const type = systemType(ask);
    if (!ask.mdns || !side.asksMdns || type === null) return;
    const answer = await side.mdns(ask.name.wire, type);
    const resolver = { kind: 'mdns', label: 'mDNS (avahi)', server: null } as const;
    const how = { transport: 'multicast' } as const;
    ask.give(composeAnswer(this.#origin, resolver, type, ask.name.shown, { ...answer, ...how }));
  }
}
