import type * as v from 'valibot';

declare const resultType: unique symbol;
declare const progressType: unique symbol;
declare const payloadType: unique symbol;

/** One call of the contract: a schema for its argument, and the types of its result and of its progress reports. */
export interface CallDefinition<S extends v.GenericSchema = v.GenericSchema, R = unknown, P = unknown> {
  readonly args: S;
  readonly [resultType]?: R;
  readonly [progressType]?: P;
}

/** One event of the contract, sent from the main side to every page. */
export interface EventDefinition<T = unknown> {
  readonly [payloadType]?: T;
}

/** Declares a call: `call<Result, Progress>()(schemaOfTheArgument)`. */
export function call<R, P = never>(): <S extends v.GenericSchema>(args: S) => CallDefinition<S, R, P> {
  return (args) => ({ args });
}

/** Declares an event with its payload's type. */
export function event<T>(): EventDefinition<T> {
  return {};
}

export type CallMap = Readonly<Record<string, CallDefinition>>;
export type EventMap = Readonly<Record<string, EventDefinition>>;

/** What a page passes. */
export type ArgsOf<D> = D extends CallDefinition<infer S, unknown, unknown> ? v.InferInput<S> : never;
/** What a handler gets, after the schema has checked it. */
export type CheckedArgsOf<D> = D extends CallDefinition<infer S, unknown, unknown> ? v.InferOutput<S> : never;
export type ResultOf<D> = D extends CallDefinition<v.GenericSchema, infer R, unknown> ? R : never;
export type ProgressOf<D> = D extends CallDefinition<v.GenericSchema, unknown, infer P> ? P : never;
export type PayloadOf<D> = D extends EventDefinition<infer T> ? T : never;

export interface CallContext<P> {
  /** Aborted when the page cancels the call or goes away. */
  readonly signal: AbortSignal;
  readonly progress: (value: P) => void;
}

/** One handler for each call of a part of the contract. */
export type Handlers<C extends CallMap> = {
  readonly [K in keyof C]: (
    args: CheckedArgsOf<C[K]>,
    context: CallContext<ProgressOf<C[K]>>,
  ) => ResultOf<C[K]> | Promise<ResultOf<C[K]>>;
};

/** Sends one event to every connected page. */
export type Publish<E extends EventMap> = <K extends keyof E & string>(name: K, payload: PayloadOf<E[K]>) => void;

/** A part of the contract wired to its service. */
export interface Part<C extends CallMap> {
  readonly handlers: Handlers<C>;
  /** Stops publishing and releases what the part holds. */
  readonly dispose?: () => void | Promise<void>;
}
