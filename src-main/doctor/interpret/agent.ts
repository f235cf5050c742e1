import type { AppError } from '../../errors/index.ts';
import type { AgentAccess, AgentHealth } from '../../led/index.ts';
import { bad, good, OPEN_AGENT, unknown, warning, type DoctorAction, type Finding } from '../finding.ts';

/** What is installed on a device and how it runs, as the deployment reads it. */
export interface AgentState {
  /** The version installed, or null when none is. */
  readonly version: string | null;
  readonly running: boolean;
  /** How its service is, in the service manager's words: `failed (exit-code 1), restarted 5 times`. */
  readonly detail: string;
  /** The last lines of its log. */
  readonly log: readonly string[];
}

const DEPLOY: DoctorAction = { ...OPEN_AGENT, label: 'Deploy the agent' };

export function judgeInstalled(state: AgentState): Finding {
  if (state.version !== null) return good(`Version ${state.version} of the agent is installed.`);
  return bad('No agent is installed on it.', 'Deploy the agent: it takes less than a minute.', { action: DEPLOY });
}

export function judgeRunning({ running, detail, log }: AgentState): Finding {
  const evidence = [...(detail === '' ? [] : [detail]), ...log];
  if (running) return good(detail === '' ? 'Its service is running.' : `Its service is running: ${detail}.`);
  return bad(
    detail === '' ? 'The agent is installed but is not running.' : `The agent does not run: ${detail}.`,
    'Start it on the Agent page; the lines of its log say why it ended.',
    { action: OPEN_AGENT, evidence },
  );
}

/** Where programs are let in from. */
const MODES: Readonly<Record<AgentAccess, string>> = {
  'ssh-only': 'only on the device itself and through SSH',
  local: 'from the device’s own subnets',
  token: 'with the token',
  anyone: 'from everywhere',
};

/** Addresses on which something listens on a port; null when that could not be read. */
export interface ListeningFacts {
  readonly port: number;
  readonly addresses: readonly string[] | null;
  readonly access: AgentAccess;
}

const LOOPBACK = /^(127\.|::1$)/;

export function judgeListening({ port, addresses, access }: ListeningFacts): Finding {
  if (addresses === null) return unknown(`What listens on port ${port} of it could not be read.`);
  const evidence = addresses.map(
    (address) => `listening on ${address.includes(':') ? `[${address}]` : address}:${port}`,
  );
  if (addresses.length === 0) {
    return bad(
      `Nothing listens on port ${port} of it.`,
      'The agent may use another port, or it is still starting. Start it anew on the Agent page and look at its log.',
      { action: OPEN_AGENT },
    );
  }
  const onlyLoopback = addresses.every((address) => LOOPBACK.test(address));
  if (onlyLoopback && access !== 'ssh-only') {
    return bad(
      `Port ${port} listens on ${addresses.join(' and ')} only, so no other machine can connect.`,
      'Deploy the agent again with the access mode you want.',
      { action: OPEN_AGENT, evidence },
    );
  }
  if (onlyLoopback) {
    return good(`Port ${port} listens on ${addresses.join(' and ')}: reached ${MODES['ssh-only']}, as deployed.`, {
      evidence,
    });
  }
  if (access === 'ssh-only') {
    return warning(
      `Port ${port} listens on ${addresses.join(' and ')}, although it was deployed for the SSH connection only.`,
      'Another program may have the port. Deploy the agent again.',
      { action: OPEN_AGENT, evidence },
    );
  }
  return good(`Port ${port} listens on ${addresses.map(wordsFor).join(' and ')}.`, { evidence });
}

function wordsFor(address: string): string {
  if (address === '0.0.0.0') return 'every IPv4 address';
  return address === '::' ? 'every address' : address;
}

/** What happened when the agent was spoken to from this computer. */
export interface AccessFacts {
  readonly access: AgentAccess;
  readonly port: number;
  /** `tunnel`: it answered, but only through the SSH connection. */
  readonly route: 'direct' | 'tunnel' | null;
  /** Why the straight way failed; null when it worked or was not meant to be tried. */
  readonly directError: AppError | null;
  /** Why no way worked; null when one did. */
  readonly error: AppError | null;
}

