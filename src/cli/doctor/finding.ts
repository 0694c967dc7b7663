import { AdapterError } from "../../ports/adapter-error.ts";

/**
 * `ok`: checked and good; `finding`: something to mend; `unreachable`: a dependency did not answer;
 * `unknown`: it could not be checked, so it is not known to be good.
 */
export type CheckState = "ok" | "finding" | "unreachable" | "unknown";

/** One line of `doorstep doctor`. No text of it holds a secret, a phone or a person's name. */
export interface Checked {
  /** The checked part, in one word: `keys`. */
  readonly check: string;
  readonly state: CheckState;
  readonly what: string;
  /** Why it matters; null where all is well. */
  readonly why: string | null;
  /** The command or the step that mends it; null where there is none. */
  readonly mend: string | null;
}

interface Ill {
  readonly what: string;
  readonly why: string;
  readonly mend: string;
}

export const good = (check: string, what: string): Checked => ({
  check,
  state: "ok",
  what,
  why: null,
  mend: null,
});

export const finding = (check: string, ill: Ill): Checked => ({ check, state: "finding", ...ill });

export const unanswered = (check: string, ill: Ill): Checked => ({
  check,
  state: "unreachable",
  ...ill,
});

/** @param mend the step after which it can be checked, if there is one */
export const unknown = (check: string, what: string, mend: string | null = null): Checked => ({
  check,
  state: "unknown",
  what,
  why: null,
  mend,
});

/** Runs a check. A check that fails is a line of its own, so that the others are still shown. */
export async function checked(
  check: string,
  run: () => Promise<readonly Checked[]>,
): Promise<readonly Checked[]> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof AdapterError)) {
      const name = error instanceof Error ? error.name : "an unknown error";
      return [unknown(check, `the check itself failed with ${name}`)];
    }
    return [
      unanswered(check, {
        what: `${error.adapter} does not serve: ${error.operation} ${error.kind}`,
        why: "The gateway answers 503 until it does.",
        mend: "Start that store, or correct its URL and its user's rights.",
      }),
    ];
  }
}
