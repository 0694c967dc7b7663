/** `unavailable`: the dependency is down or slow, trying later may help; `failed`: it will not. */
export type AdapterErrorKind = "unavailable" | "failed";

/**
 * Whatever a vendor threw, wrapped once at the adapter's edge. The message names adapter and
 * operation only: a vendor's text may quote the value that it choked on (DESIGN rule 11).
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
