import { parseArgs } from "node:util";
import { STAFF_ROLES } from "../core/roles.ts";
import { headerWarnings } from "../proxy/policy/added-headers.ts";
import type { PolicyError } from "../proxy/policy/compile-policy.ts";
import { isOwnPath, OWN_PATHS } from "../proxy/policy/own-paths.ts";
import type { Policy, PolicyRule } from "../proxy/policy/policy.ts";
import { readPolicy } from "../proxy/policy/read-policy.ts";
import { readPolicyText } from "../runtimes/node/policy-source.ts";
import { type CheckedCall, checkCall } from "./check-call.ts";
import type { CommandOutput } from "./keys.ts";
import { textTable } from "./text-table.ts";

const USAGE = `\
usage: doorstep policy check METHOD PATH --role customer|${STAFF_ROLES.join("|")}|none
                             [--user U] [--customer C] [--body JSON]
       doorstep policy lint
`;

/**
 * `doorstep policy`: which rule of POLICY_FILE decides a call and how, or whether the file is
 * sound and which risks it accepts. Asks no store: what would be looked up there is named.
 *
 * @param args what follows `policy` on the command line
 * @returns the exit code: 0 allowed or sound, 1 denied or errors, 2 usage
 */
export async function policyCommand(
  args: readonly string[],
  io: CommandOutput,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const wanted = readArguments(args);
  if (wanted === null) {
    io.err(USAGE);
    return 2;
  }
  const policy = readPolicy(readPolicyText(env["POLICY_FILE"]), { ownPaths: OWN_PATHS });
  if (!policy.ok) {
    io.out(errorTable(policy.failure));
    return 1;
  }
  if (wanted.call === null) {
    io.out(lintText(policy.value));
    return 0;
  }
  if (isOwnPath(wanted.call.path.replace(/\?.*$/, ""))) {
    io.out("the gateway answers this itself; the policy is not asked\n");
    return 0;
  }
  const { allowed, text } = await checkCall(policy.value, wanted.call);
  io.out(text);
  return allowed ? 0 : 1;
}

const OPTIONS = {
  role: { type: "string" },
  user: { type: "string" },
  customer: { type: "string" },
  body: { type: "string" },
} as const;

/** `call` is null for lint. */
function readArguments(args: readonly string[]): { readonly call: CheckedCall | null } | null {
  const parsed = parseStrictly(args);
  const [command, method, path, ...more] = parsed?.positionals ?? [];
  if (parsed === null || more.length > 0) return null;
  const { body, customer, role = "none", user } = parsed.values;
  const known = (["customer", ...STAFF_ROLES] as const).find((name) => name === role);
  const isBare = method === undefined && Object.keys(parsed.values).length === 0;
  if (command === "lint") return isBare ? { call: null } : null;
  if (command !== "check" || !method || !path) return null;
  if (known === undefined && role !== "none") return null;
  const claims = { user: user ?? null, customer: customer ?? null };
  const call = { method: method.toUpperCase(), path, role: known ?? null, ...claims };
  return { call: { ...call, body: body ?? null } };
}

function parseStrictly(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  } catch {
    return null;
  }
}

const errorTable = (errors: readonly PolicyError[]): string =>
  textTable(errors.map(({ detail, match, position }) => [position, match ?? "", detail]));

function lintText(policy: Policy): string {
  const { rules } = policy;
  const risks = rules.filter(({ risk }) => risk !== null);
  const open = rules.filter((rule) => looseParts(rule).length > 0);
  const tables = [
    risks.map(({ match, position, risk }) => [position, match, risk ?? ""]),
    open.map((rule) => [rule.position, rule.match, looseText(rule)]),
  ];
  const counts = `${rules.length} rules, no errors, ${risks.length} accepted risks, ${open.length} without a schema\n`;
  const warnings = headerWarnings(policy).map((line) => `headers: ${line}\n`);
  const shown = tables.filter((rows) => rows.length > 0).map((rows) => `\n${textTable(rows)}`);
  return [counts, ...warnings, ...shown].join("");
}

const looseText = (rule: PolicyRule): string =>
  `customers or strangers may send any ${looseParts(rule).join(" and any ")}`;

/**
 * What of a request under a rule nobody looks at, although it comes from a customer or a stranger:
 * the backend stores it as it comes, and its lists fail for everybody.
 */
function looseParts({ allow, body, match, query }: PolicyRule): readonly string[] {
  if (allow !== "public" && !allow.includes("customer")) return [];
  const hasBody = !match.startsWith("GET ");
  return [...(query === null ? ["query"] : []), ...(hasBody && body === null ? ["body"] : [])];
}
