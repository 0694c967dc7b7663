import type { Role } from "../../core/roles.ts";
import type { HeaderList } from "../../ports/upstream.ts";
import { isPassed, isValue, nominated } from "./header-rules.ts";
import type { Trace } from "./trace-context.ts";

/** Who asks, as the upstream is told; null for a route that is everybody's. */
export interface ForwardedIdentity {
  /** The legacy token. */
  readonly token: string;
  readonly userId: string;
  readonly customerId: string | null;
  readonly role: Role;
  /** Null for staff, who bring a token of the backend's own. */
  readonly sessionId: string | null;
}

/** What the gateway itself tells the upstream. */
export interface OwnHeaders {
  readonly identity: ForwardedIdentity | null;
  readonly requestId: string;
  readonly trace: Trace;
  /** One address: not the network that limits count an IPv6 client by. */
  readonly clientAddress: string;
  /** PUBLIC_URL, parsed: what the client's `Host` says is the client's word. */
  readonly publicUrl: Pick<URL, "host" | "protocol">;
  /** Whether the answer will be judged: then it must come whole and uncompressed. */
  readonly judgesAnswer: boolean;
  /** Names in lower case that the policy lets through besides the usual ones. */
  readonly added: ReadonlySet<string>;
}

/** A part of a JSON answer, or one in a coding, cannot be judged. */
const NOT_WHERE_JUDGED: ReadonlySet<string> = new Set(["accept-encoding", "if-range", "range"]);

/**
 * The head of the upstream's request. What ends at this hop goes first; of the rest only what is
 * listed passes. The gateway's own are set last, so that nothing the client sends, `Connection`
 * included, can take one away or stand beside it.
 *
 * @param fields names in lower case
 */
export function requestHead(fields: HeaderList, own: OwnHeaders): HeaderList {
  const named = nominated(fields);
  const passed = fields.filter(
    ([name, value]) =>
      !named.has(name) &&
      isPassed(name, own.added) &&
      isValue(value) &&
      !(own.judgesAnswer && NOT_WHERE_JUDGED.has(name)),
  );
  return [...passed, ...ownFields(own)];
}

function ownFields(own: OwnHeaders): HeaderList {
  const { identity, trace } = own;
  const { host, protocol } = own.publicUrl;
  const fields: (readonly [string, string | null])[] = [
    ["accept-encoding", own.judgesAnswer ? "identity" : null],
    ["authorization", identity && `Bearer ${identity.token}`],
    ["x-user-id", identity && carried(identity.userId)],
    ["x-customer-id", identity?.customerId ? carried(identity.customerId) : null],
    ["x-user-role", identity?.role ?? null],
    ["x-session-id", identity?.sessionId ?? null],
    ["x-request-id", own.requestId],
    ["traceparent", trace.traceparent],
    ["tracestate", trace.tracestate],
    ["x-forwarded-for", own.clientAddress],
    ["x-forwarded-proto", protocol.slice(0, -1)],
    ["x-forwarded-host", host],
  ];
  return fields.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
}

/**
 * An id as a field can carry it. Ids of LEGACY are whatever a request once put there, line ends
 * included: all but visible ASCII, and `%` itself, is percent-encoded, so that no two ids meet.
 */
function carried(id: string): string {
  return id
    .toWellFormed()
    .replace(/[^\x21-\x24\x26-\x7e]/gu, (character) => encodeURIComponent(character));
}
