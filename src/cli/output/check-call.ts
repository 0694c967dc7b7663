import { utf8 } from "../../core/bytes.ts";
import type { CustomerId, UserId } from "../../core/ids.ts";
import type { Role } from "../../core/roles.ts";
import { type JudgeFailure, judgeRequest } from "../../proxy/judge/judge-request.ts";
import {
  type Claims,
  type Field,
  type Forced,
  type Found,
  fieldText,
  type Policy,
  type PolicyRule,
  ruleFor,
  type Sums,
} from "../../proxy/policy/policy.ts";
import { canonicalOf, isAmbiguousTarget } from "../../proxy/wire/canonical-target.ts";

/** The call of `doorstep policy check`; null for each part that was left out. */
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

/** The policy's answer to a call: the deciding rule, its judged parts, and the verdict. */
export async function checkCall(policy: Policy, call: CheckedCall): Promise<Verdict> {
  const target = canonicalOf(call.path);
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
  rule: PolicyRule,
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
  const verdict = await judgeRequest(rest, parts, claims, {
    phone: { defaultRegion: "IN", allowedCountries: [] },
    async isOwner({ collection, id }) {
      lookUps.push(`the owner of ${collection} ${id}`);
      return true;
    },
    // Not asked: `judgeable` leaves `unchanged` out.
    readField: async () => null,
  });
  const all: Line[] = [
    ...lines,
    ...open.map((field): Line => ["not judged", `${field}: not given here`]),
    ...lookUps.map((asked): Line => ["not judged", `${asked}: needs the store`]),
  ];
  const ifSo =
    open.length + lookUps.length > 0 ? ", if the parts that are not judged here also pass" : "";
  if (verdict.ok) return written(true, `allowed${ifSo}`, all);
  const { failure } = verdict;
  return denied(`${failure.reason}${evidenceOf(failure)}`, all);
}

function evidenceOf(failure: JudgeFailure): string {
  if (failure.reason === "not-owner") return ` (${failure.field ?? ""})`;
  if (failure.reason !== "validation-failed") return "";
  return ` (${failure.errors.map(({ detail, pointer }) => `${pointer} ${detail}`.trim()).join("; ")})`;
}

/** The rule without the parts that the given call cannot decide; those are named. */
function judgeable(rule: PolicyRule, call: CheckedCall, claims: Claims) {
  const isGiven = ({ place }: Field) => place !== "body" || call.body !== null;
  const isKnown = ({ claim, field }: Forced) => Boolean(claims[claim]) && isGiven(field);
  const missing = [...rule.own, ...rule.set].filter((forced) => !isKnown(forced));
  const limits = rule.limits.filter(({ by }) => typeof by === "string" || isGiven(by));
  const rest: PolicyRule = {
    ...rule,
    own: rule.own.filter(isKnown),
    set: rule.set.filter(isKnown),
    limits,
    ends: rule.ends !== null && isGiven(rule.ends) ? rule.ends : null,
    unchanged: [],
    body: call.body === null ? null : rule.body,
    sums: call.body === null ? null : rule.sums,
    judgesBody: rule.judgesBody && call.body !== null,
  };
  const noBody = rule.judgesBody && call.body === null;
  const open = [
    ...missing.map(({ field }) => fieldText(field)),
    ...rule.unchanged
      .filter(({ field }) => call.body === null || call.body.includes(field.name))
      .map(({ field }) => `${fieldText(field)} beside the stored one`),
    ...(noBody && rule.forbid.length > 0 ? ["the forbidden names in the body"] : []),
    ...(noBody && rule.body !== null ? ["the body by its schema"] : []),
  ];
  return { rest, open };
}

const ruleText = ({ allow, match, position }: PolicyRule): string =>
  `${position}  ${match}  ${allow === "public" ? "for all callers" : `for ${allow.join(", ")}`}`;

function looksOf(rule: PolicyRule): readonly Line[] {
  const { ends, forbid, limits, login, own, redact, risk, set, sums, unchanged } = rule;
  return [
    ...own.map(({ claim, document, field }): Line => {
      const { collection, owner } = document ?? { collection: "", owner: [] };
      const named = `names one of ${collection} with ${owner.join(" or ")} equal to ${claim}`;
      return ["own", `${fieldText(field)} ${document === null ? `is ${claim}` : named}`];
    }),
    ...set.map(({ claim, field }): Line => ["set", `${fieldText(field)} to ${claim}`]),
    ...listed("schema", schemasOf(rule)),
    ...listed("sums", sums === null ? [] : [sumText(sums)]),
    ...unchanged.map(({ collection, field, id }): Line => {
      return ["unchanged", `${fieldText(field)} as ${collection} ${fieldText(id)} has it`];
    }),
    ...listed("forbid", forbid),
    ...listed("redact", redact),
    ...listed("login", login === null ? [] : [`not for ${login.refuse.join(", ")}`]),
    ...listed(
      "limit",
      limits.map(({ by }) => `by ${typeof by === "string" ? by : fieldText(by)}`),
    ),
    ...listed("ends", ends === null ? [] : [`the sessions of ${fieldText(ends)}, where they must`]),
    ...listed("risk", risk === null ? [] : [risk]),
  ];
}

const schemasOf = ({ body, query }: PolicyRule): readonly string[] => [
  ...(query === null ? [] : ["the query"]),
  ...(body === null ? [] : ["the body"]),
];

const sumText = ({ list, product, total, within }: Sums): string =>
  `${total} of each of ${fieldText(list)} is ${product.join(" times ")}, within ${within}`;

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
