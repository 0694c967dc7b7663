import type { Maybe } from "../../core/maybe.ts";
import type { Head } from "../../ports/upstream.ts";
import type { ClientBody } from "../../proxy/wire/bounded-body.ts";
import type { RawHead } from "./raw-head.ts";

/** One request as it came in at an entrance. */
export interface ComingRequest {
  readonly head: RawHead;
  readonly body: ClientBody;
  /** The other end of the connection. */
  readonly peer: string | null;
  /** For the upstream's adapter, which reads one of the two. */
  readonly request: Request | null;
  readonly platform: unknown;
}

export type ComingAnswer =
  /** The upstream's, as its adapter passes it on. */
  | { readonly kind: "forwarded"; readonly response: Response }
  /** Ours; names of its head are in lower case. */
  | { readonly kind: "own"; readonly head: Head; readonly body: string };

/**
 * The one answer to a request, whichever entrance it takes: everything about it is decided here, and
 * its line of the log is written here.
 *
 * @returns null for a request that is for others to answer, of which nothing was read or counted
 */
export type AnswerComing = (request: ComingRequest) => Maybe<ComingAnswer> | null;

/** The answer of the first that has one. @param answers null: such requests do not come here */
export function firstAnswer(answers: readonly (AnswerComing | null)[]): AnswerComing {
  const asked = answers.filter((answer) => answer !== null);
  return (request) => {
    for (const answer of asked) {
      const answered = answer(request);
      if (answered !== null) return answered;
    }
    return null;
  };
}
