import { describe, expect, it } from "vitest";
import { type FaultWord, platformFault } from "../../../../src/adapters/workerd/platform-fault.ts";

const thrown = (message: string, marks: object = {}) => Object.assign(new Error(message), marks);

/** As workerd 2026-10 throws them; the last column says whether asking once more may help. */
const FAULTS: readonly (readonly [string, Error, FaultWord, boolean])[] = [
  [
    "a connection that broke",
    thrown("Network connection lost.", { retryable: true }),
    "connection-lost",
    true,
  ],
  [
    "a connection of fetch that broke",
    thrown("Network connection lost.", { remote: true, retryable: true }),
    "connection-lost",
    true,
  ],
  [
    "a port where nobody listens",
    thrown("proxy request failed, cannot connect to the specified address"),
    "connection-refused",
    true,
  ],
  [
    "the same as a stream passes it on",
    thrown("jsg.Error: proxy request failed, cannot connect to the specified address"),
    "connection-refused",
    true,
  ],
  [
    "a connection to another Worker",
    thrown("connection attempt failed"),
    "connection-refused",
    true,
  ],
  [
    "an object with too much to do",
    thrown("Durable Object is overloaded. Too many requests queued.", { overloaded: true }),
    "overloaded",
    false,
  ],
  [
    "an overload that says that it passes",
    thrown("Durable Object is overloaded.", { overloaded: true, retryable: true }),
    "overloaded",
    false,
  ],
  [
    "an object that was replaced",
    thrown("Durable Object reset because its code was updated.", { durableObjectReset: true }),
    "object-reset",
    true,
  ],
  ["a full storage", thrown("database or disk is full: SQLITE_FULL"), "storage", false],
  [
    "a storage that cannot be read",
    thrown("disk I/O error: SQLITE_IOERR (extended: SQLITE_IOERR_READ)"),
    "storage",
    false,
  ],
  [
    "a storage that takes too long",
    thrown("Durable Object storage operation exceeded timeout which caused object to be reset."),
    "storage",
    false,
  ],
  [
    "a spent quota of the account",
    thrown("Exceeded allowed rows written in Durable Objects free tier."),
    "quota",
    false,
  ],
  ["a spent quota of the request", thrown("Too many subrequests."), "quota", false],
  [
    "an account that asks too often",
    thrown("Your account is generating too much load on Durable Objects. Please back off."),
    "quota",
    false,
  ],
  [
    "a fault of workerd's own",
    thrown("internal error; reference = m58tna3f3cfo1ojtjvsdhhp5"),
    "internal",
    false,
  ],
];

describe("what workerd throws", () => {
  it.each(FAULTS)("what workerd throws: %s is no fault of ours", (_, error, word, isPassing) => {
    expect(platformFault(error)).toMatchObject({ word, isPassing });
  });

  it.each<[string, unknown]>([
    ["an error of our own", thrown("no such column: internal error")],
    ["a constraint", thrown("UNIQUE constraint failed: a.b: SQLITE_CONSTRAINT")],
    ["a wrong statement", thrown('near "SQLITE_FULL": syntax error: SQLITE_ERROR')],
    ["a mark that is not set", thrown("x", { retryable: false, overloaded: "true" })],
    ["what an object of ours threw", thrown("x", { remote: true, durableObjectId: "0" })],
    ["no error", { retryable: true }],
    ["nothing", null],
  ])("an error that is not workerd's is not taken for one: %s", (_, error) => {
    expect(platformFault(error)).toBeNull();
  });
});
