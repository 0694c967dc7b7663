/** A body as a route sees it: JSON, or bytes that are no JSON to it, or broken JSON. */
export type ReadBody =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "other" }
  | { readonly kind: "broken" };

/**
 * JSON by `application/json`, `application/*+json` and a missing content type alike; the encoding
 * is guessed from the bytes, as Python does; of two equal keys the last wins (LEGACY 6).
 */
export function readJson(bytes: Buffer, contentType: string | undefined): ReadBody {
  if (bytes.length === 0) return { kind: "other" };
  if (contentType !== undefined && !isJson(contentType)) return { kind: "other" };
  try {
    return { kind: "json", value: JSON.parse(decode(bytes)) };
  } catch {
    return { kind: "broken" };
  }
}

function isJson(contentType: string): boolean {
  const [mediaType = ""] = contentType.split(";");
  return contentType === "" || /^application\/(?:[^/]+\+)?json$/i.test(mediaType.trim());
}

function decode(bytes: Buffer): string {
  const fatal = { fatal: true };
  return new TextDecoder(encodingOf(bytes), fatal).decode(bytes);
}

/** RFC 4627 section 3: the pattern of zero bytes in the first two characters; or a mark. */
function encodingOf([first, second]: Buffer): "utf-8" | "utf-16le" | "utf-16be" {
  if ((first === 0xff && second === 0xfe) || second === 0) return "utf-16le";
  if ((first === 0xfe && second === 0xff) || first === 0) return "utf-16be";
  return "utf-8";
}
