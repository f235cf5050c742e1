import { AppError } from '../errors/index.ts';
import type { Observable } from '../events/index.ts';
import type { Carrier } from './channel/carrier.ts';
import { cancelled } from './channel/endings.ts';
import { openLink, type Outcome, type PageFunctions, type ServerFunctions } from './channel/link.ts';
import { checkArguments } from './check-arguments.ts';
import type { CallContext, CallMap, CheckedArgsOf, Handlers, ProgressOf } from './definition.ts';

export interface PublishedEvent {
  readonly name: string;
  readonly payload: unknown;
}

/** A contract with its handlers, ready to be served to any number of pages. */
export interface ServedContract<C extends CallMap> {
  readonly calls: C;
  readonly handlers: Handlers<C>;
  readonly events: Observable<PublishedEvent>;
  /** Told of errors nobody expected, for the log. */
  readonly onUnexpected?: (error: AppError, call: string) => void;
}

/**
 * Answers the calls of one page and sends it the events, until its carrier closes; then every call still running is
 * aborted. An argument that does not fit its schema never reaches a handler.
 */
export function serveContract<C extends CallMap>(served: ServedContract<C>, carrier: Carrier): void {
  const running = new Map<number, AbortController>();
  const call = async (id: unknown, name: unknown, args: unknown): Promise<Outcome> => {
    const controller = new AbortController();
    const known = typeof id === 'number' && !running.has(id) ? id : null;
    if (known !== null) running.set(known, controller);
    try {
      const progress = (value: unknown): void => {
        if (known !== null && running.has(known)) tell('progress', known, value);
      };
      const value = await handle(served, String(name), args, { signal: controller.signal, progress });
      return { ok: true, value };
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (error.code === 'UNEXPECTED') served.onUnexpected?.(error, String(name));
      return { ok: false, error: error.toData() };
    } finally {
      if (known !== null) running.delete(known);
    }
  };
  const cancel = (id: unknown): void => {
    if (typeof id === 'number') running.get(id)?.abort(cancelled());
  };

  const rpc = openLink<PageFunctions, ServerFunctions>(carrier, { call, cancel }, cancelled);
  const tell = <K extends keyof PageFunctions>(name: K, ...args: Parameters<PageFunctions[K]>): void => {
    rpc.$callEvent(name, ...args).catch((thrown: unknown) => {
      if (!rpc.$closed) served.onUnexpected?.(AppError.from(thrown), name);
    });
  };
  let n = 0;
  const unsubscribe = served.events.subscribe(({ name, payload }) => {
    n += 1;
    tell('event', n, name, payload);
  });
  carrier.onClose(() => {
    unsubscribe();
    for (const controller of running.values()) controller.abort(cancelled());
  });
}

function handle<C extends CallMap>(
  { calls, handlers }: ServedContract<C>,
  name: string,
  args: unknown,
  context: CallContext<unknown>,
): unknown {
  const key: keyof C = name;
  const definition = Object.hasOwn(calls, name) ? calls[key] : undefined;
  if (!definition || !Object.hasOwn(handlers, name)) {
    throw new AppError('UNKNOWN_CALL', `This version of Pi Workbench cannot do “${name.slice(0, 60)}”.`, {
      hint: 'Reload the window.',
    });
  }
  const checked = checkArguments(name, definition, args);
  return handlers[key](checked as CheckedArgsOf<C[keyof C]>, context as CallContext<ProgressOf<C[keyof C]>>);
}
