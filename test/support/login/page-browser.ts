import { en } from "../../../src/login/languages/en.ts";
import type { Answering } from "../gateway/client.ts";
import { PUBLIC_URL } from "../gateway/test-gateway.ts";
import { STATES } from "./states.ts";

/** What stands in the window: the last answer that was no redirect, and its address. */
export interface Shown {
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  readonly path: string;
  /** Every answer on the way, redirects included. */
  readonly hops: readonly Response[];
}

interface BrowserOptions {
  readonly language?: string;
  /** Whether it says `Sec-Fetch-Site`, as browsers since 2020 (Safari since 2023) do. */
  readonly saysSite?: boolean;
  readonly userAgent?: string;
}

const ANDROID =
  "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";

/** A browser without a script: it follows redirects, keeps cookies and sends forms as they stand. */
export function pageBrowser(
  { app }: Answering,
  { language = "en", saysSite = true, userAgent = ANDROID }: BrowserOptions = {},
) {
  const jar = new Map<string, string>();
  let shown: Shown | null = null;

  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = new Headers({
      host: "localhost:8787",
      "accept-language": language,
      "user-agent": userAgent,
      ...(cookie === "" ? {} : { cookie }),
      ...(saysSite ? { "sec-fetch-site": init.method === "POST" ? "same-origin" : "none" } : {}),
    });
    for (const [name, value] of new Headers(init.headers)) headers.set(name, value);
    const answer = await app.request(`${PUBLIC_URL}${path}`, { ...init, headers });
    for (const line of answer.headers.getSetCookie()) keep(line);
    return answer;
  };
  const keep = (line: string): void => {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/Max-Age=0\b/.test(line)) jar.delete(name);
    else jar.set(name, decodeURIComponent(value));
  };
  const follow = async (path: string, init: RequestInit = {}): Promise<Shown> => {
    const hops: Response[] = [];
    let at = path;
    let answer = await ask(at, init);
    hops.push(answer);
    while (answer.status === 303 && hops.length < 10) {
      at = answer.headers.get("location") ?? "";
      if (!at.startsWith("/")) break;
      answer = await ask(at);
      hops.push(answer);
    }
    const { headers, status } = answer;
    const html = await answer.clone().text();
    if (language === "en") expectPicture(html);
    shown = { headers, status, hops, html, path: at };
    return shown;
  };
  const page = (): Shown => {
    if (shown === null) throw new Error("no page is open");
    return shown;
  };

  return {
    jar,
    page,
    ask,
    open: (path: string) => follow(path),
    reload: () => follow(page().path),
    /** Sends the form that holds a button or a field of this name and value, with these fields. */
    async submit(
      pick: string | RegExp,
      fields: Readonly<Record<string, string>> = {},
      headers = {},
    ) {
      const form = formsIn(page().html).find(({ text }) => text.match(pick) !== null);
      if (form === undefined) throw new Error(`no form with ${pick} in ${page().html}`);
      const body = new URLSearchParams({ ...form.fields, ...fields });
      return follow(form.action, { method: "POST", body, headers });
    },
    /** Asks for a code and shows the code step. */
    async askForCode(phone: string) {
      await follow("/login");
      return this.submit(/name="phone"/, { phone });
    },
    showCode(code: string) {
      return this.submit(/name="code"/, { code });
    },
  };
}

export type PageBrowser = ReturnType<typeof pageBrowser>;

interface Form {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly text: string;
}

function formsIn(html: string): readonly Form[] {
  return [...html.matchAll(/<form method="post" action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/g)].map(
    ([, action = "", text = ""]) => {
      const inputs = text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g);
      const buttons = text.matchAll(/<button[^>]* name="([^"]+)" value="([^"]*)"/g);
      const pairs = [...inputs, ...[...buttons].slice(0, 1)].map(([, name = "", value = ""]) => [
        name,
        value,
      ]);
      return { action, fields: Object.fromEntries(pairs), text };
    },
  );
}

/** The six characters below a refusal. */
export const referenceIn = (html: string): string =>
  /If you call us, say: ([2-9A-Y]{6})\b/.exec(html)?.[1] ?? "";

/** What a page says in its alert; empty where it says nothing. */
export function alertIn(html: string): string {
  const [, text = ""] = /<div role="alert"[^>]*>([\s\S]*?)<\/div>/.exec(html) ?? [];
  return textOf(text);
}

/** Throws for a problem on a view that no picture shows (states.ts). */
function expectPicture(html: string): void {
  const told = alertIn(html);
  if (told === "") return;
  const [view] = VIEWS.find(([, mark]) => html.includes(mark)) ?? ["broken"];
  const problems = Object.entries(en.sentences.problems);
  const [problem = told] = problems.find(([, text]) => told.startsWith(beginningOf(text))) ?? [];
  if (`${view}-${problem}` in STATES) return;
  throw new Error(`states.ts has no state ${view}-${problem}, and so no picture`);
}

/** The words of a sentence before its first value. */
const beginningOf = (sentence: string): string => sentence.split("{")[0] ?? "";

/** What only this view has. */
const VIEWS = [
  ["phone", 'id="phone"'],
  ["code", 'id="code"'],
  ["choice", 'type="radio"'],
  ["signed-in", 'value="everywhere"'],
  ["app", 'value="app"'],
] as const;

export const titleIn = (html: string): string => textOf(/<h1>(.*?)<\/h1>/.exec(html)?.[1] ?? "");

export const textOf = (html: string): string =>
  html
    .replace(/<[^>]+>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replace(/\s+/g, " ")
    .trim();
