import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { decode, encode, type Question } from 'dns-packet';
import { systemCode } from '../../errors/index.ts';
import type { Sighting } from '../model.ts';
import { adapterOf, type MdnsAdapter } from './adapters.ts';
import { MdnsHosts, SERVICE_TYPES } from './hosts.ts';

const MDNS_PORT = 5353;
const GROUP = { 4: '224.0.0.251', 6: 'ff02::fb' } as const;
/** Milliseconds between rounds of questions: at first soon again (RFC 6762, section 5.2), then steady. */
const ROUNDS_MS = [1000, 3000, 20_000] as const;
/** Questions in one packet: well under 1472 bytes. */
const QUESTIONS_A_PACKET = 12;
/** Names asked for besides; more are forgotten, the oldest first. */
const MOST_NAMES = 64;

export interface MdnsBrowserOptions {
  /** Called for what adapters there are now; asked again by `renew`. */
  readonly adapters: () => readonly MdnsAdapter[];
  /** For tests, which may not use the real port. */
  readonly port?: number;
  readonly onChange: () => void;
  readonly now?: () => number;
}

/**
 * Asks over mDNS and listens, on each adapter by itself. Questions leave from a port of their own, so that they work, and
 * are answered straight back, even where another program holds port 5353; a second socket on 5353 hears what announces
 * itself, where it can be had. Errors end nothing: they are told by `trouble`.
 */
export class MdnsBrowser {
  readonly #options: MdnsBrowserOptions;
  readonly #port: number;
  readonly #hosts = new MdnsHosts();
  readonly #names = new Set(['raspberrypi.local']);
  readonly #askers = new Map<string, Asker>();
  readonly #troubles = new Map<string, string>();
  readonly #followedUp = new Set<string>();
  #adapters: readonly MdnsAdapter[] = [];
  #listeners: Socket[] = [];
  #timer: NodeJS.Timeout | undefined;
  #round = 0;
  #running = false;

  constructor(options: MdnsBrowserOptions) {
    this.#options = options;
    this.#port = options.port ?? MDNS_PORT;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#open();
    this.#ask();
  }

