import { bad, command, good, OPEN_NETWORK, type Finding } from '../finding.ts';

export interface TcpFacts {
  readonly address: string;
  readonly port: number;
  /** Empty when it opened; the system's code otherwise. */
  readonly code: string;
  readonly durationMs: number;
  /** Whether the machine is known to be there by its neighbour answer; null when that could not be seen. */
  readonly isThere: boolean | null;
}

export function judgeTcp({ address, port, code, durationMs, isThere }: TcpFacts): Finding {
  const place = `${address.includes(':') ? `[${address}]` : address} port ${port}`;
  const more = { evidence: [`connect ${place}: ${code || 'open'} after ${Math.round(durationMs)} ms`] };
  switch (code) {
    case '':
      return good(`${place} accepts connections.`, more);
    case 'ECONNREFUSED':
      return refused(address, port, more.evidence);
    case 'ETIMEDOUT':
      return isThere === true
        ? bad(
            `Filtered: ${address} is there, but what is sent to port ${port} gets lost.`,
            `A firewall drops it: on the Pi (sudo ufw status, sudo nft list ruleset), or in between. Let port ${port} in.`,
            { ...more, action: command(`sudo ufw allow ${port}/tcp`) },
          )
        : bad(
            `Time-out: nothing came back from ${place}.`,
            'The Pi is switched off, still starting, or has another address now; or a firewall drops what is sent. A first start takes some minutes.',
            more,
          );
    case 'EACCES':
    case 'EPERM':
      return bad(
        `Filtered: this computer itself forbids connections to ${place}.`,
        'Look at the firewall, VPN or security program of this computer.',
        more,
      );
    case 'EHOSTUNREACH':
    case 'EHOSTDOWN':
      return isThere === true
        ? bad(
            `Filtered: ${address} is there, but a firewall rejects connections to port ${port}.`,
            `Let port ${port} in.`,
            { ...more, action: command(`sudo ufw allow ${port}/tcp`) },
          )
        : bad(
            `Unreachable: the network reports that there is no machine at ${address}.`,
            'Check that the Pi is switched on, its cable or Wi-Fi, and that both are on the same network.',
            more,
          );
    case 'ENETUNREACH':
      return bad(
        `Unreachable: this computer has no network that leads to ${address}.`,
        'Check the network connection of this computer.',
        { ...more, action: OPEN_NETWORK },
      );
    case 'ECONNRESET':
      return bad(
        `Reset: ${place} closed the connection before it was open.`,
        'A Pi that is starting does that; wait a minute and try again.',
        more,
      );
    default:
      return bad(`${place} could not be reached (${code}).`, 'Copy the report and ask with it.', more);
  }
}

const SSH_PORT = 22;
/** What usually listens on a port that is taken for that of SSH. */
const OTHER_SERVICES: ReadonlyMap<number, string> = new Map([
  [21, 'FTP'],
  [23, 'Telnet'],
  [80, 'web pages'],
  [443, 'web pages'],
  [1234, 'the LED agent'],
  [1235, 'the agent’s echo'],
  [1883, 'MQTT'],
  [5900, 'VNC'],
  [8080, 'web pages'],
]);

/** The machine answered that nothing listens on the port of SSH, as this app knows it. */
function refused(address: string, port: number, evidence: readonly string[]): Finding {
  const text = `Refused: ${address} is there, but nothing listens on port ${port}.`;
  if (port === SSH_PORT) {
    return bad(
      text,
      'SSH is off, or uses another port. On the Pi: sudo raspi-config, Interface Options, SSH. Without a screen: put an empty file called ssh on the boot partition of its card and start it anew.',
      { action: command('sudo systemctl enable --now ssh'), evidence },
    );
  }
  const service = OTHER_SERVICES.get(port);
  return bad(
    text,
    service === undefined
      ? `SSH usually listens on port 22. Its own settings say which port it has: run the command on the Pi, then correct the port of this device.`
      : `Port ${port} is that of ${service}; signing in needs the port of SSH, usually 22. Its own settings say which it is: run the command on the Pi, then correct the port of this device.`,
    { action: command("sudo sshd -T | grep '^port '"), evidence },
  );
}
