import { fail, ok } from "../core/result.ts";
import type { LogLevel } from "../ports/log.ts";
import { oneOf } from "./parsers.ts";
import type { Environment, Parser } from "./setting.ts";

export const logLevel = oneOf("debug", "info", "warn", "error", "silent") satisfies Parser<
  LogLevel | "silent"
>;

/** Test runners set NODE_ENV=test: the gateway they start is a development one. */
export const environmentName: Parser<Environment> = (text) =>
  text === "test" ? ok("development") : oneOf("development", "production")(text);

/** The senders that DESIGN names and a later version brings. */
const LATER_PROVIDERS: readonly string[] = ["twilio", "twilio-verify"];

export const smsProvider: Parser<"console"> = (text) =>
  LATER_PROVIDERS.includes(text)
    ? fail("names a sender that is not in this version yet")
    : oneOf("console")(text);
