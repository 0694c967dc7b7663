import type { HeaderList } from "../../ports/upstream.ts";
import { tokensOf, withoutSpace } from "./header-rules.ts";

/** The part of a request's head that is ambiguous or not supported. */
export type FramingFault = "connection" | "content-length" | "host" | "transfer-encoding";

/**
 * The reason why a request must not be forwarded, or null (RFC 9112 sections 3.2, 6.1, 6.3 and
 * 11.2). Node's parser already refuses most of these; a proxy in front may have read another
 * message than ours.
 *
 * An offered `Upgrade` and a `TE` are no faults: a server may ignore both (RFC 9110 sections 7.8
 * and 10.1.4), and clients such as curl and Java's offer h2c on plain requests. Neither is
 * forwarded.
 *
 * @param fields names in lower case; best from the raw head, with repeated names: `Headers` joins
 * them
 */
export function refusedFraming(fields: HeaderList): FramingFault | null {
  let [hosts, lengths] = [0, 0];
  let [isHost, isLength, namesMessage] = [true, true, false];
  let codings: string[] | null = null;
  for (const [name, value] of fields) {
    if (name === "host") {
      hosts++;
      isHost &&= !/[\s,/\\@?#]/.test(withoutSpace(value));
    } else if (name === "content-length") {
      lengths++;
      isLength &&= /^\d{1,15}$/.test(withoutSpace(value));
    } else if (name === "transfer-encoding") {
      codings ??= [];
      codings.push(withoutSpace(value));
    } else if (name === "connection") namesMessage ||= tokensOf(value).some(isOfTheMessage);
  }
  if (namesMessage) return "connection";
  if (hosts > 1 || !isHost) return "host";
  if (lengths > 1 || !isLength) return "content-length";
  if (codings === null) return null;
  const isChunked = codings.length === 1 && codings[0]?.toLowerCase() === "chunked";
  return isChunked && lengths === 0 ? null : "transfer-encoding";
}

/**
 * Fields that describe the body: with `Connection: content-type` the rule would judge one message
 * and the upstream, which takes an unnamed body for JSON (LEGACY 6), read another.
 */
const isOfTheMessage = (name: string): boolean => name.startsWith("content-") || name === "host";
