import type { IncomingMessage } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import type { RawHead } from "../../../http/proxied/raw-head.ts";
import type { HeaderList } from "../../../ports/upstream.ts";
import { isAmbiguousTarget } from "../../../proxy/wire/canonical-target.ts";

/** The other end of a request's connection on this server. */
export function peerOf(platform: unknown): string | null {
  return incomingOf(platform)?.socket.remoteAddress ?? null;
}

/** The head of a request on this server; null for a value of no request. */
export function rawHeadOf(platform: unknown): RawHead | null {
  const incoming = incomingOf(platform);
  return incoming === undefined ? null : headOfIncoming(incoming);
}

/** The head of a request on this server: a name may occur several times. */
export function headOfIncoming(incoming: IncomingMessage): RawHead {
  const fields = loweredFields(incoming);
  const { method = "", url = "/" } = incoming;
  return { method, target: url, fields, isAmbiguous: isAmbiguousHead(incoming, fields) };
}

/** From the raw head: `incoming.headers` joins repeated names. */
function loweredFields({ rawHeaders }: IncomingMessage): HeaderList {
  const fields: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    fields.push([(rawHeaders[at] ?? "").toLowerCase(), rawHeaders[at + 1] ?? ""]);
  }
  return fields;
}

/**
 * Whether two readers may understand the head differently. Of two hosts (RFC 9112 section 3.2
 * requires 400) Node takes the first, and a proxy in front may take the other; of a target with
 * dots `Request` keeps only the resolved form. HTTP/1.0 has no Host, so it may be missing there.
 */
function isAmbiguousHead({ httpVersion, url = "/" }: IncomingMessage, fields: HeaderList): boolean {
  let hosts = 0;
  for (const [name, value] of fields) {
    if (name === "host" && (++hosts > 1 || !isHost(value))) return true;
  }
  if (hosts === 0 && httpVersion !== "1.0") return true;
  return isAmbiguousTarget(url);
}

/** RFC 9110 section 7.2: a host and perhaps a port, of which the digits may be missing. */
const isHost = (text: string): boolean =>
  PLAIN_HOST.test(text) || /^(?:\[[0-9a-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d{0,5})?$/i.test(text);

/** Hosts that node-server builds a URL from without further checks. */
const PLAIN_HOST = /^[a-z0-9._-]+(?::\d{4,5})?$/;

/**
 * Gives node-server a host that it can build a URL from: it answers an empty port, a missing Host
 * of HTTP/1.0 and a broken one alike with a bare 400. No code reads the host of a URL: the raw head
 * is read, and `isAmbiguousHead` refuses a broken host.
 */
export function placeHost({ headers }: IncomingMessage): void {
  if (!PLAIN_HOST.test(headers.host ?? "")) headers.host = "localhost";
}

/** Whether a URL can be built from a target; the app itself refuses an ambiguous one. */
export const isTarget = (url = ""): boolean => /^\/[!-~]*$/.test(url) && !url.includes("\\");

const incomingOf = (platform: unknown): IncomingMessage | undefined =>
  (platform as Partial<HttpBindings> | undefined)?.incoming as IncomingMessage | undefined;
