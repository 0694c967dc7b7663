import { fail, ok } from "../../core/result.ts";
import type { LogLevel } from "../../ports/log.ts";
import type { Environment, Parser } from "../setting.ts";
import { integer, oneOf } from "./parsers.ts";

export const logLevel = oneOf("debug", "info", "warn", "error", "silent") satisfies Parser<
  LogLevel | "silent"
>;

/** Test runners set NODE_ENV=test: their gateway is a development one. */
export const environmentName: Parser<Environment> = (text) =>
  text === "test" ? ok("development") : oneOf("development", "production")(text);

/** More would only take memory from each other. */
const MOST_PROCESSES = 64;

export const processCount: Parser<number | "auto"> = (text) => {
  if (text === "auto") return ok(text);
  const count = integer(1, MOST_PROCESSES)(text);
  return count.ok ? count : fail(`must be \`auto\`, or a number from 1 to ${MOST_PROCESSES}`);
};

/**
 * The region of a Durable Object:
 * https://developers.cloudflare.com/durable-objects/reference/data-location/
 */
export const objectLocation = oneOf(
  "wnam",
  "enam",
  "sam",
  "weur",
  "eeur",
  "apac",
  "oc",
  "afr",
  "me",
);

/** A Twilio SID: two letters for its kind, then letters and digits. */
export function sid(prefix: string): Parser<string> {
  const shape = new RegExp(`^${prefix}[0-9a-zA-Z]{2,62}$`);
  return (text) =>
    shape.test(text) ? ok(text) : fail(`must be ${prefix} followed by letters and digits`);
}

/** The sender of an SMS: a number, a short code, or India's registered header. */
export const smsFrom: Parser<string> = (text) =>
  e164(text).ok || /^[0-9A-Za-z]{3,11}$/.test(text)
    ? ok(text)
    : fail("must be a number such as +14155550123, a short code or a sender id");

/** A sender's number, with its country code. */
export const e164: Parser<string> = (text) =>
  /^\+[1-9]\d{6,14}$/.test(text) ? ok(text) : fail("must be a number such as +14155550123");
