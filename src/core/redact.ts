/**
 * A UUID or ObjectId is kept: it names customers and users. Before an @ it is part of an e-mail.
 */
const ID = "(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\\b[0-9a-f]{24})(?![\\w@])";
/** The characters of phones and codes: any script's digits, spaces, dashes, invisible marks. */
const DIGIT = String.raw`\p{Nd}[\s\p{Pd}\p{Cf}().]{0,3}`;
/** An e-mail, a token (ours or a JWT), or enough digits for a code. Bounded, so never slow. */
const SENSITIVE = new RegExp(
  [
    `(${ID})`,
    String.raw`[^\s@,:;"'<>]{1,254}@[^\s@,:;"'<>]{1,254}`,
    String.raw`(?<![a-z0-9])ds[a-z]_[a-z0-9-]{1,16}\.[\w-]{16,}`,
    String.raw`(?<![a-z0-9])eyJ[\w-]{1,1000}\.[\w-]+\.?[\w-]*`,
    String.raw`\+?(?:${DIGIT}){5,}\p{Nd}`,
  ].join("|"),
  "giu",
);

/** The text without anything that looks like a phone, a code, a token or an e-mail. */
export function redact(text: string): string {
  return text.replace(SENSITIVE, (_, uuid?: string) => uuid ?? "[redacted]");
}
