import { fromUtf8 } from "../../../core/bytes.ts";
import { findClient } from "../../../core/oauth/client.ts";
import { fail, ok, type Result } from "../../../core/result.ts";
import { checkClientSecret } from "../../../flows/oauth/check-client-secret.ts";
import type { AnyFailureOf } from "../../problems/problems.ts";
import type { Call } from "../../route.ts";

interface ShownInBody {
  readonly client_id?: string | undefined;
  readonly client_secret?: string | undefined;
}

type Refusal = AnyFailureOf<"client-invalid" | "rate-limited" | "validation-failed">;

const INVALID = { reason: "client-invalid" } as const;

/**
 * The client of a request to the token endpoint and its neighbours (RFC 6749 section 2.3). A client
 * with a secret must show it, by its registered method alone; one without must show none. Two
 * methods in one request are refused: two parsers could take two clients for the caller.
 *
 * @returns `client_id`; undefined where the request names none. Without a secret it may name no
 *   client at all: every caller looks it up
 */
export async function authenticateClient(
  { gateway, header, source }: Pick<Call, "gateway" | "header" | "source">,
  body: ShownInBody,
): Promise<Result<string | undefined, Refusal>> {
  const authorization = header("authorization");
  const basic = authorization === undefined ? null : readBasic(authorization);
  if (authorization !== undefined && basic === null) return fail(INVALID);
  const { client_id, client_secret } = body;
  if (basic !== null && client_secret !== undefined) return refused("client_secret");
  if (basic !== null && client_id !== undefined && client_id !== basic.id) {
    return refused("client_id");
  }
  const id = basic?.id ?? client_id;
  const client = findClient(gateway.rules.oauth.clients, id ?? "");
  const secret = basic?.secret ?? client_secret;
  const method =
    basic !== null ? "client_secret_basic" : secret === undefined ? "none" : "client_secret_post";
  const registered = client?.authMethod ?? "none";
  if (method !== registered) return fail(INVALID);
  if (secret === undefined) return ok(id);
  if (client === undefined) return fail(INVALID);
  const checked = await checkClientSecret(gateway, client, secret, source);
  if (!checked.ok) return checked;
  return checked.value ? ok(id) : fail(INVALID);
}

const refused = (name: keyof ShownInBody): Result<never, Refusal> => {
  const errors = [{ pointer: `/${name}`, detail: "must not stand beside other credentials" }];
  return fail({ reason: "validation-failed", errors });
};

/** Name and secret of RFC 7617, form-decoded by RFC 6749 section 2.3.1; null for anything else. */
function readBasic(authorization: string): { readonly id: string; readonly secret: string } | null {
  const [, encoded = ""] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
  const text = decoded(encoded);
  const [, id, secret] = /^([^:]+):(.+)$/s.exec(text ?? "") ?? [];
  const [name, word] = [formDecoded(id), formDecoded(secret)];
  return name === null || word === null ? null : { id: name, secret: word };
}

function decoded(base64: string): string | null {
  try {
    return fromUtf8(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
  } catch {
    return null;
  }
}

function formDecoded(text: string | undefined): string | null {
  try {
    return text === undefined ? null : decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return null;
  }
}
