import { describe, expect, it } from "vitest";
import { failureOf, failureWord } from "../../../../src/adapters/twilio/failure-codes.ts";
import { mayRepeat } from "../../../../src/adapters/twilio/patient-post.ts";
import type { TwilioAnswer } from "../../../../src/adapters/twilio/transport.ts";
import { redact } from "../../../../src/core/redact.ts";

const answered = (status: number, code?: unknown): TwilioAnswer => ({
  kind: "answered",
  status,
  body: code === undefined ? null : { code, message: "+919876543210", status },
  retryAfterMs: null,
});

describe("a failure at Twilio", () => {
  it.each([
    [400, 21211, "bad-number 21211", false],
    [400, 21614, "bad-number 21614", false],
    [400, 60200, "bad-number 60200", false],
    [400, 21610, "unsubscribed 21610", false],
    [400, 21408, "region-not-enabled 21408", false],
    [403, 60605, "region-not-enabled 60605", false],
    [400, 21608, "trial-account 21608", false],
    [403, 60410, "blocked 60410", false],
    [429, 60202, "verify-max-attempts 60202", false],
    [429, 60203, "verify-max-sends 60203", false],
    [400, 29999, "rejected 29999", false],
    [400, undefined, "rejected http-400", false],
    [401, 20003, "auth 20003", true],
    [401, undefined, "auth http-401", true],
    [403, undefined, "auth http-403", true],
    [429, 20429, "rate-limited 20429", true],
    [429, undefined, "rate-limited http-429", true],
    [429, 63038, "rate-limited 63038", true],
    [400, 63016, "content-template 63016", true],
    [400, 21659, "misconfigured 21659", true],
    [404, 20404, "misconfigured 20404", true],
    [500, 20500, "provider-error 20500", true],
    [302, undefined, "provider-error http-302", true],
    [200, undefined, "provider-error http-200", true],
  ])("a failure at Twilio: %i %s is %s", (status, number, code, fault) => {
    expect(failureOf(answered(status, number))).toEqual({ code, fault });
    expect(redact(code), "the log keeps it").toBe(code);
  });

  it("a failure at Twilio has the same words for a status callback's number", () => {
    expect(failureWord(30006)).toBe("bad-number");
    expect(failureWord(63016)).toBe("content-template");
    expect(failureWord(1)).toBeNull();
  });
});

describe("a request is repeated", () => {
  it.each([
    [429, 20429],
    [429, 60212],
    [429, undefined],
    [503, 20503],
  ])("a request is repeated after %i %s", (status, number) => {
    expect(mayRepeat(answered(status, number))).toBe(true);
  });

  it.each([
    [429, 60202],
    [429, 60203],
    [429, 60207],
    [429, 63038],
    [503, undefined],
    [503, 20429],
    [500, 20500],
    [500, 20503],
    [502, undefined],
    [504, undefined],
    [201, undefined],
    [302, undefined],
    [400, 20429],
    [401, 20003],
    [408, undefined],
  ])("a request is never repeated after %i %s", (status, number) => {
    expect(mayRepeat(answered(status, number))).toBe(false);
  });

  it("a request is repeated where it never left, and not where it may have", () => {
    const lost = { kind: "lost", reason: "network", detail: null } as const;
    expect(mayRepeat({ ...lost, neverLeft: true })).toBe(true);
    expect(mayRepeat({ ...lost, neverLeft: false })).toBe(false);
    expect(mayRepeat({ ...lost, reason: "timeout", neverLeft: false })).toBe(false);
  });
});
