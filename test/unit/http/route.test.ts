import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { fail, ok } from "../../../src/core/result.ts";
import { bodyRoute, callerRoute, route } from "../../../src/http/route.ts";

const HERE = { method: "POST", path: "/here", tag: "service", summary: "A test's own" } as const;
const count = z.object({ count: z.int() });

describe("what a route declares", () => {
  it("is completed by what its body, its caller and its limit may end in", () => {
    const nothing = async () => ok({ status: 204 } as const);
    const answers = { 204: null };
    const plain = route({ ...HERE, answers, problems: ["not-found"] }, nothing);
    expect(plain.problems).toEqual(["not-found", "internal"]);
    const counted = { ...HERE, answers, body: count, limit: "code-per-address" } as const;
    const limited = bodyRoute(counted, nothing);
    expect(limited.limit).toBe("code-per-address");
    expect(limited.problems).toEqual(
      expect.arrayContaining(["rate-limited", "store-unavailable", "internal"]),
    );
    const withBody = bodyRoute({ ...HERE, answers, body: count }, nothing);
    expect(withBody.problems).toEqual([
      ...["unsupported-media-type", "payload-too-large", "request-malformed", "request-timeout"],
      "validation-failed",
      "internal",
    ]);
    expect(withBody.body).toEqual({ kind: "json", schema: count });
    const forCaller = callerRoute({ ...HERE, answers }, nothing);
    expect(forCaller.problems).toEqual([
      ...["token-missing", "token-invalid", "token-expired", "store-unavailable"],
      "internal",
    ]);
    expect(forCaller.credential).toBe("access-token");
  });

  it("is what the compiler lets it answer: another shape, status or problem is refused", () => {
    const answers = { 200: count };
    route({ ...HERE, answers }, async () => ok({ status: 200, json: { count: 1 } }));
    // @ts-expect-error: a status that is not declared
    route({ ...HERE, answers }, async () => ok({ status: 201, json: { count: 1 } }));
    // @ts-expect-error: a member of another type
    route({ ...HERE, answers }, async () => ok({ status: 200, json: { count: "1" } }));
    // @ts-expect-error: no body where one is declared
    route({ ...HERE, answers }, async () => ok({ status: 200 }));
    // @ts-expect-error: a body where none is declared
    route({ ...HERE, answers: { 204: null } }, async () => ok({ status: 204, json: {} }));
    // @ts-expect-error: a problem that is not declared
    route({ ...HERE, answers }, async () => fail({ reason: "not-found" }));
    const undeclared = async () => fail({ reason: "not-found" } as const);
    // @ts-expect-error: nor behind a body
    bodyRoute({ ...HERE, answers, body: count }, undeclared);
    // @ts-expect-error: nor behind a token
    callerRoute({ ...HERE, answers }, undeclared);
    // @ts-expect-error: a route says to whom it belongs
    route({ method: "GET", path: "/", summary: "", answers }, async () => undeclared());
  });
});
