import { utf8 } from "../../core/bytes.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Head, HeaderList, Judged, UpstreamFailure } from "../../ports/upstream.ts";
import type { PolicyRule } from "../policy/policy.ts";
import { OF_THE_BYTES } from "../wire/header-rules.ts";
import { judgeLogin } from "./judge-password-login.ts";

/** An answer to be judged is held in memory, whole. */
export const MAX_JUDGED_ANSWER_BYTES = 8 * 1024 * 1024;

const UNJUDGEABLE = fail({ reason: "upstream-unreachable", cause: "unjudgeable-answer" });

const JSON_TYPE =
  /^application\/(?:[\w.-]+\+)?json[\t ]*(?:;[\t ]*charset=(?:utf-8|"utf-8")[\t ]*)?$/i;

/**
 * The backend's answer under a rule that judges it: without the names of `redact`, and for a login
 * only if it is staff's. What cannot be read is not passed on, whatever its status: an error page
 * can quote a document as well. An answer without a body holds nothing.
 *
 * @param head of the upstream, names in lower case
 */
export function judgeAnswer(
  rule: PolicyRule,
  head: Head,
  body: Uint8Array<ArrayBuffer>,
): Result<Judged, UpstreamFailure> {
  if (body.length === 0) return ok({ head, body: null });
  const read = isReadable(head) ? readRedacted(body, new Set(rule.redact)) : null;
  if (read === null) return UNJUDGEABLE;
  const login = judgeLogin(rule.login, head.status, read.value);
  if (!login.ok) return login;
  // Always written anew: of a member that stands twice another reader may find the other one.
  const written = writeJson(read.value);
  const headers = head.headers.filter(([name]) => !OF_THE_BYTES.has(name));
  return written === null ? UNJUDGEABLE : ok({ head: { ...head, headers }, body: written });
}

/** The whole of a JSON document, uncompressed: a range could cut a hash out of its member. */
function isReadable({ headers, status }: Head): boolean {
  const [type, ...more] = valuesOf(headers, "content-type");
  return (
    type !== undefined &&
    more.length === 0 &&
    JSON_TYPE.test(type.trim()) &&
    status !== 206 &&
    valuesOf(headers, "content-range").length === 0 &&
    valuesOf(headers, "content-encoding").every((coding) => coding.toLowerCase() === "identity")
  );
}

const valuesOf = (headers: HeaderList, wanted: string): readonly string[] =>
  headers.filter(([name]) => name === wanted).map(([, value]) => value);

function readRedacted(body: Uint8Array, redact: ReadonlySet<string>) {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    const value: unknown = JSON.parse(text, (key, member: unknown) =>
      redact.has(key) ? undefined : member,
    );
    return { value };
  } catch {
    return null;
  }
}

/** Null where the value is nested deeper than can be written. */
function writeJson(value: unknown): Uint8Array<ArrayBuffer> | null {
  try {
    return utf8(JSON.stringify(value));
  } catch {
    return null;
  }
}
