import { fromBase64url } from "../../core/bytes.ts";
import type { FailureOf } from "../../core/failure.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { isStaffRole } from "../../core/roles.ts";
import type { PolicyRule } from "../policy/policy.ts";
import { memberOf } from "./judged-body.ts";

type LoginFailure = FailureOf<"password-login-closed" | "upstream-unreachable">;

const UNJUDGEABLE = fail({ reason: "upstream-unreachable", cause: "unjudgeable-answer" });

/**
 * The answer of the legacy password login (LEGACY 4): knowing a phone number is enough to log in as
 * an imported customer, so no customer's token leaves. Both the document and the token must say
 * that this is staff; a refusal of the backend itself passes.
 *
 * @param login null: the rule is no login
 */
export function judgeLogin(
  login: PolicyRule["login"],
  status: number,
  answer: unknown,
): Result<null, LoginFailure> {
  const isRefusal = status >= 400 && memberOf(answer, "access_token") === undefined;
  if (login === null || isRefusal) return ok(null);
  const roles = [
    memberOf(memberOf(answer, "user"), "role"),
    memberOf(payloadOf(memberOf(answer, "access_token")), "role"),
  ];
  if (roles.some((role) => login.refuse.some((refused) => refused === role))) {
    return fail({ reason: "password-login-closed" });
  }
  const isGood = status >= 200 && status < 300 && roles.every(isStaffRole);
  return isGood ? ok(null) : UNJUDGEABLE;
}

/** What a compact JWT claims; it is not verified here. Undefined where it is none. */
function payloadOf(token: unknown): unknown {
  const parts = typeof token === "string" ? token.split(".") : [];
  const bytes = parts.length === 3 ? fromBase64url(parts[1] ?? "") : null;
  if (bytes === null) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
