/** Languages of the login page, as BCP 47 tags, in the order of the choice. */
export const PAGE_LANGUAGES = [
  ...(["en", "hi", "kn", "ta", "te", "mr"] as const),
  ...(["bn", "ml", "gu", "pa", "or"] as const),
] as const;

export type PageLanguage = (typeof PAGE_LANGUAGES)[number];

/** The operator's settings for the login page. */
export interface PageRules {
  readonly brandName: string;
  /** `#rrggbb`, the filled button's colour: white letters on it are readable. */
  readonly brandColor: string;
  readonly logoUrl: URL | null;
  /** The sender of the SMS for the customer; null: the brand's name is shown. */
  readonly smsSender: string | null;
  readonly privacyUrl: string | null;
  readonly termsUrl: string | null;
  /** The first one serves browsers that accept none of them. */
  readonly languages: readonly PageLanguage[];
}
