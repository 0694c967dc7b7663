import { strictlyDecoded } from "../wire/canonical-target.ts";

/** The parameters of a query, decoded, in their order. */
export type QueryPairs = readonly (readonly [name: string, value: string])[];

/**
 * Parses a query as the backend's Python does, `+` for a space included. Null where Python's
 * versions differ: for `;`, a separator in older versions, and for escapes that are not UTF-8.
 *
 * @param query empty, or begins with `?`
 */
export function readQuery(query: string): QueryPairs | null {
  if (query.includes(";")) return null;
  const parts = query.replace(/^\?/, "").split("&");
  const pairs = parts.filter((part) => part !== "").map(readPair);
  return pairs.every((pair) => pair !== null) ? pairs : null;
}

function readPair(part: string): QueryPairs[number] | null {
  const equals = part.indexOf("=");
  const [name, value] =
    equals === -1 ? [part, ""] : [part.slice(0, equals), part.slice(equals + 1)];
  const [decodedName, decodedValue] = [decoded(name), decoded(value)];
  return decodedName === null || decodedValue === null ? null : [decodedName, decodedValue];
}

const decoded = (text: string): string | null => strictlyDecoded(text.replaceAll("+", " "));

/** The one spelling of the parameters that every URL parser keeps; empty, or begins with `?`. */
export function writeQuery(pairs: QueryPairs): string {
  const text = pairs.map((pair) => pair.map(written).join("=")).join("&");
  return text === "" ? "" : `?${text}`;
}

/** An apostrophe too, which `encodeURIComponent` leaves and a parsed URL's query does not. */
const written = (text: string): string => encodeURIComponent(text).replaceAll("'", "%27");
