import type { Origin } from "../../core/address/origin.ts";
import type { Role } from "../../core/roles.ts";
import type { HeaderList } from "../../ports/upstream.ts";
import { isPassed, isValue, nominated } from "./header-rules.ts";
import type { Trace } from "./trace-context.ts";

/** The caller's identity for the upstream; null on a public route. */
export interface ForwardedIdentity {
  /** The legacy token. */
  readonly token: string;
  readonly userId: string;
  readonly customerId: string | null;
  readonly role: Role;
  /** Null for staff, who have a token of the backend's own. */
  readonly sessionId: string | null;
}

/** The gateway's own values for the upstream. */
export interface OwnHeaders {
  readonly identity: ForwardedIdentity | null;
  readonly requestId: string;
  readonly trace: Trace;
  /** One address: not the network that limits count an IPv6 client by. */
  readonly clientAddress: string;
  /** PUBLIC_URL, parsed: the client could write anything into its `Host`. */
  readonly publicUrl: Pick<Origin, "host" | "protocol">;
  /** Whether the answer will be judged: then it must be whole and uncompressed. */
  readonly judgesAnswer: boolean;
  /** Names in lower case that the policy lets through besides the usual ones. */
  readonly added: ReadonlySet<string>;
}

/** A part of a JSON answer, or one in a coding, cannot be judged. */
const NOT_WHERE_JUDGED: ReadonlySet<string> = new Set(["accept-encoding", "if-range", "range"]);

/**
 * The head of the upstream's request. Hop-by-hop fields are removed first; of the rest only listed
 * ones pass. The gateway sets its own last, so that no field of the client, not even `Connection`,
 * can remove or duplicate one.
 *
 * @param fields names in lower case
 */
export function requestHead(fields: HeaderList, own: OwnHeaders): HeaderList {
  const named = nominated(fields);
  const sent: HeaderField[] = [];
  for (const field of fields) {
    const [name, value] = field;
    if (named.has(name) || !isPassed(name, own.added) || !isValue(value)) continue;
    if (!(own.judgesAnswer && NOT_WHERE_JUDGED.has(name))) sent.push(field);
  }
  addOwn(sent, own);
  return sent;
}

type HeaderField = HeaderList[number];

function addOwn(sent: HeaderField[], own: OwnHeaders): void {
  const { identity, trace } = own;
  const { host, protocol } = own.publicUrl;
  if (own.judgesAnswer) sent.push(["accept-encoding", "identity"]);
  if (identity !== null) addIdentity(sent, identity);
  sent.push(["x-request-id", own.requestId], ["traceparent", trace.traceparent]);
  if (trace.tracestate !== null) sent.push(["tracestate", trace.tracestate]);
  sent.push(["x-forwarded-for", own.clientAddress]);
  sent.push(["x-forwarded-proto", protocol.slice(0, -1)], ["x-forwarded-host", host]);
}

function addIdentity(sent: HeaderField[], identity: ForwardedIdentity): void {
  const { customerId, role, sessionId, token, userId } = identity;
  sent.push(["authorization", `Bearer ${token}`], ["x-user-id", carriedId(userId)]);
  if (customerId) sent.push(["x-customer-id", carriedId(customerId)]);
  sent.push(["x-user-role", role]);
  if (sessionId !== null) sent.push(["x-session-id", sessionId]);
}

/**
 * An id in a form that a field can carry. Ids of LEGACY are any text that a request once wrote,
 * line ends included. All characters except visible ASCII, and `%` itself, are percent-encoded, so
 * that no two ids become equal.
 */
export function carriedId(id: string): string {
  if (/^[\x21-\x24\x26-\x7e]*$/.test(id)) return id;
  return id
    .toWellFormed()
    .replace(/[^\x21-\x24\x26-\x7e]/gu, (character) => encodeURIComponent(character));
}
