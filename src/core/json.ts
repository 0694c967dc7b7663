import { fromUtf8 } from "./bytes.ts";

/** The text's JSON value; undefined where the text is not JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The same of UTF-8 bytes. Bytes that are not UTF-8 are not JSON (RFC 8259 section 8.1). */
export function parsedJsonBytes(bytes: Uint8Array): unknown {
  const text = fromUtf8(bytes);
  return text === null ? undefined : parsedJson(text);
}

export type JsonObject = Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
