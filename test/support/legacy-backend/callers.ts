import { type IncomingHttpHeaders, request } from "node:http";
import { text } from "node:stream/consumers";
import type { JWTPayload } from "jose";
import type { Role } from "../../../src/core/roles.ts";
import type { LegacyBackend } from "./start.ts";

/** Who calls, one of each role, as the default data knows them; the customer is u-1 = c-1. */
export const CLAIMS_OF = {
  customer: { sub: "u-1", role: "customer", customer_v2_id: "c-1" },
  admin: { sub: "u-admin", role: "admin" },
  marketing_staff: { sub: "u-marketing", role: "marketing_staff" },
  delivery_boy: { sub: "u-delivery", role: "delivery_boy" },
  supplier: { sub: "u-supplier", role: "supplier" },
} as const satisfies Readonly<Record<Role, JWTPayload>>;

export interface BackendAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Asked {
  readonly claims?: JWTPayload;
  /** Sent as `application/json` unless the headers say otherwise; bytes are sent as they are. */
  readonly body?: object;
  /** Names and values in turn, sent as they stand; a name may stand several times. */
  readonly headers?: readonly string[];
}

/** One request straight at the backend, its target byte for byte: no client tidies it up. */
export async function askBackend(
  backend: LegacyBackend,
  match: string,
  { body, claims, headers = [] }: Asked = {},
): Promise<BackendAnswer> {
  const [method = "", path = ""] = match.split(" ");
  const bytes = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body ?? ""));
  const lines = [
    ...["Host", new URL(backend.url).host],
    ...(claims === undefined ? [] : ["Authorization", `Bearer ${await backend.token(claims)}`]),
    ...(body === undefined ? [] : ["Content-Length", String(bytes.length)]),
    ...(body === undefined || bytes === body ? [] : ["Content-Type", "application/json"]),
    ...headers,
  ];
  const { promise, reject, resolve } = Promise.withResolvers<BackendAnswer>();
  const options = { host: "127.0.0.1", port: backend.port, method, path, headers: lines };
  const sent = request(options, (response) => {
    const { headers: got, statusCode = 0 } = response;
    text(response).then((all) => resolve({ status: statusCode, headers: got, text: all }), reject);
  });
  sent.on("error", reject).end(body === undefined ? undefined : bytes);
  return promise;
}
