/** A sentence with `{count}` in it, by the plural forms that the language has (`Intl.PluralRules`). */
export interface Plural {
  readonly one?: string;
  readonly other: string;
}

/**
 * Every problem that a customer can meet on the page. `{reference}` is shown separately, below
 * each. A wait within the hour is shown in minutes or seconds as `{wait}`, a longer one as
 * `{time}`.
 */
export interface ProblemSentences {
  readonly phoneUnsupported: string;
  /** Fewer or more than six digits: no try was spent. */
  readonly notSixDigits: string;
  readonly codeRejected: string;
  readonly codeOver: string;
  readonly codesExhausted: string;
  readonly phoneLocked: string;
  readonly waitBefore: string;
  readonly tooManyMessages: string;
  readonly tooManyTries: string;
  readonly busy: string;
  readonly smsUnavailable: string;
  readonly channelUnavailable: string;
  readonly customerStopped: string;
  readonly userInactive: string;
  readonly recordsDisagree: string;
  readonly notYours: string;
  readonly stepLost: string;
  readonly fromElsewhere: string;
  readonly tryLater: string;
  readonly ourFault: string;
  readonly offline: string;
}

/**
 * Every sentence of the login page. One file a language holds them: a missing one does not compile.
 * Placeholders: `{brand}`, `{phone}`, `{sender}`, `{support}`, `{count}`, `{wait}`, `{time}`,
 * `{device}`, `{app}`, `{reference}`.
 */
export interface Sentences {
  readonly signIn: string;
  readonly phoneLabel: string;
  readonly phoneHint: string;
  readonly sendCode: string;
  readonly newNumber: string;
  readonly newNumberNoPhone: string;
  readonly forgotTitle: string;
  readonly forgotText: string;
  readonly staffNeverAsk: string;
  readonly enterCode: string;
  readonly codeLabel: string;
  readonly smsComing: string;
  readonly whatsappComing: string;
  readonly callComing: string;
  readonly changeNumber: string;
  readonly sendAgain: string;
  readonly callInstead: string;
  readonly whatsappInstead: string;
  readonly smsInstead: string;
  /** Beside a button that is enabled after the wait. */
  readonly possibleIn: string;
  readonly triesLeft: Plural;
  readonly chooseTitle: string;
  readonly chooseText: string;
  readonly continue: string;
  readonly signedInTitle: string;
  readonly signedInAs: string;
  readonly switchCustomer: string;
  readonly signOut: string;
  /** Above the button, where an app sent the customer here to sign out. */
  readonly asksOut: string;
  readonly devicesTitle: string;
  readonly thisDevice: string;
  /** `{device}` is the browser and the system in words, `{time}` the day of the last use. */
  readonly deviceUsed: string;
  readonly unknownDevice: string;
  readonly signOutDevice: string;
  readonly signOutEverywhere: string;
  readonly signedOut: string;
  readonly continueTo: string;
  readonly notNow: string;
  readonly language: string;
  readonly privacy: string;
  readonly terms: string;
  readonly callSupport: string;
  readonly reference: string;
  readonly problems: ProblemSentences;
}

/** A language of the page. */
export interface Language {
  /** The language's own name for itself. */
  readonly name: string;
  /** Whether a native speaker has read every sentence. */
  readonly readByNativeSpeaker: boolean;
  readonly sentences: Sentences;
}
