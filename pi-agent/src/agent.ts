import { hostname, networkInterfaces, userInfo } from 'node:os';
import type { AccessMode } from './access.ts';
import { mayConnect } from './access.ts';
import type { GpioPin } from './board.ts';
import { ClientConnection } from './client-connection.ts';
import type { AgentSurface, Facts } from './commands.ts';
import type { DriverChoice } from './drivers/index.ts';
import { driverCandidates, selectDriver } from './drivers/index.ts';
import { echo } from './echo-service.ts';
import { Gate } from './gate.ts';
import { ActivityLed } from './identify.ts';
import { LedController } from './led-controller.ts';
import { listen } from './listen.ts';
import { PROTOCOL_VERSION } from './protocol.ts';
import { VERSION } from './version.ts';

export interface AgentOptions {
  readonly port: number;
  readonly echoPort: number;
  readonly host: string;
  readonly pin: GpioPin;
  readonly driver: DriverChoice;
  readonly access: AccessMode;
  /** The secret of access `token`, otherwise null. */
  readonly token: string | null;
  readonly keepLevelOnExit: boolean;
  /** Seconds without a byte until a client is sent away; 0 means never. */
  readonly idleSeconds: number;
  /** `/sys` but in tests. */
  readonly sysfsRoot: string;
  readonly log: (line: string) => void;
}

export interface AgentPorts {
  readonly led: number;
  readonly echo: number;
}

/** The agent: one LED, two ports, and everyone connected to them. */
export class Agent {
  readonly #options: AgentOptions;
  readonly #led: LedController;
  readonly #activityLed: ActivityLed;
  readonly #ledGate: Gate;
  readonly #echoGate: Gate;
  readonly #clients = new Set<ClientConnection>();
  readonly #startedAt = Date.now();
  #ports: AgentPorts = { led: 0, echo: 0 };
  #stopped: Promise<void> | null = null;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#activityLed = new ActivityLed(`${options.sysfsRoot}/class/leds`, options.log);
    const candidates = driverCandidates(options.sysfsRoot, process.env);
    const context = { bcm: options.pin.bcm, userName: userName(), log: options.log, sleep };
    this.#led = new LedController({
      open: () => selectDriver(options.driver, candidates, context),
      log: options.log,
    });
    const idleMs = options.idleSeconds * 1000;
    this.#ledGate = new Gate({
      admits: (peer) => mayConnect(options.access, peer, networkInterfaces),
      onClient: (socket, peer) => {
        const client = new ClientConnection({ socket, peer, agent: this.#surface(), idleMs });
        this.#clients.add(client);
        socket.once('close', () => this.#clients.delete(client));
      },
    });
    // An echo cannot ask for a token without ceasing to be one, so there it serves the neighbourhood only.
    const echoAccess = options.access === 'token' ? 'local' : options.access;
    this.#echoGate = new Gate({
      admits: (peer) => mayConnect(echoAccess, peer, networkInterfaces),
      onClient: (socket) => echo(socket, idleMs),
    });
  }

  /** Takes the ports, then the pin. Raises ListenError; a pin that cannot be taken is no error. */
  async start(): Promise<AgentPorts> {
    const { port, echoPort, host, log } = this.#options;
    const led = await listen(this.#ledGate.server, { port, host, service: 'LED', log });
    try {
      this.#ports = { led, echo: await listen(this.#echoGate.server, { port: echoPort, host, service: 'echo', log }) };
    } catch (thrown) {
      await this.#ledGate.close();
      throw thrown;
    }
    await this.#led.start();
    return this.#ports;
  }

  /** What the log says of the pin at the start: the driver in use, or why there is none. */
  describeDriver(): string {
    const refused = this.#led.refused.map(({ name, error }) => `${name} refused: ${error.message}`);
    return [`driver ${this.#led.driverName ?? 'none'}`, ...refused].join('; ');
  }

  /** Switches the LED off (unless told to keep it), then says BYE to everyone and lets go of everything. May be called again. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const closed = [this.#ledGate.close(), this.#echoGate.close()];
    try {
      await this.#led.close({ keepLevel: this.#options.keepLevelOnExit });
    } finally {
      await this.#activityLed.close();
      for (const client of this.#clients) client.bye();
      this.#echoGate.endAll();
    }
    await Promise.all(closed);
  }

  #surface(): AgentSurface {
    return {
      led: this.#led,
      token: this.#options.token,
      identify: () => this.#activityLed.identify(),
      info: () => this.#info(),
      who: (askedBy) => this.#who(askedBy),
      countRefused: () => this.#ledGate.countRefused(),
    };
  }

  #info(): Facts {
    const { pin, access } = this.#options;
    const { level } = this.#led.state;
    const driver = this.#led.driverName;
    const refused = this.#led.refused.map(({ name, error }) => `${name}: ${error.message}`).join('; ');
    return {
      version: VERSION,
      protocol: PROTOCOL_VERSION,
      gpio: pin.bcm,
      'header-pin': pin.header,
      driver: driver ?? 'none',
      simulated: driver === 'simulated' ? 'yes' : 'no',
      level: level === null ? 'UNKNOWN' : level === 1 ? 'ON' : 'OFF',
      access,
      uptime: Math.floor((Date.now() - this.#startedAt) / 1000),
      clients: this.#ledGate.peers.length,
      watchers: this.#led.watchers,
      'refused-clients': this.#ledGate.refused + this.#echoGate.refused,
      'led-port': this.#ports.led,
      'echo-port': this.#ports.echo,
      host: hostname(),
      pid: process.pid,
      node: process.version,
      refused,
    };
  }

  #who(askedBy: string): Facts {
    const others = this.#ledGate.peers.filter((peer) => peer !== askedBy);
    return { count: others.length + 1, you: askedBy, others: others.join(',') };
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without a name, as systemd's DynamicUser may be.
    return String(process.getuid?.() ?? 'this user');
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
