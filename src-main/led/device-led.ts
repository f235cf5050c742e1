import type { LedState } from '../../pi-agent/src/led-state.ts';
import { STEADY } from '../../pi-agent/src/led-state.ts';
import { parseState } from '../../pi-agent/src/replies.ts';
import { AppError } from '../errors/index.ts';
import type { TargetLookup } from '../target/target.ts';
import type { AgentConnection } from './agent-connection.ts';
import type { AgentEndpointLookup } from './agent-endpoint.ts';
import { parseAgentClients, parseAgentInfo } from './agent-info.ts';
import type { AgentSession } from './agent-session.ts';
import { openSession } from './agent-session.ts';
import { isPinError } from './health.ts';
import type { LedConnection, LedOrder, LedSnapshot } from './snapshot.ts';
import { commandOf } from './snapshot.ts';

export interface DeviceLedOptions {
  readonly deviceId: string;
  readonly targets: TargetLookup;
  readonly endpoints: AgentEndpointLookup;
  readonly onChange: (snapshot: LedSnapshot) => void;
  /** Milliseconds from one try to the next, the last one for ever. */
  readonly backOffMs?: readonly number[];
  /** Milliseconds between two questions for INFO and WHO, which also show that the agent still answers. */
  readonly refreshMs?: number;
}

const BACK_OFF_MS = [500, 1000, 2000, 5000, 10_000];
const REFRESH_MS = 5000;

/**
 * Follows the LED of one device: keeps a connection to its agent while the user is signed in, watches it, and connects
 * again when it breaks. The level is only ever what the agent said.
 */
export class DeviceLed {
  readonly #options: DeviceLedOptions;
  readonly #abort = new AbortController();
  #snapshot: LedSnapshot;
  #connection: AgentConnection | null = null;
  #wake: () => void = () => undefined;
  /** Set by `poke`: the present wait, and the wait after the present try, end at once. */
  #poked = false;
  readonly #running: Promise<void>;

