/** A value that is known already, or comes later. */
export type Maybe<T> = T | Promise<T>;

/**
 * The next step with a value: at once where the value is known, so that a request with everything
 * remembered waits for no turn of the event loop and makes no promise.
 */
export function andThen<T, U>(value: Maybe<T>, step: (value: T) => Maybe<U>): Maybe<U> {
  return value instanceof Promise ? value.then(step) : step(value);
}

/** The value of `make`, or that of `broken` where `make` throws, at once or later. */
export function unlessThrown<T>(make: () => Maybe<T>, broken: (thrown: unknown) => T): Maybe<T> {
  try {
    const value = make();
    return value instanceof Promise ? value.catch(broken) : value;
  } catch (thrown) {
    return broken(thrown);
  }
}
