import { MongoServerError } from "mongodb";
import { describe, expect, it } from "vitest";
import { isOfTheNetwork, wrapped } from "../../../../src/adapters/mongo/errors.ts";

const thrown = (message: string, marks: object = {}) => Object.assign(new Error(message), marks);
const LOST = thrown("Network connection lost.", { retryable: true });
const REFUSED = thrown("proxy request failed, cannot connect to the specified address");
const INTERNAL = thrown("internal error; reference = m58tna3f3cfo1ojtjvsdhhp5");

describe("an error that the driver passes on as the platform threw it", () => {
  it.each([
    ["Node's reset connection", thrown("read ECONNRESET", { code: "ECONNRESET", syscall: "read" })],
    ["workerd's lost connection, which names no system call", LOST],
    ["workerd's refused connection", REFUSED],
  ])("an error of the platform is the network's, and tried again: %s", (_, error) => {
    expect(isOfTheNetwork(error)).toBe(true);
    expect(wrapped("find-users", error).kind).toBe("unavailable");
  });

  it("an error that the driver passes on as the platform threw it is unavailable and not tried again where workerd itself failed", () => {
    expect(isOfTheNetwork(INTERNAL)).toBe(false);
    expect(wrapped("find-users", INTERNAL).kind).toBe("unavailable");
  });

  it.each([
    ["a certificate's file that is not there", thrown("ENOENT", { syscall: "open" })],
    ["a directory in a certificate's place", thrown("x", { code: "EISDIR", syscall: "read" })],
    ["a fault of our own", new TypeError("x is not a function")],
    ["an answer of the server that has the mark's name in it", serverError({ retryable: true })],
  ])("an error of the platform is ours to mend: %s", (_, error) => {
    expect(isOfTheNetwork(error)).toBe(false);
    expect(wrapped("find-users", error).kind).toBe("failed");
  });
});

function serverError(fields: object): MongoServerError {
  return Object.assign(new MongoServerError({ message: "x", code: 1 }), fields);
}
