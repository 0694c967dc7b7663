/** Languages that the login page speaks, by BCP 47 tag, in the order in which they are offered. */
export const PAGE_LANGUAGES = [
  ...(["en", "hi", "kn", "ta", "te", "mr"] as const),
  ...(["bn", "ml", "gu", "pa", "or"] as const),
] as const;

export type PageLanguage = (typeof PAGE_LANGUAGES)[number];

/** What the operator's settings say of the login page. */
export interface PageRules {
  readonly brandName: string;
  /** `#rrggbb`, of the filled button: white letters on it are readable. */
  readonly brandColor: string;
  readonly logoUrl: string | null;
  /** From whom the customer sees the SMS come; null: the brand's name is shown. */
  readonly smsSender: string | null;
  readonly privacyUrl: string | null;
  readonly termsUrl: string | null;
  /** The first is the one for a browser that asks for none of them. */
  readonly languages: readonly PageLanguage[];
}
