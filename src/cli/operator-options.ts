import { type Command, InvalidArgumentError } from "commander";
import { readReason } from "../core/runs/reason.ts";
import { notEmpty } from "./command-line.ts";

/** The options of every operator's command about a person. */
export interface OperatorOptions {
  readonly gateway?: string;
  readonly json?: boolean;
}

/** For `option` of a line. */
export const GATEWAY_OPTION = [
  "--gateway <url>",
  "ask this running gateway, with ADMIN_TOKEN, instead of the stores",
] as const;

/** Adds the options to a line. */
export const operatorOptions = (line: Command): Command =>
  line.option("--json", "print the answer as JSON").option(...GATEWAY_OPTION);

/** Adds the person and the options to a line. */
export const aboutPerson = (line: Command): Command =>
  operatorOptions(line).argument("<who>", "a phone, a user id or a customer id", notEmpty);

/** Adds the reason, which is kept with the run and in the audit log. */
export function reasonOption(line: Command, isRequired: boolean): Command {
  const [flags, words] = ["--reason <text>", "why, for the audit log; no phone and no e-mail"];
  return isRequired
    ? line.requiredOption(flags, words, reasonOf)
    : line.option(flags, words, reasonOf);
}

function reasonOf(text: string): string {
  const reason = readReason(text);
  if (!reason.ok) throw new InvalidArgumentError(`It ${reason.failure}.`);
  return reason.value;
}
