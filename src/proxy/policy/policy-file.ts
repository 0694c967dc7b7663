import * as z from "zod/mini";
import { SAFE_NAME } from "../../core/linking/ownership.ts";
import { STAFF_ROLES } from "../../core/roles.ts";
import { JSON_SCHEMA, JSON_SCHEMAS, MUST_BE_SCHEMA } from "./json-schema.ts";

const CLAIMS = ["customer_v2_id", "sub"] as const;

/** `^name$` as a part of a longer pattern. */
const SAFE = SAFE_NAME.source.slice(1, -1);
const FIELD = new RegExp(`^(?:path|query|body)\\.${SAFE}$`);
const SET_FIELD = new RegExp(`^(?:query|body)\\.${SAFE}$`);
const BODY_FIELD = new RegExp(`^body\\.${SAFE}$`);
const COUNTED = new RegExp(
  `^(?:address|network|(?:(?:address|network)\\+)?(?:path|query|body)\\.${SAFE})$`,
);
/** `_id` as well: these names are compared and never queried. */
const MEMBER = new RegExp(`^_?${SAFE}$`);

const HEADER = /^[A-Za-z0-9-]+$/;

const text = () => z.string("must be a text");
const matching = (pattern: RegExp, error: string) => text().check(z.regex(pattern, error));
const listOf = <T extends z.ZodMiniType>(item: T) =>
  z.array(item, "must be a list").check(z.minLength(1, "must not be empty"));

const ROLE = z.enum(["customer", ...STAFF_ROLES], "must be a known role");
const CLAIM = z.enum(CLAIMS, `must be ${CLAIMS.join(" or ")}`);
const PLAIN = matching(SAFE_NAME, "must be a plain name: a letter, then letters, digits and _");
const MEMBERS = listOf(matching(MEMBER, "must be a plain name: letters, digits and _"));

const HEADERS = listOf(matching(HEADER, "must be a header's name: letters, digits and -"));

const DOCUMENT = z.strictObject(
  { collection: PLAIN, owner: listOf(PLAIN), claim: z.optional(CLAIM) },
  "must be a claim, or a collection with its owner fields",
);

const STORED = z.strictObject(
  { collection: PLAIN, id: matching(FIELD, "must be a field such as path.id") },
  "must be { collection, id }",
);

const SUMS = z.strictObject(
  {
    each: matching(BODY_FIELD, "must be a field of the body such as body.items"),
    total: PLAIN,
    product: listOf(PLAIN),
    within: z.number("must be a number").check(z.minimum(0, "must not be negative")),
  },
  "must be { each, total, product, within }",
);

/** Bound on a judged body in any rule: it is held in memory, whole. */
const MAX_BODY_BYTES = 25 * 1024 * 1024;
const BYTES = z
  .int("must be a whole number of bytes")
  .check(
    z.minimum(1, "must be above 0"),
    z.maximum(MAX_BODY_BYTES, `must be at most ${MAX_BODY_BYTES}`),
  );

/** One rule of the file; the relations between its members are checked when it is compiled. */
export const FILE_RULE = z.strictObject(
  {
    match: text(),
    allow: z.union(
      [z.literal("public"), listOf(ROLE)],
      'must be "public" or a list of roles: customer, admin, marketing_staff, delivery_boy, supplier',
    ),
    own: z.optional(
      z.record(
        matching(FIELD, ""),
        z.union(
          [CLAIM, DOCUMENT],
          `must be ${CLAIMS.join(" or ")}, or { collection, owner, claim? }`,
        ),
        "must be an object of fields",
      ),
    ),
    set: z.optional(z.record(matching(SET_FIELD, ""), CLAIM, "must be an object of fields")),
    body: z.optional(JSON_SCHEMA),
    query: z.optional(JSON_SCHEMA),
    sums: z.optional(SUMS),
    unchanged: z.optional(
      z.record(matching(BODY_FIELD, ""), STORED, "must be an object of fields"),
    ),
    max_body: z.optional(BYTES),
    forbid: z.optional(MEMBERS),
    redact: z.optional(MEMBERS),
    headers: z.optional(HEADERS),
    login: z.optional(z.strictObject({ refuse: listOf(ROLE) }, "must be { refuse: [role, ...] }")),
    limit: z.optional(z.record(matching(COUNTED, ""), text(), "must be an object of budgets")),
    cache: z.optional(z.literal("upstream", 'must be "upstream"')),
    ends: z.optional(matching(FIELD, "must be a field such as path.id")),
    creates: z.optional(z.literal("customers_v2", 'must be "customers_v2"')),
    risk: z.optional(text().check(z.minLength(1, "must say why the risk is accepted"))),
  },
  "must be an object",
);

export type FileRule = z.output<typeof FILE_RULE>;

const AROUND_RULES = {
  $schema: z.optional(text()),
  $defs: z.optional(JSON_SCHEMAS),
  headers: z.optional(HEADERS),
  deny: z.optional(listOf(text())),
};

/** A file beside this one. */
const BASE = matching(/^[\w-]+\.json$/, "must be the name of a policy file in the same folder");

/** The whole policy file, from which `policy/schema.json` is made. */
export const POLICY_FILE = z.strictObject({
  ...AROUND_RULES,
  extends: z.optional(BASE),
  rules: z.optional(listOf(FILE_RULE)),
});
/** A file that names the file it extends; the rest of it is checked with that file's rules. */
export const EXTENDING_FILE = z.looseObject({ extends: BASE });
/** The file around its rules, so that each rule is checked on its own. */
export const POLICY_FRAME = z.strictObject(
  { ...AROUND_RULES, rules: listOf(z.unknown()) },
  "must be an object with rules",
);

/** The faults, one sentence for each issue, with the rule's member. */
export function faultsOf(error: z.core.$ZodError): readonly Fault[] {
  return error.issues.flatMap(innermost).flatMap(({ path, ...issue }) => {
    const [member, ...below] = path.map(String);
    const place = below.length > 0 ? `${below.join(".")} ` : "";
    return sentencesOf(issue, below.at(-1)).map((detail) => ({
      member: member ?? null,
      detail: `${issue.code === "invalid_key" ? "" : place}${detail}`,
    }));
  });
}

/** The faults within a schema: that it is no schema says too little. */
function innermost(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union" || issue.message !== MUST_BE_SCHEMA) return [issue];
  const within = issue.errors.find((branch) => branch.every(({ path }) => path.length > 0)) ?? [];
  if (within.length === 0) return [issue];
  return within.flatMap((inner) =>
    innermost({ ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue),
  );
}

/** A fault of a rule; `member` is null where the whole rule is wrong. */
export interface Fault {
  readonly member: string | null;
  readonly detail: string;
}

type Issue = Pick<z.core.$ZodIssue, "code" | "message"> & { readonly keys?: readonly string[] };

function sentencesOf(issue: Issue, key: string | undefined): readonly string[] {
  if (issue.code === "unrecognized_keys") {
    return (issue.keys ?? []).map((unknown) => `unknown member ${JSON.stringify(unknown)}`);
  }
  if (issue.code === "invalid_key")
    return [`${JSON.stringify(key)} is not a field that is allowed here`];
  return [issue.message];
}
