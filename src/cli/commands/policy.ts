import { Option } from "commander";
import { type Role, STAFF_ROLES } from "../../core/roles.ts";
import { headerWarnings } from "../../proxy/policy/added-headers.ts";
import type { PolicyError } from "../../proxy/policy/compile-policy.ts";
import { isOwnPath, OWN_PATHS } from "../../proxy/policy/own-paths.ts";
import type { Policy, PolicyRule } from "../../proxy/policy/policy.ts";
import { readPolicy } from "../../proxy/policy/read-policy.ts";
import { baseReader, readPolicyText } from "../../runtimes/node/policy-source.ts";
import { type CommandOutput, notEmpty, type RunCommand, runLine } from "../command-line.ts";
import { type CheckedCall, checkCall } from "../output/check-call.ts";
import { textTable } from "../output/text-table.ts";

const DESCRIPTION =
  "Reads POLICY_FILE, or the shipped policy. It reads no store: it names the values that the gateway would look up.";
const CHECK_DESCRIPTION =
  "Shows which rule decides a call through the proxy, the parts that the rule judges, and the verdict.";
const LINT_DESCRIPTION = "Checks the policy file, and lists the risks that it accepts.";
const ROLES = ["customer", ...STAFF_ROLES] as const;

interface CheckOptions {
  readonly role: Role | "none";
  readonly user?: string;
  readonly customer?: string;
  readonly body?: string;
}

/**
 * `doorstep policy`: queries the policy of the proxy.
 *
 * @returns the exit code: 0 allowed or sound, 1 denied or errors, 2 usage
 */
export const policyCommand: RunCommand = (args, io, env) =>
  runLine("doorstep policy", args, io, (line, exit) => {
    const role = new Option(
      "--role <role>",
      "role of the caller; without it the call has no token",
    );
    const ask = async (answer: (policy: Policy) => number | Promise<number>) => {
      const file = env["POLICY_FILE"];
      const options = { ownPaths: OWN_PATHS, readBase: baseReader(file) };
      const policy = readPolicy(readPolicyText(file), options);
      if (!policy.ok) io.out(errorTable(policy.failure));
      exit(policy.ok ? await answer(policy.value) : 1);
    };
    line.description(DESCRIPTION);
    line
      .command("check")
      .description(CHECK_DESCRIPTION)
      .argument("<method>", "GET, POST, ...", notEmpty)
      .argument("<path>", "as the client sends it, query included", notEmpty)
      .addOption(role.choices([...ROLES, "none"]).default("none"))
      .option("--user <id>", "user id of the caller")
      .option("--customer <id>", "customer id of the caller")
      .option("--body <json>", "body of the request")
      .action((method: string, path: string, options: CheckOptions) =>
        ask((policy) => check(policy, callOf(method, path, options), io)),
      );
    line
      .command("lint")
      .description(LINT_DESCRIPTION)
      .action(() =>
        ask((policy) => {
          io.out(lintText(policy));
          return 0;
        }),
      );
  });

const callOf = (
  method: string,
  path: string,
  { body, customer, role, user }: CheckOptions,
): CheckedCall => ({
  method: method.toUpperCase(),
  path,
  role: role === "none" ? null : role,
  user: user ?? null,
  customer: customer ?? null,
  body: body ?? null,
});

async function check(policy: Policy, call: CheckedCall, io: CommandOutput): Promise<number> {
  if (isOwnPath(call.path.replace(/\?.*$/, ""))) {
    io.out("The gateway answers this path itself; the policy is not asked.\n");
    return 0;
  }
  const { allowed, text } = await checkCall(policy, call);
  io.out(text);
  return allowed ? 0 : 1;
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
 * The parts of a customer's or stranger's request that a rule leaves unchecked: the backend stores
 * them unchanged, and its lists fail for all users.
 */
function looseParts({ allow, body, match, query }: PolicyRule): readonly string[] {
  if (allow !== "public" && !allow.includes("customer")) return [];
  const hasBody = !match.startsWith("GET ");
  return [...(query === null ? ["query"] : []), ...(hasBody && body === null ? ["body"] : [])];
}