export function judgeAccess(facts: AccessFacts): Finding {
  const { access, port, route, directError, error } = facts;
  const evidence = [directError, error].flatMap((one) => (one ? [`${one.code}: ${one.message}`] : []));
  if (error === null && route === 'direct') return good(`It lets this computer in (${MODES[access]}).`);
  if (error === null && directError === null) return good(`It is reached ${MODES[access]}, as deployed.`);
  if (error === null) {
    const refused = directError?.code === 'AGENT_REFUSED';
    return warning(
      refused
        ? `It lets nobody in from this computer’s address, but answers through the SSH connection.`
        : `Port ${port} is not reached straight, but through the SSH connection.`,
      refused
        ? `It was deployed to let programs in ${MODES[access]}. Deploy it again with another access mode to use it from here.`
        : `A firewall on the Pi or in between keeps the port closed. Open it with sudo ufw allow ${port}/tcp, or leave it: through SSH it works.`,
      { action: OPEN_AGENT, evidence },
    );
  }
  const more = { action: OPEN_AGENT, evidence };
  switch (error.code) {
    case 'AGENT_REFUSED':
      return bad(
        'It runs, but lets nobody in from this computer’s address.',
        `It was deployed to let programs in ${MODES[access]}. Join the device’s subnet, or deploy it again with another access mode.`,
        more,
      );
    case 'AGENT_BAD_TOKEN':
    case 'AGENT_AUTH_NEEDED':
      return bad(
        'It asks for a token that this computer does not have.',
        error.hint || 'Deploy the agent again from this computer.',
        more,
      );
    case 'AGENT_BUSY':
      return bad(
        'So many programs are connected to it that it takes no more.',
        error.hint || 'Close other programs that are connected.',
        more,
      );
    default:
      return bad(error.message, error.hint || 'Look at the Agent page.', more);
  }
}

export function judgeProtocol(health: AgentHealth | null, error: AppError | null): Finding {
  if (health === null) {
    return bad(error?.message ?? 'The agent does not answer.', error?.hint || 'Deploy the agent again.', {
      action: OPEN_AGENT,
      evidence: error ? [error.code, ...(error.cause === undefined ? [] : [String(error.cause)])] : [],
    });
  }
  const { version, protocol, driver, clients } = health.info;
  return good(`Agent ${version} answers in protocol ${protocol}.`, {
    evidence: [`driver ${driver}`, `clients ${clients}, this app's own connections among them`],
  });
}

/** What happened when the pin was switched and switched back. */
export interface PinFacts {
  /** Levels read back: before, after the first toggle, after the second. */
  readonly levels: readonly string[];
  readonly driver: string;
  readonly headerPin: number;
  readonly bcm: number;
  readonly error: AppError | null;
  /** True while it blinks or pulses, which must not be disturbed. */
  readonly moving: boolean;
}

export function judgePin({ levels, driver, headerPin, bcm, error, moving }: PinFacts): Finding {
  const pin = `header pin ${headerPin} (GPIO${bcm})`;
  const openLed: DoctorAction = { kind: 'open', tab: 'led', label: 'Open the LED page' };
  if (error) {
    return bad(error.message, error.hint || 'Choose another pin on the LED page.', {
      action: openLed,
      evidence: [error.code],
    });
  }
  if (moving) return good(`The LED on ${pin} blinks just now, so it was left alone.`);
  const [before = '', changed = '', after = ''] = levels;
  const evidence = [`${before} → ${changed} → ${after}`];
  if (before === changed || before !== after) {
    return bad(
      `The level of ${pin} does not follow: it reads ${changed} after a toggle from ${before}.`,
      'Something holds the pin: a short to ground or to 3.3 V, or another program. Take the wires off and try again.',
      { action: openLed, evidence },
    );
  }
  if (driver === 'simulated') {
    return warning(
      'The simulated LED follows. No real pin is switched.',
      'That is right for practice. On a Pi, deploy the agent with the driver “automatic”.',
      { action: openLed, evidence },
    );
  }
  return good(`The level of ${pin} changes and reads back as it should.`, { evidence });
}
