import type { Origin, Outcome, RecordType, Resolver } from './answer.ts';

export interface Asked {
  readonly name: string;
  readonly type: RecordType | 'A/AAAA';
  readonly resolver: Resolver;
  readonly origin: Origin;
  readonly code: string;
  readonly recordCount: number;
}

export interface Words {
  readonly message: string;
  readonly hint: string;
}

/** What an outcome means and what to do next, in a student's words. */
export function wordsFor(outcome: Outcome, asked: Asked): Words {
  const { name, resolver } = asked;
  const who = resolver.kind === 'system' ? `The system resolver of ${asked.origin.label}` : resolver.label;
  switch (outcome) {
    case 'found':
      return { message: `${asked.recordCount === 1 ? '1 record' : `${asked.recordCount} records`} found.`, hint: '' };
    case 'not-found':
      return { message: `${who} says that ${name} does not exist.`, hint: notFoundHint(asked) };
    case 'no-data':
      return {
        message: `${name} exists, but has no ${typeWords(asked.type)} record.`,
        hint: 'Ask for another record type.',
      };
    case 'server-failed':
      if (resolver.kind === 'system') {
        return {
          message: `${who} got no usable answer from its DNS servers.`,
          hint: 'The answers of the single DNS servers show which of them failed, and how.',
        };
      }
      return {
        message: `${who} tried and failed (SERVFAIL).`,
        hint: 'The server that is responsible for the name is broken or out of reach, or its signature (DNSSEC) is wrong. Ask another server.',
      };
    case 'refused':
      return {
        message: `${who} refuses to answer (REFUSED).`,
        hint: 'It serves only its own names or its own network. Ask the server of your own network.',
      };
    case 'timed-out':
      return resolver.kind === 'mdns'
        ? {
            message: `No device on ${resolver.server ?? 'the network'} answers to ${name}.`,
            hint: 'It may be off, have another name, or be in another network: mDNS does not cross routers.',
          }
        : {
            message: `${who} did not answer in time.`,
            hint: 'It may be off or out of reach, or a firewall drops the packets. This says nothing about the name itself.',
          };
    case 'no-server':
      return {
        message: `${resolver.server ?? who} is there, but no DNS server runs on it.`,
        hint: 'Check the address and the port; DNS servers listen on port 53.',
      };
    case 'no-network':
      return {
        message: `${asked.origin.kind === 'here' ? 'This computer' : asked.origin.label} has no network that leads ${resolver.server === null ? 'to a DNS server' : `to ${resolver.server}`}.`,
        hint: 'Check the cable or Wi-Fi, and that the computer has an address and a gateway.',
      };
    case 'off':
      return { message: `${who} was not asked.`, hint: '' };
    case 'failed':
      return failedWords(who, asked);
  }
}

/**
 * The exception a Python program meets where the system resolver gives this outcome, as CPython with glibc words it
 * (the numbers are those of `netdb.h`). Only addresses and names can be asked through `socket`.
 */
export function pythonException(outcome: Outcome, type: RecordType | 'A/AAAA'): string | null {
  if (type === 'PTR') {
    if (outcome === 'not-found' || outcome === 'no-data') return 'socket.herror: [Errno 1] Unknown host';
    return isTemporary(outcome) ? 'socket.herror: [Errno 2] Host name lookup failure' : null;
  }
  if (type !== 'A' && type !== 'AAAA' && type !== 'A/AAAA') return null;
  if (outcome === 'not-found') return 'socket.gaierror: [Errno -2] Name or service not known';
  if (outcome === 'no-data') return 'socket.gaierror: [Errno -5] No address associated with hostname';
  return isTemporary(outcome) ? 'socket.gaierror: [Errno -3] Temporary failure in name resolution' : null;
}

function isTemporary(outcome: Outcome): boolean {
  return ['server-failed', 'refused', 'timed-out', 'no-server', 'no-network'].includes(outcome);
}

function typeWords(type: RecordType | 'A/AAAA'): string {
  return type === 'A/AAAA' ? 'A or AAAA' : type;
}

function notFoundHint({ name, resolver, type }: Asked): string {
  if (type === 'PTR') return 'Nobody has entered a name for this address. That is common and breaks nothing.';
  if (/\.local$/i.test(name) && resolver.kind === 'server') {
    return 'DNS servers do not know .local names: the device itself answers for them, over mDNS.';
  }
  if (!name.includes('.')) return `Try ${name}.local, or the full name with its domain.`;
  return 'Check the spelling.';
}

function failedWords(who: string, { code }: Asked): Words {
  if (code === 'TRUNCATED') {
    return {
      message: `The answer of ${who} does not fit into one UDP packet, and it could not be had over TCP.`,
      hint: 'A firewall may block TCP port 53.',
    };
  }
  return {
    message: `${who} could not answer (${code === '' ? 'unknown reason' : code}).`,
    hint: code === 'FORMERR' || code === 'NOTIMP' ? 'It does not understand the question. Ask another server.' : '',
  };
}
