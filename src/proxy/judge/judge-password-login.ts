import { fromBase64url, utf8 } from "../../core/bytes.ts";
import type { FailureOf } from "../../core/failure.ts";
import { parsedJsonBytes } from "../../core/json.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { isStaffRole } from "../../core/roles.ts";
import type { Credentials, PasswordLogin } from "../../flows/login/password-login.ts";
import type { Head, Judged } from "../../ports/upstream.ts";
import type { PolicyRule } from "../policy/policy.ts";
import { parseStrictJson } from "../wire/strict-json.ts";
import { memberOf } from "./judged-body.ts";

/** The rule's own roles, and whether the backend got the caller's own credentials. */
export interface AskedLogin extends Pick<PasswordLogin, "isStaff"> {
  readonly refuse: NonNullable<PolicyRule["login"]>["refuse"];
}

/** Longer than any password, and short enough for a stand-in's of the same length. */
const MAX_PASSWORD_BYTES = 1024;

/**
 * E-mail and password of a login's body; null where either is not a text that every part of the
 * backend reads alike. A NUL and a lone surrogate make its password check fail with a different
 * error, and an operator of MongoDB (`{"$ne": null}`) is no text.
 */
export function readCredentials(body: Uint8Array<ArrayBuffer> | null): Credentials | null {
  const json = body === null ? null : parseStrictJson(body);
  const [email, password] = ["email", "password"].map((name) => memberOf(json?.value, name));
  if (!isPlainText(email) || !isPlainText(password)) return null;
  return utf8(password).length <= MAX_PASSWORD_BYTES ? { email, password } : null;
}

const isPlainText = (value: unknown): value is string =>
  typeof value === "string" && value !== "" && value.isWellFormed() && !value.includes("\0");

/** The two members that the backend reads, and no others. */
export const loginBody = ({ email, password }: Credentials): Uint8Array<ArrayBuffer> =>
  utf8(JSON.stringify({ email, password }));

const UNJUDGEABLE = fail({ reason: "upstream-unreachable", cause: "unjudgeable-answer" });

/** The backend's own refusal of a wrong password (LEGACY 4), letter by letter. */
const REFUSAL = utf8('{"detail":"Invalid email or password"}');

/**
 * Whether the answer of the legacy password login may leave. Only staff's token may: the document
 * and the token must both say staff, and the backend must have got the caller's own credentials.
 *
 * `refused`: the client gets the backend's refusal of a wrong password instead. So does a customer
 * with the right password, and so does an answer that would reveal the stand-in: a 422 quotes the
 * refused value.
 */
export function judgeLogin(
  login: AskedLogin,
  status: number,
  answer: unknown,
): Result<"passes" | "refused", FailureOf<"upstream-unreachable">> {
  const hasToken = memberOf(answer, "access_token") !== undefined;
  if (status >= 400 && !hasToken) {
    const isPassed = status === 401 || status === 429 || status >= 500;
    return ok(isPassed ? "passes" : "refused");
  }
  const roles = [
    memberOf(memberOf(answer, "user"), "role"),
    memberOf(payloadOf(memberOf(answer, "access_token")), "role"),
  ];
  const isRefused = roles.some((role) => login.refuse.some((refused) => refused === role));
  if (isRefused || !login.isStaff) return ok("refused");
  const isGood = status >= 200 && status < 300 && roles.every(isStaffRole);
  return isGood ? ok("passes") : UNJUDGEABLE;
}

/** The backend's refusal, with the head of the replaced answer. */
export function refusedLogin({ headers }: Head): Judged {
  const kept = headers.filter(([name]) => name !== "content-type");
  const type = ["content-type", "application/json"] as const;
  return { head: { status: 401, headers: [...kept, type] }, body: REFUSAL };
}

/** The claims of a compact JWT, unverified. Undefined where the value is not one. */
function payloadOf(token: unknown): unknown {
  const parts = typeof token === "string" ? token.split(".") : [];
  const bytes = parts.length === 3 ? fromBase64url(parts[1] ?? "") : null;
  return bytes === null ? undefined : parsedJsonBytes(bytes);
}