  /** Ends every socket and timer; what was heard is kept. */
  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
    this.#close();
  }

  /** Opens the sockets anew where the adapters have changed, or in any case (after the computer slept). */
  renew(always = false): void {
    if (!this.#running) return;
    if (!always && JSON.stringify(this.#options.adapters()) === JSON.stringify(this.#adapters)) return;
    this.#close();
    this.#open();
    this.refresh();
  }

  /** Asks everything again now. */
  refresh(): void {
    if (!this.#running) return;
    this.#round = 0;
    this.#ask();
  }

  /** Asks for a name too, from now on. */
  addName(name: string): void {
    this.#names.delete(name);
    this.#names.add(name);
    for (const oldest of this.#names) {
      if (this.#names.size <= MOST_NAMES) break;
      this.#names.delete(oldest);
    }
    this.#send([...addressQuestions(name)]);
  }

  /** Asks the machine at an IPv4 address for its name: a stock Raspberry Pi OS answers, though it announces no service. */
  askReverse(address: string): void {
    if (address.includes('.')) {
      this.#send([{ type: 'PTR', name: `${address.split('.').reverse().join('.')}.in-addr.arpa` }]);
    }
  }

  sightings(): readonly Sighting[] {
    return this.#hosts.sightings(this.#now());
  }

  /** Why it is off or works in part, in words; empty when all is well. */
  get trouble(): { readonly off: boolean; readonly reason: string } {
    if (!this.#running) return { off: true, reason: '' };
    if (this.#adapters.length === 0) {
      return { off: true, reason: 'No network adapter of this computer can be asked.' };
    }
    const reasons = [...new Set(this.#troubles.values())];
    return { off: this.#askers.size === 0 && reasons.length > 0, reason: reasons.join(' ') };
  }

  /** Open sockets, for tests. */
  get sockets(): readonly Socket[] {
    return [...[...this.#askers.values()].map(({ socket }) => socket), ...this.#listeners];
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }

  #open(): void {
    this.#adapters = this.#options.adapters();
    for (const adapter of this.#adapters) this.#openAsker(adapter);
    for (const family of [4, 6] as const) {
      const adapters = this.#adapters.filter((adapter) => adapter.family === family);
      if (adapters.length > 0) this.#openListener(family, adapters);
    }
  }

  #close(): void {
    for (const { socket } of this.#askers.values()) closeSocket(socket);
    for (const socket of this.#listeners) closeSocket(socket);
    this.#askers.clear();
    this.#listeners = [];
    this.#troubles.clear();
  }

  #openAsker(adapter: MdnsAdapter): void {
    const key = `${adapter.name} ${adapter.address}`;
    const socket = createSocket({ type: adapter.family === 4 ? 'udp4' : 'udp6', ipv6Only: adapter.family === 6 });
    socket.on('error', (thrown) => {
      this.#askers.delete(key);
      closeSocket(socket);
      this.#report(key, `mDNS does not work on ${adapter.name}: ${reasonOf(thrown)}.`);
    });
    socket.on('message', (bytes, from) => this.#take(bytes, from));
    // Bound to the adapter's own address, so that nothing can leave by another one.
    socket.bind({ port: 0, address: zoned(adapter.address, adapter), exclusive: true }, () => {
      try {
        socket.setMulticastInterface(adapter.family === 4 ? adapter.address : `::%${adapter.name}`);
        socket.setMulticastTTL(255);
      } catch (thrown) {
        socket.emit('error', thrown);
        return;
      }
      socket.unref();
      this.#askers.set(key, { socket, adapter });
      this.#transmit({ socket, adapter }, this.#questions());
    });
  }

  #openListener(family: 4 | 6, adapters: readonly MdnsAdapter[]): void {
    const socket = createSocket({ type: family === 4 ? 'udp4' : 'udp6', reuseAddr: true, ipv6Only: family === 6 });
    const key = `listener ${family}`;
    this.#listeners.push(socket);
    socket.on('error', (thrown) => {
      this.#listeners = this.#listeners.filter((one) => one !== socket);
      closeSocket(socket);
      this.#report(key, listenTrouble(this.#port, thrown));
    });
    socket.on('message', (bytes, from) => this.#take(bytes, from));
    // Bound to the group, a socket gets nothing else; Windows cannot do that.
    const address = family === 6 ? '::' : process.platform === 'win32' ? '0.0.0.0' : GROUP[4];
    socket.bind({ port: this.#port, address }, () => {
      socket.unref();
      for (const adapter of adapters) this.#join(socket, adapter);
    });
  }

  #join(socket: Socket, adapter: MdnsAdapter): void {
    try {
      socket.addMembership(GROUP[adapter.family], adapter.family === 4 ? adapter.address : `::%${adapter.name}`);
    } catch (thrown) {
      // One membership for an adapter is enough: two addresses of one adapter join the same group.
      if (systemCode(thrown) === 'EADDRINUSE') return;
      this.#report(`join ${adapter.name}`, `mDNS cannot listen on ${adapter.name}: ${reasonOf(thrown)}.`);
    }
  }

  #ask(): void {
    clearTimeout(this.#timer);
    this.#followedUp.clear();
    this.#send(this.#questions());
    const wait = ROUNDS_MS[Math.min(this.#round, ROUNDS_MS.length - 1)];
    this.#round += 1;
    this.#timer = setTimeout(() => {
      this.#options.onChange();
      this.#ask();
    }, wait);
    this.#timer.unref();
  }

  #questions(): Question[] {
    return [
      ...SERVICE_TYPES.map((type): Question => ({ type: 'PTR', name: `${type}.local` })),
      ...[...new Set([...this.#names, ...this.#hosts.names])].slice(0, 2 * MOST_NAMES).flatMap(addressQuestions),
    ];
  }

  #send(questions: readonly Question[]): void {
    for (const asker of this.#askers.values()) this.#transmit(asker, questions);
  }

  #transmit({ socket, adapter }: Asker, questions: readonly Question[]): void {
    const group = adapter.family === 4 ? GROUP[4] : `${GROUP[6]}%${adapter.name}`;
    for (let at = 0; at < questions.length; at += QUESTIONS_A_PACKET) {
      const bytes = encode({ type: 'query', id: 0, questions: questions.slice(at, at + QUESTIONS_A_PACKET) });
      socket.send(bytes, this.#port, group, (thrown) => {
        const key = `send ${adapter.name} ${adapter.family}`;
        if (thrown) this.#report(key, `mDNS questions cannot leave by ${adapter.name}: ${reasonOf(thrown)}.`);
        else this.#troubles.delete(key);
      });
    }
  }

  #take(bytes: Buffer, from: RemoteInfo): void {
    const adapter = adapterOf(from.address, this.#adapters);
    if (!adapter || !this.#running) return;
    let packet;
    try {
      packet = decode(bytes);
    } catch {
      // Anyone may send anything to this port.
      return;
    }
    if (packet.type !== 'response') return;
    const records = [...(packet.answers ?? []), ...(packet.additionals ?? [])];
    const by = { address: from.address, heardOn: { name: adapter.name, index: adapter.index }, at: this.#now() };
    const missing = this.#hosts.take(records, by);
    this.#followUp(missing);
    this.#options.onChange();
  }

  /** Asks for what an answer left open, each thing once in a round: an odd responder must not make a loop. */
  #followUp(questions: readonly Question[]): void {
    const fresh = questions.filter(({ type, name }) => !this.#followedUp.has(`${type} ${name}`));
    for (const { type, name } of fresh.slice(0, MOST_NAMES)) this.#followedUp.add(`${type} ${name}`);
    if (fresh.length > 0) this.#send(fresh.slice(0, MOST_NAMES));
  }

  #report(key: string, reason: string): void {
    if (!this.#running || this.#troubles.get(key) === reason) return;
    this.#troubles.set(key, reason);
    this.#options.onChange();
  }
}

interface Asker {
  readonly socket: Socket;
  readonly adapter: MdnsAdapter;
}

const addressQuestions = (name: string): Question[] => [
  { type: 'A', name },
  { type: 'AAAA', name },
];

const zoned = (address: string, { family, name }: MdnsAdapter): string =>
  family === 6 && address.startsWith('fe80:') && !address.includes('%') ? `${address}%${name}` : address;

function closeSocket(socket: Socket): void {
  socket.removeAllListeners();
  // An error that is still on its way must not end the process.
  socket.on('error', () => undefined);
  try {
    socket.close();
  } catch (thrown) {
    if (systemCode(thrown) !== 'ERR_SOCKET_DGRAM_NOT_RUNNING') throw thrown;
  }
}

function listenTrouble(port: number, thrown: unknown): string {
  const after = 'Devices are still asked, but one that has just started is noticed up to 20 s later.';
  if (systemCode(thrown) === 'EADDRINUSE') return `Another program holds UDP port ${port} for itself. ${after}`;
  return `UDP port ${port} cannot be listened on: ${reasonOf(thrown)}. ${after}`;
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'its address is gone',
  ENODEV: 'the adapter is gone',
  ENETDOWN: 'the adapter is down',
  ENETUNREACH: 'there is no way to its network',
  EHOSTUNREACH: 'there is no way to its network',
  EACCES: 'the system does not allow it',
  EPERM: 'a firewall on this computer does not allow it',
};

const reasonOf = (thrown: unknown): string =>
  REASONS[systemCode(thrown) ?? ''] ??
  systemCode(thrown) ??
  (thrown instanceof Error ? thrown.message : String(thrown));
