import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode, type Answer, type DecodedPacket } from 'dns-packet';

/**
 * A machine on loopback's multicast group that answers as avahi does, straight to who asks from another port. Several may
 * share one port, as several machines share 5353.
 */
export class Responder {
  readonly port: number;
  /** Every question so far: `PTR _ssh._tcp.local`. */
  readonly questions: string[] = [];
  /** The ports it was asked from: one for each socket that asks. */
  readonly askedFrom = new Set<number>();
  readonly #socket: Socket;
  #silent = false;

  private constructor(socket: Socket, answersOf: (question: string) => Answer[]) {
    this.#socket = socket;
    this.port = socket.address().port;
    socket.on('message', (bytes, from) => {
      const query = read(bytes);
      if (query?.type !== 'query') return;
      const asked = (query.questions ?? []).map(({ type, name }) => `${type} ${name}`);
      this.questions.push(...asked);
      this.askedFrom.add(from.port);
      const answers = asked.flatMap(answersOf);
      if (this.#silent || answers.length === 0) return;
      socket.send(
        encode({ type: 'response', id: query.id, questions: query.questions, answers }),
        from.port,
        from.address,
      );
    });
  }

  /** Listens on a free port of loopback's group, or where it is told: at an IPv4 address, or for IPv6 on `::%eth0`. */
  static async start(
    answersOf: (question: string) => Answer[],
    { port = 0, on = '127.0.0.1' }: { readonly port?: number; readonly on?: string } = {},
  ): Promise<Responder> {
    const isIpv6 = on.includes(':');
    const socket = createSocket({ type: isIpv6 ? 'udp6' : 'udp4', reuseAddr: true });
    socket.bind(port, isIpv6 ? '::' : '0.0.0.0');
    await once(socket, 'listening');
    socket.addMembership(isIpv6 ? 'ff02::fb' : '224.0.0.251', on);
    socket.setMulticastInterface(on);
    return new Responder(socket, answersOf);
  }

  /** Answers nothing any more, as after pulling the plug. */
  vanish(): void {
    this.#silent = true;
  }

  comeBack(): void {
    this.#silent = false;
  }

  /** Tells everybody, unasked. */
  announce(answers: Answer[]): void {
    this.#socket.send(encode({ type: 'response', answers }), this.port, '224.0.0.251');
  }

  close(): void {
    this.#socket.close();
  }
}

function read(bytes: Buffer): DecodedPacket | null {
  try {
    return decode(bytes);
  } catch {
    return null;
  }
}

/** What a machine publishes. */
export interface Published {
  readonly services?: readonly string[];
  /** Addresses it has besides. */
  readonly more?: readonly string[];
  /** The MAC that avahi puts into the name of `_workstation._tcp`. */
  readonly mac?: string;
}

/** The answers of a machine with a name and an address, as avahi gives them for what it publishes. */
export function machine(
  name: string,
  address: string,
  { services = ['_ssh._tcp'], more = [], mac = '' }: Published = {},
) {
  const host = `${name}.local`;
  const reverse = `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  const records: Record<string, Answer[]> = {
    [`PTR ${reverse}`]: [{ type: 'PTR', name: reverse, ttl: 10, data: host }],
  };
  for (const data of [address, ...more]) {
    const type = data.includes(':') ? 'AAAA' : 'A';
    (records[`${type} ${host}`] ??= []).push({ type, name: host, ttl: 10, data });
  }
  for (const service of services) {
    const label = service === '_workstation._tcp' ? `${name} [${mac}]` : name;
    const instance = `${label}.${service}.local`;
    const port = service === '_workstation._tcp' ? 9 : 22;
    records[`PTR ${service}.local`] = [{ type: 'PTR', name: `${service}.local`, ttl: 10, data: instance }];
    records[`SRV ${instance}`] = [{ type: 'SRV', name: instance, ttl: 10, data: { port, target: host } }];
  }
  return (question: string): Answer[] => records[question] ?? [];
}
