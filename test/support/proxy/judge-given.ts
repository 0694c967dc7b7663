import type { HeaderList } from "../../../src/ports/upstream.ts";
import { judgeAnswer } from "../../../src/proxy/judge/judge-answer.ts";
import type { PolicyRule } from "../../../src/proxy/policy/policy.ts";
import { earlybirdPolicy } from "./earlybird-policy.ts";

export const utf8 = (text: string) => new TextEncoder().encode(text);
const rules = earlybirdPolicy().rules;
/** A rule of the shipped policy. */
function ruleAt(match: string): PolicyRule {
  const rule = rules.find((candidate) => candidate.match === match);
  if (rule === undefined) throw new Error(`no rule ${match}`);
  return rule;
}
export const USERS = ruleAt("GET /api/phase0-v2/users");
export const LOGIN = ruleAt("POST /api/auth/login");
export const JSON_HEAD: HeaderList = [["content-type", "application/json"]];

/** The problem that replaces an error which cannot be judged. */
export const problem = (status: number) => `{"problem":${status}}`;

/** The judged answer as head and text, or the failure. */
export async function answer(
  rule: PolicyRule,
  body: string | Uint8Array<ArrayBuffer>,
  status = 200,
  headers = JSON_HEAD,
  isStaff = true,
) {
  const judged = await judgeAnswer(
    rule,
    { status, headers },
    typeof body === "string" ? utf8(body) : body,
    { login: rule.login && { ...rule.login, isStaff }, problem },
  );
  if (!judged.ok) return judged.failure;
  const { body: bytes, head } = judged.value;
  return { ...head, body: bytes === null ? null : new TextDecoder().decode(bytes) };
}
export const UNJUDGEABLE = { reason: "upstream-unreachable", cause: "unjudgeable-answer" };
export const REFUSED = {
  status: 401,
  headers: JSON_HEAD,
  body: '{"detail":"Invalid email or password"}',
};
