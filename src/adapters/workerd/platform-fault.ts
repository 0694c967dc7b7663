/** The failure, where it is of workerd or the network around it, and not of our code. */
export type FaultWord =
  | "overloaded"
  | "connection-lost"
  | "connection-refused"
  | "object-reset"
  | "storage"
  | "quota"
  | "internal";

export interface PlatformFault {
  readonly word: FaultWord;
  /** Whether a repeat may help at once. The caller decides whether it is safe. */
  readonly isPassing: boolean;
}

type Thrown = Error &
  Readonly<Partial<Record<"overloaded" | "retryable" | "durableObjectReset", unknown>>>;

interface Row extends PlatformFault {
  is(error: Thrown): boolean;
}

const says =
  (pattern: RegExp) =>
  ({ message }: Thrown): boolean =>
    pattern.test(message);

/**
 * workerd throws plain Errors, which it marks, or, where it sets no mark, describes only by text.
 * The first matching row counts.
 *
 * Marks: https://developers.cloudflare.com/durable-objects/best-practices/error-handling/ and
 * `exceptionToJs` in https://github.com/cloudflare/workerd/blob/main/src/workerd/jsg/util.c++.
 * Texts: https://developers.cloudflare.com/durable-objects/observability/troubleshooting/; a text
 * that crosses from one stream to another may begin with `jsg.Error: `.
 */
const TABLE: readonly Row[] = [
  // A repeat gives an overloaded object even more work.
  { word: "overloaded", isPassing: false, is: ({ overloaded }) => overloaded === true },
  { word: "connection-lost", isPassing: true, is: ({ retryable }) => retryable === true },
  // New code, or the object exceeded its CPU or memory limit. A repeat starts it anew.
  { word: "object-reset", isPassing: true, is: ({ durableObjectReset: was }) => was === true },
  {
    // No server listens there, or the name is unknown: no byte was sent.
    word: "connection-refused",
    isPassing: true,
    is: says(
      /^(?:jsg\.Error: )?(?:proxy request failed, cannot connect|connection attempt failed)/,
    ),
  },
  {
    word: "quota",
    isPassing: false,
    is: says(
      /^(?:jsg\.Error: )?(?:Exceeded allowed .* free tier|Too many (?:subrequests|API requests)|Your account is generating too much load)/,
    ),
  },
  {
    word: "storage",
    isPassing: false,
    is: says(
      /: SQLITE_(?:BUSY|LOCKED|IOERR|FULL)(?: \(extended: \w+\))?$|^(?:jsg\.Error: )?Durable Object storage operation exceeded timeout/,
    ),
  },
  {
    word: "internal",
    isPassing: false,
    is: says(/^(?:jsg\.Error: )?internal error; reference = \w+$/),
  },
];

/** @returns null for an error without workerd's part in it: a fault of ours, or a vendor's own */
export function platformFault(error: unknown): PlatformFault | null {
  if (!(error instanceof Error)) return null;
  return TABLE.find(({ is }) => is(error)) ?? null;
}
