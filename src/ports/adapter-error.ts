/** `unavailable`: the dependency is down or slow, a retry may help; `failed`: no retry will. */
export type AdapterErrorKind = "unavailable" | "failed";

/**
 * Wraps the error of a vendor's client, once, at the edge of the adapter. The message names only
 * the adapter and the operation: a vendor's text may quote the phone or token that it failed on.
 */
export class AdapterError extends Error {
  readonly adapter: string;
  readonly operation: string;
  readonly kind: AdapterErrorKind;

  constructor(
    adapter: string,
    operation: string,
    kind: AdapterErrorKind,
    options: { cause: unknown },
  ) {
    super(`${adapter} ${operation} ${kind}`, options);
    this.name = "AdapterError";
    this.adapter = adapter;
    this.operation = operation;
    this.kind = kind;
  }
}
