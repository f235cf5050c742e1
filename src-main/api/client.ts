import type { AppError } from '../errors/index.ts';
import type { Calls, Events } from './contract.ts';
import type { ArgsOf, CallMap, EventMap, PayloadOf, ProgressOf, ResultOf } from './definition.ts';

export interface CallOptions<P> {
  /**
   * Asks the far side to stop. The call then ends as the far side says: with `CANCELLED` once it has stopped and
   * cleaned up, or with its result when it was too late.
   */
  readonly signal?: AbortSignal;
  readonly onProgress?: (value: P) => void;
}

export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'closed';

/** The page's side of a contract, the same over every carrier. */
export interface ContractClient<C extends CallMap, E extends EventMap> {
  /**
   * Rejects with an `AppError` carrying the code, message and hint of the far side, with `CANCELLED`, or with
   * `CONNECTION_LOST` when the connection broke meanwhile. Waits a while for a connection when there is none.
   */
  call<K extends keyof C & string>(
    name: K,
    args: ArgsOf<C[K]>,
    options?: CallOptions<ProgressOf<C[K]>>,
  ): Promise<ResultOf<C[K]>>;
  /**
   * Listens to one event until the returned function is called. Events of one client arrive in the order sent. Listen
   * first and read the snapshot then: what happens in between is not missed.
   */
  on<K extends keyof E & string>(name: K, listener: (payload: PayloadOf<E[K]>) => void): () => void;
  /** Called after each reconnection: events may have been missed, so read snapshots anew. */
  onResync(listener: () => void): () => void;
  readonly state: ConnectionState;
  /** Why the state is `closed` and will stay so, or null. */
  readonly problem: AppError | null;
  onState(listener: (state: ConnectionState) => void): () => void;
  close(): void;
}

export type Client = ContractClient<Calls, Events>;
