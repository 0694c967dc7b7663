import { fail, ok, type Result } from "../../core/result.ts";
import type { Hold } from "../../core/shared-room.ts";
import type { PolicyRule } from "../policy/policy.ts";
import { type ClientBody, readHeld } from "../wire/bounded-body.ts";
import { readStrictJson, type StrictJson } from "../wire/strict-json.ts";

/** The bytes of a judged body, counted as they arrive; the whole body is held in memory. */
export const readJudgedBody = (
  { maxBodyBytes }: Pick<PolicyRule, "maxBodyBytes">,
  body: ClientBody,
  room: Hold,
) => readHeld(body, maxBodyBytes, room);

export interface SentBody {
  readonly contentType: string | null;
  readonly contentEncoding: string | null;
  readonly body: Uint8Array<ArrayBuffer> | null;
}

type Unjudgeable = {
  readonly reason: "unsupported-media-type" | "payload-too-large" | "request-malformed";
};

/** No other charset: the backend also reads UTF-16, under any header (LEGACY 6). */
const JSON_TYPE = /^application\/json[\t ]*(?:;[\t ]*charset=(?:utf-8|"utf-8")[\t ]*)?$/i;

const isPlainJson = (contentType: string | null): boolean =>
  contentType !== null && JSON_TYPE.test(contentType.trim());

/** @returns null where there is no body */
export function parseJudgedBody(
  sent: SentBody,
  maxBytes: number,
): Result<StrictJson | null, Unjudgeable> {
  const { body, contentEncoding, contentType } = sent;
  if (contentEncoding !== null) return fail({ reason: "unsupported-media-type" });
  if (body === null || body.length === 0) return ok(null);
  if (!isPlainJson(contentType)) return fail({ reason: "unsupported-media-type" });
  if (body.length > maxBytes) return fail({ reason: "payload-too-large" });
  const json = readStrictJson(body);
  return json === null ? fail({ reason: "request-malformed" }) : ok(json);
}

/** The member of a JSON object; undefined where the value is no object or has none of that name. */
export function memberOf(json: unknown, name: string): unknown {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return undefined;
  return Object.hasOwn(json, name) ? (json as Readonly<Record<string, unknown>>)[name] : undefined;
}

/**
 * Whether a name occurs anywhere in a JSON value, as a key or as a part of a dotted one, which
 * MongoDB's `$set` takes for a path.
 */
export function holdsName(json: unknown, names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false;
  if (typeof json !== "object" || json === null) return false;
  return Object.entries(json).some(
    ([key, value]) => isOneOf(names, key) || holdsName(value, names),
  );
}

export const isOneOf = (names: ReadonlySet<string>, key: string): boolean =>
  key.split(".").some((part) => names.has(part));
