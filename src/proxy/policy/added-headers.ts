import { isIdentityLike, isNeverPassed } from "../wire/header-rules.ts";
import { repeatedIn } from "./pattern.ts";
import type { Policy } from "./policy.ts";
import type { Fault } from "./policy-file.ts";

/** `headers` of the policy file or of a rule, in lower case for comparisons. */
export const headerNames = (headers: readonly string[] = []): ReadonlySet<string> =>
  new Set(headers.map((name) => name.toLowerCase()));

/** Names that must not pass under any policy, and duplicate names. */
export function headerFaults(headers: readonly string[] = []): readonly Fault[] {
  const names = headers.map((name) => name.toLowerCase());
  const fault = (detail: string): Fault => ({ member: "headers", detail });
  return [
    ...names
      .filter(isNeverPassed)
      .map((name) =>
        fault(`${name} belongs to one connection, is a credential, or is written by the gateway`),
      ),
    ...repeatedIn(names).map((name) => fault(`${name} stands twice`)),
  ];
}

/** Warnings of `policy lint` about names that an upstream may trust as an identity. */
export function headerWarnings({ headers }: Pick<Policy, "headers">): readonly string[] {
  return [...headers]
    .filter(isIdentityLike)
    .map(
      (name) =>
        `${name} may tell the backend who the caller is, and a client can write anything into it`,
    );
}
