/** Proofs that a program does the work for which it is measured. */

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export async function ask(url: string, question: Question = {}): Promise<Asked> {
  const response = await fetch(url, question);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

export function must(name: string, holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`${name} does not do the work: ${otherwise}`);
}

/** The same token with another signature. */
function forged(token: string): string {
  const [head, claims, signature = ""] = token.split(".");
  const other = [...signature].map((letter) => (letter === "A" ? "B" : "A")).join("");
  return [head, claims, other].join(".");
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** No token and a forged one are 401 where the right one is 200. */
export async function refusesWrongTokens(
  name: string,
  url: string,
  token: string,
  question: Question = {},
): Promise<void> {
  for (const headers of [{}, bearer(forged(token))]) {
    const { status } = await ask(url, {
      ...question,
      headers: { ...question.headers, ...headers },
    });
    must(name, status === 401, `a wrong token is answered ${status}`);
  }
}
