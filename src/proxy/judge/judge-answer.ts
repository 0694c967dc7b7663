import { utf8 } from "../../core/bytes.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Head, HeaderList, Judged, UpstreamFailure } from "../../ports/upstream.ts";
import type { PolicyRule } from "../policy/policy.ts";
import { OF_THE_BYTES } from "../wire/header-rules.ts";
import { withoutMembers } from "../wire/splice-json.ts";
import { decodedUtf8 } from "../wire/strict-json.ts";
import { type AskedLogin, judgeLogin, refusedLogin } from "./judge-password-login.ts";

/** A judged answer is held in memory, whole. */
export const MAX_JUDGED_ANSWER_BYTES = 8 * 1024 * 1024;

const UNJUDGEABLE = fail({ reason: "upstream-unreachable", cause: "unjudgeable-answer" });

const JSON_TYPE =
  /^application\/(?:[\w.-]+\+)?json[\t ]*(?:;[\t ]*charset=(?:utf-8|"utf-8")[\t ]*)?$/i;

/** Lets other work on this thread run. */
const othersTurn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** The values that the judgement of an answer needs beside the answer. */
export interface Judging {
  /** The input of a password login; null under any other rule. */
  readonly login: AskedLogin | null;
  /** The body (RFC 9457) of an error that cannot be judged. */
  problem(status: number): string;
  /** Awaited now and then while a long answer is read. */
  pause?(): Promise<void>;
}

/**
 * The backend's answer under a rule that judges it: without the members of `redact`, and for a
 * login only if it is staff's. An unreadable answer is not forwarded: an error page can quote a
 * document as well. An error keeps its status, because the client must not take it for an outage of
 * the gateway. An answer without a body holds nothing.
 *
 * @param head of the upstream, names in lower case
 */
export async function judgeAnswer(
  rule: PolicyRule,
  head: Head,
  body: Uint8Array<ArrayBuffer>,
  { login, pause = othersTurn, problem }: Judging,
): Promise<Result<Judged, UpstreamFailure>> {
  if (body.length === 0) return ok({ head, body: null });
  const text = isReadable(head) ? decodedUtf8(body) : null;
  const left = text === null ? null : await withoutMembers(text, new Set(rule.redact), pause);
  if (left === null && head.status < 400) return UNJUDGEABLE;
  const value: unknown = left === null || login === null ? null : JSON.parse(left);
  const judged = login === null ? ok("passes") : judgeLogin(login, head.status, value);
  if (!judged.ok) return judged;
  const headers = head.headers.filter(([name]) => !OF_THE_BYTES.has(name));
  if (judged.value === "refused") return ok(refusedLogin({ ...head, headers }));
  if (left === null) return ok(withBody(head, problem(head.status)));
  // A login's answer is always written anew: the backend's refusal and ours must look alike.
  if (left === text && login === null) return ok({ head, body });
  return ok({ head: { ...head, headers }, body: utf8(left) });
}

/** A whole JSON document, uncompressed: a range could cut a hash out of its member. */
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

/** The upstream's error with a body of the gateway's own. */
function withBody({ headers, status }: Head, problem: string): Judged {
  const kept = headers.filter(([name]) => !ABOUT_THE_BODY.test(name));
  return {
    head: { status, headers: [...kept, ["content-type", "application/problem+json"]] },
    body: utf8(problem),
  };
}

const ABOUT_THE_BODY = /^(?:content-|repr-|want-|accept-ranges$|digest$|etag$|last-modified$)/;
