import { AppError } from '../errors/index.ts';
import { Signal } from '../events/index.ts';
import type { Carrier } from './channel/carrier.ts';
import { cancelled, closed, lost } from './channel/endings.ts';
import { openLink, type PageFunctions, type ServerFunctions } from './channel/link.ts';
import type { CallOptions, Client, ConnectionState, ContractClient } from './client.ts';
import type { ArgsOf, CallMap, EventMap, PayloadOf, ProgressOf, ResultOf } from './definition.ts';

export interface ClientOptions {
  /** Milliseconds a call waits for a connection; default 10 000. */
  readonly connectWaitMs?: number;
  /** Milliseconds between tries to connect: the first, doubled up to the second. Default 100 to 2 000. */
  readonly retryMs?: readonly [first: number, most: number];
}

/**
 * Opens one carrier. A rejection means "try again later", except with the code `SESSION_ENDED`: then trying again is
 * pointless and the client closes.
 */
export type CarrierFactory = () => Carrier | Promise<Carrier>;

type Link = ReturnType<typeof openLink<ServerFunctions, PageFunctions>>;

/** The client of the app's own contract. */
export function createClient(open: CarrierFactory, options?: ClientOptions): Client {
  return createContractClient(open, options);
}

/** Connects at once, and again whenever the carrier closes, until `close()`. */
export function createContractClient<C extends CallMap, E extends EventMap>(
  open: CarrierFactory,
  options: ClientOptions = {},
): ContractClient<C, E> {
  return new ReconnectingClient<C, E>(open, options);
}

class ReconnectingClient<C extends CallMap, E extends EventMap> implements ContractClient<C, E> {
  readonly #open: CarrierFactory;
  readonly #connectWaitMs: number;
  readonly #retryMs: readonly [number, number];
  readonly #states = new Signal<ConnectionState>();
  readonly #resyncs = new Signal<null>();
  readonly #events = new Map<string, Signal<unknown>>();
  readonly #progress = new Map<number, (value: unknown) => void>();
  #state: ConnectionState = 'connecting';
  #problem: AppError | null = null;
  #link: Link | null = null;
  #carrier: Carrier | null = null;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #failedTries = 0;
  #lastCall = 0;
  #lastEvent = 0;

  constructor(open: CarrierFactory, options: ClientOptions) {
    this.#open = open;
    this.#connectWaitMs = options.connectWaitMs ?? 10_000;
    this.#retryMs = options.retryMs ?? [100, 2000];
    void this.#connect();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get problem(): AppError | null {
    return this.#problem;
  }

  async call<K extends keyof C & string>(
    name: K,
    args: ArgsOf<C[K]>,
    { signal, onProgress }: CallOptions<ProgressOf<C[K]>> = {},
  ): Promise<ResultOf<C[K]>> {
    if (signal?.aborted) throw cancelled();
    const link = this.#link ?? (await this.#connected(signal));
    const id = ++this.#lastCall;
    if (onProgress) this.#progress.set(id, onProgress as (value: unknown) => void);
    const cancel = (): void => {
      // A connection that broke has cancelled the call already.
      link.$callEvent('cancel', id).catch(() => undefined);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const outcome = await link.$call('call', id, name, args);
      if (!outcome.ok) throw AppError.fromData(outcome.error);
      return outcome.value as ResultOf<C[K]>;
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.#progress.delete(id);
    }
  }

  on<K extends keyof E & string>(name: K, listener: (payload: PayloadOf<E[K]>) => void): () => void {
    let signal = this.#events.get(name);
    if (!signal) {
      signal = new Signal<unknown>();
      this.#events.set(name, signal);
    }
    return signal.subscribe(listener as (payload: unknown) => void);
  }

  onResync(listener: () => void): () => void {
    return this.#resyncs.subscribe(listener);
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    return this.#states.subscribe(listener);
  }

  close(): void {
    this.#end(null);
  }

  async #connect(): Promise<void> {
    let carrier: Carrier;
    try {
      carrier = await this.#open();
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (error.code === 'SESSION_ENDED') this.#end(error);
      else this.#retry();
      return;
    }
    if (this.#state === 'closed') carrier.close();
    else this.#use(carrier);
  }

  #use(carrier: Carrier): void {
    const again = this.#state === 'reconnecting';
    this.#carrier = carrier;
    this.#failedTries = 0;
    this.#lastEvent = 0;
    this.#link = openLink<ServerFunctions, PageFunctions>(
      carrier,
      {
        progress: (id, value) => this.#report(id, value),
        event: (n, name, payload) => this.#take(n, name, payload),
      },
      lost,
    );
    carrier.onClose(() => this.#lose(carrier));
    this.#setState('connected');
    if (again) this.#resyncs.emit(null);
  }

  /** A listener's error is the page's own: it must not end the link, nor be lost. */
  #report(id: number, value: unknown): void {
    try {
      this.#progress.get(id)?.(value);
    } catch (thrown) {
      queueMicrotask(() => {
        throw thrown;
      });
    }
  }

  #take(n: number, name: string, payload: unknown): void {
    const missed = n !== this.#lastEvent + 1;
    this.#lastEvent = n;
    this.#events.get(name)?.emit(payload);
    if (missed) this.#resyncs.emit(null);
  }

  #lose(carrier: Carrier): void {
    if (this.#carrier !== carrier || this.#state === 'closed') return;
    this.#carrier = null;
    this.#link = null;
    this.#setState('reconnecting');
    this.#retry();
  }

  #retry(): void {
    if (this.#state === 'closed') return;
    const [first, most] = this.#retryMs;
    const wait = Math.min(first * 2 ** this.#failedTries, most);
    this.#failedTries += 1;
    this.#retryTimer = setTimeout(() => void this.#connect(), wait);
  }

  #end(problem: AppError | null): void {
    if (this.#state === 'closed') return;
    this.#problem = problem;
    clearTimeout(this.#retryTimer);
    const carrier = this.#carrier;
    this.#link = null;
    this.#carrier = null;
    this.#setState('closed');
    carrier?.close();
  }

  #setState(state: ConnectionState): void {
    this.#state = state;
    this.#states.emit(state);
  }

  #connected(signal: AbortSignal | undefined): Promise<Link> {
    if (this.#state === 'closed') return Promise.reject(this.#problem ?? closed());
    return new Promise((resolve, reject) => {
      const settle = (action: () => void): void => {
        clearTimeout(timer);
        unsubscribe();
        signal?.removeEventListener('abort', abort);
        action();
      };
      const abort = (): void => settle(() => reject(cancelled()));
      const unsubscribe = this.#states.subscribe((state) => {
        const link = this.#link;
        if (link) settle(() => resolve(link));
        else if (state === 'closed') settle(() => reject(this.#problem ?? closed()));
      });
      const timer = setTimeout(() => settle(() => reject(lost())), this.#connectWaitMs);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}
