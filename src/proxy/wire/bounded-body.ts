import { gathered } from "../../core/bytes.ts";
import { fail, ok, type Result } from "../../core/result.ts";

type UnreadBody = { readonly reason: "payload-too-large" | "request-malformed" };

/**
 * A body of at most `maxBytes`. Counts bytes as they arrive: a declared length may be missing or
 * wrong. A body that breaks off is malformed.
 */
export async function readBounded(
  request: Request,
  maxBytes: number,
): Promise<Result<Uint8Array<ArrayBuffer>, UnreadBody>> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) {
    return fail({ reason: "payload-too-large" });
  }
  try {
    const bytes = await gathered(request.body ?? [], maxBytes);
    return bytes === null ? fail({ reason: "payload-too-large" }) : ok(bytes);
  } catch {
    return fail({ reason: "request-malformed" });
  }
}