  constructor(options: DeviceLedOptions) {
    this.#options = options;
    this.#snapshot = {
      deviceId: options.deviceId,
      number: 0,
      connection: { kind: 'connecting' },
      level: 'unknown',
      activity: STEADY,
      agent: null,
      clients: null,
      lastExchange: null,
      pinProblem: null,
    };
    this.#running = this.#run();
  }

  get snapshot(): LedSnapshot {
    return this.#snapshot;
  }

  /** Connects anew at once: the sign-in or the agent changed, or the user does not want to wait. */
  poke(): void {
    this.#poked = true;
    this.#wake();
  }

  /** The agent is another one now: what is known of it is let go with the connection. */
  restart(): void {
    this.poke();
    this.#connection?.dispose();
  }

  /** Sends an order and waits for its reply. Raises AppError, `LED_NOT_CONNECTED` when there is no agent to ask. */
  async order(order: LedOrder): Promise<LedSnapshot> {
    const connection = this.#connection;
    if (connection === null) throw this.#notConnected();
    try {
      const sent = commandOf(order);
      const reply = await connection.ask(sent);
      this.#change({ lastExchange: { sent, received: `OK ${reply}` } });
      const state = parseState(reply);
      if (state !== null) this.#takeState(state);
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (isPinError(error)) this.#change({ pinProblem: error.toData(), level: 'unknown', activity: STEADY });
      throw error;
    }
    return this.#snapshot;
  }

  async dispose(): Promise<void> {
    this.#abort.abort();
    this.#connection?.dispose();
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#abort.signal.aborted) {
      this.#poked = false;
      const ended = await this.#connectOnce();
      if (ended === 'was connected') failures = 0;
      if (this.#abort.signal.aborted) return;
      if (ended instanceof AppError) this.#wait(ended, (failures += 1));
      await this.#pause(ended === 'nothing to do' ? null : this.#delay(failures));
    }
  }

  /** One connection from its beginning to its end. */
  async #connectOnce(): Promise<'nothing to do' | 'was connected' | AppError> {
    const { deviceId, targets, endpoints } = this.#options;
    const target = targets.find(deviceId);
    if (target === undefined) return this.#idle({ kind: 'signed-out' });
    try {
      const endpoint = await endpoints.endpoint(deviceId);
      if (endpoint === null) return this.#idle({ kind: 'no-agent' });
      if (this.#snapshot.connection.kind !== 'waiting') this.#change({ connection: { kind: 'connecting' } });
      const session = await openSession(target, endpoint, this.#abort.signal);
      await this.#follow(session);
      return 'was connected';
    } catch (thrown) {
      return AppError.from(thrown);
    }
  }

  #idle(connection: LedConnection): 'nothing to do' {
    this.#change({
      connection,
      level: 'unknown',
      activity: STEADY,
      agent: null,
      clients: null,
      lastExchange: null,
      pinProblem: null,
    });
    return 'nothing to do';
  }

  /** Watches until the connection is over. Raises why it ended, after it was connected too. */
  async #follow({ connection, info, route, note }: AgentSession): Promise<void> {
    const { refreshMs = REFRESH_MS } = this.#options;
    this.#connection = connection;
    const unsubscribe = connection.states.subscribe((state) => this.#takeState(state));
    const timer = setInterval(() => void this.#refresh(connection), refreshMs);
    try {
      const watched = parseState(await connection.ask('WATCH'));
      this.#change({ agent: info, connection: { kind: 'connected', route, note, since: Date.now() } });
      if (watched !== null) this.#takeState(watched);
      if (watched?.level === null) await this.#askPinProblem(connection);
      await this.#refresh(connection);
      const reason = await connection.closed;
      this.#wait(reason, 1);
    } finally {
      clearInterval(timer);
      unsubscribe();
      this.#connection = null;
      connection.dispose();
      this.#change({ level: 'unknown', activity: STEADY, clients: null });
    }
  }

  #takeState({ level, activity }: Pick<LedState, 'level' | 'activity'>): void {
    const word = level === null ? 'unknown' : level === 1 ? 'on' : 'off';
    this.#change({ level: word, activity, ...(level === null ? {} : { pinProblem: null }) });
  }

  /** WATCH answers without a pin too; STATUS then says what is wrong with it. */
  async #askPinProblem(connection: AgentConnection): Promise<void> {
    try {
      await connection.ask('STATUS');
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (isPinError(error)) this.#change({ pinProblem: error.toData() });
    }
  }

  async #refresh(connection: AgentConnection): Promise<void> {
    try {
      const [info, clients] = [await connection.ask('INFO'), await connection.ask('WHO')];
      this.#change({ agent: parseAgentInfo(info), clients: parseAgentClients(clients) });
    } catch (thrown) {
      // A broken connection ends by itself; an agent too old to know WHO is still followed.
      if (AppError.from(thrown).code === 'AGENT_UNREADABLE') connection.dispose();
    }
  }

  #wait(error: AppError, failures: number): void {
    const retryAt = Date.now() + this.#delay(failures);
    this.#change({
      connection: { kind: 'waiting', error: error.toData(), retryAt },
      level: 'unknown',
      activity: STEADY,
    });
  }

  #delay(failures: number): number {
    const { backOffMs = BACK_OFF_MS } = this.#options;
    return backOffMs[Math.min(Math.max(failures, 1), backOffMs.length) - 1] ?? 0;
  }

  /** Until the time is over, `poke` or `dispose`; without a time only until those. */
  async #pause(milliseconds: number | null): Promise<void> {
    if (this.#poked || this.#abort.signal.aborted) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (milliseconds !== null) timer = setTimeout(resolve, milliseconds);
    });
    clearTimeout(timer);
    this.#wake = () => undefined;
  }

  #change(change: Partial<LedSnapshot>): void {
    const next = { ...this.#snapshot, ...change };
    if (JSON.stringify(next) === JSON.stringify(this.#snapshot)) return;
    this.#snapshot = { ...next, number: this.#snapshot.number + 1 };
    this.#options.onChange(this.#snapshot);
  }

  #notConnected(): AppError {
    const { connection } = this.#snapshot;
    if (connection.kind === 'waiting') return AppError.fromData(connection.error);
    const words = {
      'signed-out': ['You are not signed in to this device.', 'Sign in first.'],
      'no-agent': ['There is no agent on this device yet.', 'Deploy it on the Agent page.'],
      connecting: ['The agent is not connected yet.', 'Try again in a moment.'],
      connected: ['The agent is not connected yet.', 'Try again in a moment.'],
    } as const;
    const [message, hint] = words[connection.kind];
    return new AppError('LED_NOT_CONNECTED', message, { hint });
  }
}
