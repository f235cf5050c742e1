import {
  addressRange,
  findingsOf,
  gatewaysOf,
  mainInterface,
  preferredAddress,
  type NetworkSnapshot,
} from '../../network/index.ts';
import { bad, command, good, OPEN_NETWORK, unknown, warning, type Finding } from '../finding.ts';

const more = { action: OPEN_NETWORK };

/** Whether the machine is connected at all. */
export function judgeLink(snapshot: NetworkSnapshot): Finding {
  const real = snapshot.interfaces.filter(({ kind }) => ['ethernet', 'wifi', 'usb-gadget', 'cellular'].includes(kind));
  const up = real.filter(({ state, carrier }) => state === 'up' && carrier !== false);
  const evidence = real.map(
    ({ name, state, carrier }) =>
      `${name}: ${state}${carrier === false ? ', no link' : carrier === null ? '' : ', link'}`,
  );
  if (real.length === 0) return unknown('No network adapter was found.', '', { evidence });
  const main = mainInterface(snapshot);
  if (up.length === 0) {
    return bad(
      'No adapter has a link: no cable is plugged in and no Wi-Fi is joined.',
      'Plug in the cable at both ends, or join the Wi-Fi with sudo nmtui or sudo raspi-config.',
      { ...more, evidence },
    );
  }
  const problem = findingsOf(snapshot).find(({ code }) => ['weak-wifi', 'slow-link', 'many-errors'].includes(code));
  if (problem) return warning(problem.text, problem.advice, { ...more, evidence });
  return good(
    `${listText(up.map(({ name }) => name))} ${up.length === 1 ? 'has' : 'have'} a link${main ? `; ${main.name} leads out` : ''}.`,
    {
      evidence,
    },
  );
}

/** `eth0`, `eth0 and wlan0`, `eth0, wlan0 and usb0`. */
function listText(names: readonly string[]): string {
  return new Intl.ListFormat('en-GB').format(names);
}

/** Whether it has an address that others can use. */
export function judgeAddress(snapshot: NetworkSnapshot): Finding {
  const found = findingsOf(snapshot).filter(({ code }) =>
    ['self-assigned', 'invalid-mask', 'duplicate-address', 'network-address', 'same-subnet-twice'].includes(code),
  );
  const usable = snapshot.interfaces
    .filter(({ kind, state }) => state !== 'down' && !['loopback', 'docker', 'veth'].includes(kind))
    .flatMap(({ name, addresses }) =>
      addresses
        .filter(({ address }) => !['link-local', 'loopback'].includes(addressRange(address)))
        .map((one) => ({ ...one, interface: name })),
    );
  const evidence = snapshot.interfaces.flatMap(({ name, addresses }) =>
    addresses.map(({ address, prefix }) => `${name}: ${address}/${prefix ?? 'unknown'}`),
  );
  const problem = found.find(({ level }) => level === 'problem');
  if (usable.length === 0) {
    return bad(
      problem?.text ?? 'It has no address that other machines can use.',
      problem?.advice ?? 'Check that the router hands out addresses (DHCP), then start the Pi anew.',
      { ...more, evidence },
    );
  }
  const first = problem ?? found[0];
  if (first) return warning(first.text, first.advice, { ...more, evidence });
  const best = preferredAddress(usable) ?? usable[0];
  return good(`Its address is ${best?.address ?? ''}.`, { evidence });
}

/** What came back from the gateway. */
export interface GatewayFacts {
  readonly ping: 'answered' | 'silent' | 'not-tried';
  /** The gateway's MAC by the machine's neighbour table, or null. */
  readonly mac: string | null;
}

