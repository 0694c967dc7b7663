import { describe, expect, it } from "vitest";
import { lostBy, neverLeft } from "../../../../src/adapters/twilio/network-error.ts";

const error = (fields: object, message = "x"): Error => Object.assign(new Error(message), fields);
const wrapped = (cause: unknown): Error => new TypeError("fetch failed", { cause });

const REFUSED = error({ code: "ECONNREFUSED", syscall: "connect" });
const RESET = error({ code: "ECONNRESET", syscall: "read" });

describe("a request that got no answer", () => {
  it.each<[string, unknown]>([
    ["refused", REFUSED],
    ["refused, as fetch tells it", wrapped(REFUSED)],
    ["refused at every address", wrapped(new AggregateError([REFUSED, REFUSED]))],
    ["no such name", wrapped(error({ code: "ENOTFOUND", syscall: "getaddrinfo" }))],
    ["no route", error({ code: "EHOSTUNREACH", syscall: "connect" })],
    ["no answer to the first packet", error({ code: "ETIMEDOUT", syscall: "connect" })],
    ["undici's connect time-out", wrapped(error({ code: "UND_ERR_CONNECT_TIMEOUT" }))],
    ["a foreign certificate", error({ code: "ERR_TLS_CERT_ALTNAME_INVALID" })],
    ["a self-signed certificate", wrapped(error({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" }))],
  ])("a request that got no answer never left: %s", (_, thrown) => {
    expect(neverLeft(thrown)).toBe(true);
  });

  it.each<[string, unknown]>([
    ["reset", RESET],
    ["reset, as fetch tells it", wrapped(RESET)],
    ["hung up", error({ code: "ECONNRESET" }, "socket hang up")],
    ["closed", wrapped(error({ code: "UND_ERR_SOCKET" }, "other side closed"))],
    ["broken pipe", error({ code: "EPIPE", syscall: "write" })],
    ["one address refused, one reset", new AggregateError([REFUSED, RESET])],
    ["no addresses", new AggregateError([])],
    ["a Worker's", new Error("Network connection lost.")],
    ["a text", "ECONNREFUSED"],
    ["nothing", undefined],
  ])("a request that got no answer may have left: %s", (_, thrown) => {
    expect(neverLeft(thrown)).toBe(false);
  });

  it("a request that got no answer is told by the innermost code alone", () => {
    expect(lostBy(wrapped(REFUSED)).detail).toBe("ECONNREFUSED");
    const hungUp = error({ code: "UND_ERR_SOCKET" }, "other side closed");
    expect(lostBy(wrapped(hungUp)).detail, "a word that operators know").toBe("ECONNRESET");
    expect(lostBy(error({ code: "+919876543210" })).detail).toBeNull();
    expect(lostBy(error({ code: 407218 })).detail).toBeNull();
    expect(lostBy(new Error("connect 10.0.0.1")).detail).toBeNull();
  });

  it("a request that got no answer ends its search in an error that causes itself", () => {
    const circular = error({});
    circular.cause = circular;
    expect(neverLeft(circular)).toBe(false);
  });
});
