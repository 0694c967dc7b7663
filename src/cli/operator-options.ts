import type { Command } from "commander";
import { notEmpty } from "./command-line.ts";

/** The options of every operator's command about a person. */
export interface OperatorOptions {
  readonly gateway?: string;
  readonly json?: boolean;
}

/** Adds the options to a line. */
export const operatorOptions = (line: Command): Command =>
  line
    .option("--json", "print the answer as JSON")
    .option("--gateway <url>", "ask this running gateway, with ADMIN_TOKEN, instead of the stores");

/** Adds the person and the options to a line. */
export const aboutPerson = (line: Command): Command =>
  operatorOptions(line).argument("<who>", "a phone, a user id or a customer id", notEmpty);
