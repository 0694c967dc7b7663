import { describe, expect, it } from "vitest";
import type { Failure } from "../../../../src/core/failure.ts";
import { PROBLEMS } from "../../../../src/http/problems/catalogue.ts";
import type { Catalogue, ProblemSpec } from "../../../../src/http/problems/problems.ts";

type Plain = { readonly reason: "new" };
type Waits = { readonly reason: "new"; readonly retryAfterSeconds: number };
type Carries = { readonly reason: "new"; readonly evidence: { readonly because: string } };
type Optional = { readonly reason: "new"; readonly field?: string };

const WORDS = { title: "New", detail: "New.", meaning: "New." };
const OAUTH = { status: 400, error: "invalid_grant" } as const;
const ENTRY = { ...WORDS, status: 409, oauth: OAUTH } as const;

describe("a failure that is new", () => {
  it("a failure that is new does not compile before the catalogue says all that is to be said of it", () => {
    // @ts-expect-error: it has no entry
    PROBLEMS satisfies Catalogue<Failure | Plain>;
    ENTRY satisfies ProblemSpec<Plain>;
    // @ts-expect-error: it has no OAuth error, so that the token endpoint would have to guess
    ({ ...WORDS, status: 409 }) satisfies ProblemSpec<Plain>;
    // @ts-expect-error: it has a status that is none of ours
    ({ ...ENTRY, status: 418 }) satisfies ProblemSpec<Plain>;
    // @ts-expect-error: a 401 needs a challenge
    ({ ...ENTRY, status: 401 }) satisfies ProblemSpec<Plain>;
    ({ ...ENTRY, status: 401, challenge: "Bearer" }) satisfies ProblemSpec<Plain>;
    // @ts-expect-error: a challenge belongs to a 401
    ({ ...ENTRY, challenge: "Bearer" }) satisfies ProblemSpec<Plain>;
    expect(Object.keys(PROBLEMS)).not.toContain("new");
  });

  it("a failure that is new tells how long to wait in Retry-After, and nowhere else", () => {
    const told = { retryAfterSeconds: { header: "Retry-After" } } as const;
    ({ ...ENTRY, told }) satisfies ProblemSpec<Waits>;
    // @ts-expect-error: it is told nowhere
    ENTRY satisfies ProblemSpec<Waits>;
    // @ts-expect-error: the place is there and empty
    ({ ...ENTRY, told: { retryAfterSeconds: {} } }) satisfies ProblemSpec<Waits>;
    // @ts-expect-error: the log alone does not help a client
    ({ ...ENTRY, told: { retryAfterSeconds: { cause: String } } }) satisfies ProblemSpec<Waits>;
    expect(told.retryAfterSeconds.header).toBe("Retry-After");
  });

  it("a failure that is new has a place for each of its values, be it that nobody is told", () => {
    const told = { evidence: { cause: ({ because }: { because: string }) => because } };
    ({ ...ENTRY, told }) satisfies ProblemSpec<Carries>;
    ({ ...ENTRY, told: { evidence: {} } }) satisfies ProblemSpec<Carries>;
    ({ ...ENTRY, told: { field: {} } }) satisfies ProblemSpec<Optional>;
    // @ts-expect-error: a value that may be absent needs its place as well
    ENTRY satisfies ProblemSpec<Optional>;
    // @ts-expect-error: the wire's member is a list of fields, and this is none
    ({ ...ENTRY, told: { evidence: { member: "errors" } } }) satisfies ProblemSpec<Carries>;
    // @ts-expect-error: an object is no header
    ({ ...ENTRY, told: { evidence: { header: "Allow" } } }) satisfies ProblemSpec<Carries>;
    expect(told.evidence.cause({ because: "several-users" })).toBe("several-users");
  });
});
