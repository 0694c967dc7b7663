import { utf8 } from "../../core/bytes.ts";
import type { CustomerId, UserId } from "../../core/ids.ts";
import type { Role } from "../../core/roles.ts";
import { judgeRequest } from "../../proxy/judge/judge-request.ts";
import {
  type Claims,
  type Field,
  type Forced,
  type Found,
  fieldText,
  type Policy,
  type Rule,
  ruleFor,
} from "../../proxy/policy/policy.ts";
import { canonicalTarget, isAmbiguousTarget } from "../../proxy/wire/canonical-target.ts";

/** A call as `doorstep policy check` describes it; null is what was left out. */
export interface CheckedCall {
  readonly method: string;
  readonly path: string;
  readonly role: Role | null;
  readonly user: string | null;
  readonly customer: string | null;
  readonly body: string | null;
}

interface Verdict {
  readonly allowed: boolean;
  /** For the terminal, with a newline at the end. */
  readonly text: string;
}

/**
 * What the policy says to a call: the rule that decides, all that it looks at, and the verdict on
 * as much of it as was given.
 */
export async function checkCall(policy: Policy, call: CheckedCall): Promise<Verdict> {
  const target = canonicalTarget(`http://gateway.invalid${call.path}`);
  if (!target.ok || isAmbiguousTarget(call.path)) return denied("request-malformed", []);
  const found = policy.find(call.method, target.value.path);
  if (found === null) return denied(refusalOf(call), [["pattern", "none"]]);
  const rule = ruleFor(found, call.role);
  const lines: Line[] = [
    ["pattern", found.pattern],
    ...found.rules.map((at): Line => [at === rule ? "rule" : "other rule", ruleText(at)]),
    ...(rule === null ? [] : looksOf(rule)),
  ];
  if (rule === null) return denied(refusalOf(call), lines);
  return judged(call, rule, found, target.value.query, lines);
}

type Line = readonly [label: string, text: string];

async function judged(
  call: CheckedCall,
  rule: Rule,
  { params }: Found,
  query: string,
  lines: readonly Line[],
): Promise<Verdict> {
  const claims = {
    sub: (call.user ?? "") as UserId,
    customer_v2_id: call.customer as CustomerId | null,
  };
  const { open, rest } = judgeable(rule, call, claims);
  const body = call.body === null ? null : utf8(call.body);
  const parts = { params, query, body, contentType: "application/json", contentEncoding: null };
  const lookUps: string[] = [];
  const verdict = await judgeRequest(rest, parts, claims, async ({ collection, id }) => {
    lookUps.push(`${collection} ${id}`);
    return true;
  });
  const all: Line[] = [
    ...lines,
    ...open.map((field): Line => ["not judged", `${field}: not given here`]),
    ...lookUps.map((asked): Line => ["not judged", `whose ${asked} is: asked of the store`]),
  ];
  const ifSo = open.length + lookUps.length > 0 ? ", if what is not judged here holds" : "";
  if (verdict.ok) return written(true, `allowed${ifSo}`, all);
  const { failure } = verdict;
  const field = failure.reason === "not-owner" ? ` (${failure.field ?? ""})` : "";
  return denied(`${failure.reason}${field}`, all);
}

/** The rule without what cannot be judged from what was given, which is named. */
function judgeable(rule: Rule, call: CheckedCall, claims: Claims) {
  const isGiven = ({ place }: Field) => place !== "body" || call.body !== null;
  const isKnown = ({ claim, field }: Forced) => Boolean(claims[claim]) && isGiven(field);
  const missing = [...rule.own, ...rule.set].filter((forced) => !isKnown(forced));
  const limits = rule.limits.filter(({ by }) => by === "address" || isGiven(by));
  const rest: Rule = {
    ...rule,
    own: rule.own.filter(isKnown),
    set: rule.set.filter(isKnown),
    limits,
    ends: rule.ends !== null && isGiven(rule.ends) ? rule.ends : null,
    judgesBody: rule.judgesBody && call.body !== null,
  };
  const forbidden = rule.forbid.length > 0 && rule.judgesBody && call.body === null;
  const open = missing.map(({ field }) => fieldText(field));
  return { rest, open: forbidden ? [...open, "what is forbidden in the body"] : open };
}

const ruleText = ({ allow, match, position }: Rule): string =>
  `${position}  ${match}  ${allow === "public" ? "for everybody" : `for ${allow.join(", ")}`}`;

function looksOf(rule: Rule): readonly Line[] {
  const { ends, forbid, limits, login, own, redact, risk, set } = rule;
  return [
    ...own.map(({ claim, document, field }): Line => {
      const { collection, owner } = document ?? { collection: "", owner: [] };
      const named = `names one of ${collection} whose ${owner.join(" or ")} is ${claim}`;
      return ["own", `${fieldText(field)} ${document === null ? `is ${claim}` : named}`];
    }),
    ...set.map(({ claim, field }): Line => ["set", `${fieldText(field)} to ${claim}`]),
    ...listed("forbid", forbid),
    ...listed("redact", redact),
    ...listed("login", login === null ? [] : [`not for ${login.refuse.join(", ")}`]),
    ...listed(
      "limit",
      limits.map(({ by }) => `by ${by === "address" ? by : fieldText(by)}`),
    ),
    ...listed("ends", ends === null ? [] : [`the sessions of ${fieldText(ends)}, where they must`]),
    ...listed("risk", risk === null ? [] : [risk]),
  ];
}

const listed = (label: string, texts: readonly string[]): readonly Line[] =>
  texts.length === 0 ? [] : [[label, texts.join(", ")]];

const refusalOf = ({ role }: CheckedCall): string =>
  role === null ? "token-missing" : "route-denied";

const denied = (reason: string, lines: readonly Line[]): Verdict =>
  written(false, `denied: ${reason}`, lines);

function written(allowed: boolean, verdict: string, lines: readonly Line[]): Verdict {
  const all: readonly Line[] = [...lines, ["verdict", verdict]];
  const text = all.map(([label, rest]) => `${label.padEnd(11)} ${rest}\n`).join("");
  return { allowed, text };
}
