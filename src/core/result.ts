/** An expected outcome as a value. An unexpected one is thrown. */
export type Result<T, F> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: F };

export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });
export const fail = <const F>(failure: F): Result<never, F> => ({ ok: false, failure });
