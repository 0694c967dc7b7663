import { parseArgs } from "node:util";

/** What a command line for an operator may hold. */
export interface OperatorArguments {
  readonly positionals: readonly string[];
  readonly gateway: string | undefined;
  readonly json: boolean;
  readonly apply: boolean;
  readonly sid: string | undefined;
}

const OPTIONS = {
  json: { type: "boolean" },
  gateway: { type: "string" },
  apply: { type: "boolean" },
  sid: { type: "string" },
} as const;

/**
 * @param only the options that the command has beside `--json` and `--gateway`
 * @returns null where the line holds anything else
 */
export function readOperatorArguments(
  args: readonly string[],
  only: readonly ("apply" | "sid")[] = [],
): OperatorArguments | null {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: OPTIONS,
    });
    const foreign = (["apply", "sid"] as const).some(
      (name) => values[name] !== undefined && !only.includes(name),
    );
    if (foreign || positionals.includes("")) return null;
    const { apply = false, gateway, json = false, sid } = values;
    return { positionals, gateway, json, apply, sid };
  } catch {
    return null;
  }
}
