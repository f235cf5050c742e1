import type { Calls, Events } from './contract.ts';
import type { ArgsOf, PayloadOf, ProgressOf, ResultOf } from './definition.ts';

export interface CallOptions<P> {
  readonly signal?: AbortSignal;
  readonly onProgress?: (value: P) => void;
}

export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'closed';

/** The page's side of the contract, the same over every carrier. */
export interface Client {
  /** Rejects with an `AppError` carrying the code, message and hint of the far side. */
  call<K extends keyof Calls & string>(
    name: K,
    args: ArgsOf<Calls[K]>,
    options?: CallOptions<ProgressOf<Calls[K]>>,
  ): Promise<ResultOf<Calls[K]>>;
  /** Listens to one event until the returned function is called. Events of one client arrive in the order sent. */
  on<K extends keyof Events & string>(name: K, listener: (payload: PayloadOf<Events[K]>) => void): () => void;
  /** Called after each reconnection: events may have been missed, so read snapshots anew. */
  onResync(listener: () => void): () => void;
  readonly state: ConnectionState;
  onState(listener: (state: ConnectionState) => void): () => void;
  close(): void;
}
