import type { Gateway } from "../gateway.ts";

interface Waiting<Question, Answer> {
  readonly question: Question;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Answers concurrent questions together: those that are asked before the next turn of the event
 * loop go out as one. Each caller gets the answer to its own question.
 *
 * @param most questions that are answered at once
 */
export function together<Question, Answer>(
  { sleep }: Pick<Gateway["runtime"], "sleep">,
  most: number,
  answerAll: (questions: readonly Question[]) => Promise<readonly Answer[]>,
): (question: Question) => Promise<Answer> {
  let waiting: Waiting<Question, Answer>[] = [];
  /** Never rejects: each caller gets its own error. */
  const answer = async (batch: readonly Waiting<Question, Answer>[]) => {
    try {
      const answers = await answerAll(batch.map(({ question }) => question));
      if (answers.length !== batch.length) throw new TypeError("an answer is missing");
      for (const [at, each] of answers.entries()) batch[at]?.resolve(each);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  const flush = async () => {
    await sleep(0);
    const all = waiting;
    waiting = [];
    for (let at = 0; at < all.length; at += most) await answer(all.slice(at, at + most));
  };
  return (question) =>
    new Promise((resolve, reject) => {
      waiting.push({ question, resolve, reject });
      if (waiting.length === 1) void flush();
    });
}
