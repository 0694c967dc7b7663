import type * as z from "zod/mini";
import { fromUtf8 } from "../../core/bytes.ts";
import { isJsonObject } from "../../core/json.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { type ClientBody, readBounded } from "../../proxy/wire/bounded-body.ts";
import { parseStrictJson } from "../../proxy/wire/strict-json.ts";
import type { AnyFailureOf, FieldError, ProblemCode } from "../problems/problems.ts";

const JSON_TYPE = "application/json";
const FORM_TYPE = "application/x-www-form-urlencoded";

/** The media types of a body: JSON, JSON or a form (RFC 6749 clients send forms), or a form. */
export const BODY_TYPES = {
  json: [JSON_TYPE],
  "form-or-json": [FORM_TYPE, JSON_TYPE],
  form: [FORM_TYPE],
} as const satisfies Record<string, readonly string[]>;

export type BodyKind = keyof typeof BODY_TYPES;

const MAX_BYTES = 16 * 1024;

/** All problems of reading a body. */
export const BODY_PROBLEMS = [
  "unsupported-media-type",
  "payload-too-large",
  "request-malformed",
  "request-timeout",
  "validation-failed",
] as const satisfies readonly ProblemCode[];

type BodyFailure = AnyFailureOf<(typeof BODY_PROBLEMS)[number]>;

/** The parts of a request that its body is read from. */
export interface AskedBody {
  readonly body: ClientBody;
  header(name: string): string | undefined;
}

/**
 * A request's body in the schema's shape. No answer and no log repeats any part of a bad body.
 *
 * @param maxBytes for callers who have shown a credential; 16 KiB without it
 */
export async function readBody<Schema extends z.ZodMiniType>(
  request: AskedBody,
  kind: BodyKind,
  schema: Schema,
  maxBytes = MAX_BYTES,
): Promise<Result<z.output<Schema>, BodyFailure>> {
  const type = mediaType(request);
  const types: readonly string[] = BODY_TYPES[kind];
  if (!types.includes(type)) return fail({ reason: "unsupported-media-type" });
  const bytes = await readBounded(request.body, maxBytes);
  if (!bytes.ok) return bytes;
  const value = type === FORM_TYPE ? readForm(bytes.value) : readJson(bytes.value);
  if (value === undefined) return fail({ reason: "request-malformed" });
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  return fail({ reason: "validation-failed", errors: parsed.error.issues.map(fieldError) });
}

const mediaType = ({ header }: AskedBody): string =>
  (header("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";

/** A body of 16 KiB at most, where nothing else is said. */
export async function readText(
  { body }: Pick<AskedBody, "body">,
  maxBytes = MAX_BYTES,
): Promise<
  Result<string, AnyFailureOf<"payload-too-large" | "request-malformed" | "request-timeout">>
> {
  const bytes = await readBounded(body, maxBytes);
  if (!bytes.ok) return bytes;
  const text = fromUtf8(bytes.value);
  return text === null ? fail({ reason: "request-malformed" }) : ok(text);
}

/**
 * A member that stands twice is malformed, as a parameter of a form is. A null member counts as left
 * out: many clients serialise an absent value as null.
 */
function readJson(bytes: Uint8Array): unknown {
  const value = parseStrictJson(bytes, () => false)?.value;
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
}

/** A repeated parameter is malformed (RFC 6749 section 3.2); an empty one counts as left out. */
function readForm(bytes: Uint8Array): Record<string, string> | undefined {
  const text = fromUtf8(bytes);
  if (text === null) return undefined;
  const pairs = [...new URLSearchParams(text)];
  const names = new Set(pairs.map(([name]) => name));
  if (names.size !== pairs.length) return undefined;
  return Object.fromEntries(pairs.filter(([, value]) => value !== ""));
}

function fieldError(issue: z.core.$ZodIssue): FieldError {
  const pointer = issue.path.map(
    (part) => `/${String(part).replace(/~/g, "~0").replace(/\//g, "~1")}`,
  );
  return { pointer: pointer.join(""), detail: detailOf(issue) };
}

/** Never the library's own text: it may quote the client's input. */
function detailOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be of type ${issue.expected}`;
    case "invalid_value":
      return `must be one of: ${issue.values.join(", ")}`;
    case "too_big":
      return `must not be longer than ${issue.maximum}`;
    case "too_small":
      return "must not be empty";
    default:
      return "does not fit";
  }
}
