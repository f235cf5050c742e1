/** A value where nothing has to be waited for, else a promise of it: a promise costs more than most commands do. */
export type MaybePromise<T> = T | Promise<T>;

/** Goes on with a value: at once, or when it is there. */
export function chain<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** What an action gives, or what `handle` makes of its failure, thrown at once or later. */
export function rescue<T>(
  action: () => MaybePromise<T>,
  handle: (thrown: unknown) => MaybePromise<T>,
): MaybePromise<T> {
  try {
    const value = action();
    return value instanceof Promise ? value.catch(handle) : value;
  } catch (thrown) {
    return handle(thrown);
  }
}
