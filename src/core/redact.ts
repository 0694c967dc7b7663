/** An e-mail, a token (ours or a JWT), or digits enough for a code or a phone; a UUID is none. */
const UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const SENSITIVE = new RegExp(
  [
    `(${UUID})`,
    String.raw`[^\s@,:;"'<>]+@[^\s@,:;"'<>]+`,
    String.raw`\bds[a-z]_[\w-]+\.[\w-]{16,}`,
    String.raw`\beyJ[\w-]+\.[\w-]+\.?[\w-]*`,
    String.raw`\+?\d(?:[ .-]?\d){5,}`,
  ].join("|"),
  "gi",
);

/** The text without anything that looks like a phone, a code, a token or an e-mail. */
export function redact(text: string): string {
  return text.replace(SENSITIVE, (_, uuid?: string) => uuid ?? "[redacted]");
}