export function judgeGateway(snapshot: NetworkSnapshot, facts: GatewayFacts | null): Finding {
  if (snapshot.routes === null) return unknown('The routes were not read, so the gateway is not known.');
  const gateway = gatewaysOf(snapshot.routes).find(({ inUse }) => inUse);
  if (!gateway) {
    return bad(
      'It has no gateway, so it reaches only its own subnet: no Internet, no clock, no updates.',
      'Let the router hand out the settings (DHCP), or set the gateway with sudo nmtui.',
      more,
    );
  }
  if (gateway.address === null) return good(`It leads out over ${gateway.interface ?? 'a link'} without a gateway.`);
  const outside = findingsOf(snapshot).find(({ code }) => code === 'gateway-outside');
  if (outside) return bad(outside.text, outside.advice, more);
  const evidence = [`default via ${gateway.address} dev ${gateway.interface ?? 'unknown'}`];
  if (facts?.ping === 'answered') return good(`The gateway ${gateway.address} answers.`, { evidence });
  if (facts?.mac) {
    return good(`The gateway ${gateway.address} is there (its MAC is ${facts.mac}); it does not answer pings.`, {
      evidence,
    });
  }
  if (facts === null || facts.ping === 'not-tried') {
    return unknown(`The gateway is ${gateway.address}; whether it answers could not be tried.`, '', { evidence });
  }
  return bad(
    `The gateway ${gateway.address} does not answer.`,
    'Check the router and the cable to it. An address typed by hand may also name the wrong gateway.',
    { ...more, evidence },
  );
}

/** How a look-up made on the machine ended. */
export interface DnsFacts {
  readonly name: string;
  readonly outcome: 'answered' | 'no-answer' | 'silent' | 'not-tried';
  readonly addresses: readonly string[];
}

export function judgeDns(snapshot: NetworkSnapshot, { name, outcome, addresses }: DnsFacts): Finding {
  const servers = snapshot.dns?.servers.map(({ address }) => address) ?? [];
  const asked = servers.length === 0 ? 'its DNS server' : servers.join(', ');
  const evidence = [
    `servers: ${servers.join(', ') || (snapshot.dns?.behindStubKnown ? 'none' : 'unknown')}`,
    `${name}: ${addresses.join(', ') || outcome.replace('-', ' ')}`,
  ];
  if (outcome === 'answered') return good(`Names are answered: ${name} is ${addresses[0] ?? 'known'}.`, { evidence });
  if (snapshot.dns !== null && servers.length === 0 && snapshot.dns.behindStubKnown) {
    return bad(
      'It has no DNS server, so names cannot be turned into addresses.',
      'Let the router hand out the settings (DHCP), or set one with sudo nmtui, such as the router’s address.',
      { ...more, evidence },
    );
  }
  if (outcome === 'not-tried')
    return unknown('Nothing on it can look names up, so DNS was not tried.', '', { evidence });
  if (outcome === 'silent') {
    return bad(
      `No answer from ${asked} in time.`,
      'Check that the gateway answers. If it does, the DNS server is wrong or down: set another with sudo nmtui.',
      { ...more, evidence },
    );
  }
  return warning(
    `${asked} gave no address for ${name}.`,
    'Without the Internet that is expected. Otherwise the DNS server is wrong: set another with sudo nmtui.',
    { ...more, evidence },
  );
}

export interface ClockFacts {
  /** Seconds the machine's clock is ahead of this computer's; negative when behind. Null when it was not read. */
  readonly aheadSeconds: number | null;
  /** Whether it is kept right by the network; null when not known. */
  readonly synchronised: boolean | null;
}

/** Certificates and logs go wrong from about a minute on. */
const WRONG_SECONDS = 60;
const SET_CLOCK = command('sudo timedatectl set-ntp true');

export function judgeClock({ aheadSeconds, synchronised }: ClockFacts): Finding {
  if (aheadSeconds === null) return unknown('Its clock could not be read.');
  const off = Math.abs(aheadSeconds);
  const whole = Math.round(aheadSeconds);
  const evidence = [
    `${whole > 0 ? '+' : ''}${whole} s against this computer`,
    `kept right by the network: ${synchronised === null ? 'unknown' : synchronised ? 'yes' : 'no'}`,
  ];
  if (off > WRONG_SECONDS) {
    return bad(
      `Its clock is ${spanText(off)} ${aheadSeconds > 0 ? 'ahead of' : 'behind'} this computer’s.`,
      'A Pi has no clock of its own without power and asks the network for the time. Until it is right, updates and secure web pages fail. (Or is this computer’s clock wrong?)',
      { action: SET_CLOCK, evidence },
    );
  }
  if (synchronised === false) {
    return warning(
      'Its clock is right now, but is not kept right by the network.',
      'Switch that on; after the next power cut it would be wrong.',
      { action: SET_CLOCK, evidence },
    );
  }
  return good('Its clock is right.', { evidence });
}

function spanText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} hours`;
  return `${Math.round(seconds / 86_400)} days`;
}
