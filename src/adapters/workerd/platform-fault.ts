/** What failed, where it was workerd or the network around it, and no code of ours. */
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
  /** Whether asking once more may help at once. Whether it may be done twice is for the caller. */
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
 * workerd throws plain Errors: it says by marks, and where it sets none by its texts alone, what
 * failed. The first row that fits counts.
 *
 * Marks: https://developers.cloudflare.com/durable-objects/best-practices/error-handling/ and
 * `exceptionToJs` in https://github.com/cloudflare/workerd/blob/main/src/workerd/jsg/util.c++.
 * Texts: https://developers.cloudflare.com/durable-objects/observability/troubleshooting/; a text
 * that crosses from one stream to another may begin with `jsg.Error: `.
 */
const TABLE: readonly Row[] = [
  // Asked again, an object with too much to do has more to do.
  { word: "overloaded", isPassing: false, is: ({ overloaded }) => overloaded === true },
  { word: "connection-lost", isPassing: true, is: ({ retryable }) => retryable === true },
  // Code was updated, or the object outlived its processor or memory. Asked anew it begins again.
  { word: "object-reset", isPassing: true, is: ({ durableObjectReset: was }) => was === true },
  {
    // Nobody listens there, or the name is unknown: no byte was sent.
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

/** @returns null for an error that workerd had no part in: a fault of ours, or a vendor's own */
export function platformFault(error: unknown): PlatformFault | null {
  if (!(error instanceof Error)) return null;
  return TABLE.find(({ is }) => is(error)) ?? null;
}
