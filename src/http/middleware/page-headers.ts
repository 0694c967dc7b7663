import { isForPages, tokensOf } from "../../proxy/wire/header-rules.ts";

/** Every page may send these, whether it asks for them or not. */
const ALWAYS = ["authorization", "content-type"];

/**
 * `Access-Control-Allow-Headers` of a preflight's answer: of the names that the page asks for, those
 * that pass the gateway or are read by it. One rule decides both, so that no page is let send what
 * would then be dropped.
 *
 * @param asked `Access-Control-Request-Headers`
 * @param added names that the policy lets through besides the usual ones
 */
export function headersForPages(
  asked: string | undefined,
  added: ReadonlySet<string>,
): readonly string[] {
  const names = tokensOf(asked ?? "").filter((name) => isForPages(name, added));
  return [...new Set([...ALWAYS, ...names])];
}
