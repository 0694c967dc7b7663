import { describe, expect, it } from "vitest";
import { readSources, type SourceFile, targetOf } from "../../support/house/source-files.ts";

/** The ways into the proxy and of another proxy's questions, and all that lies in their rooms or builds their heads. */
const ENTRANCES = [
  "http/proxied/coming-requests.ts",
  "runtimes/node/short-way/",
  "runtimes/node/server/request-head.ts",
];
/** The places of rules, limits, header rules, problems and the log line. */
const DECIDING = ["core/", "flows/", "ports/", "proxy/", "http/middleware/", "http/problems/"];
/** What reads a request and decides nothing; both entrances have the same of it, or their own. */
const READING = ["bodyOf", "listOf", "isAmbiguousTarget"];

const NAMED = /^import (type )?\{([^}]*)\} from "([^"]+)";/gm;

/** Values, not types, that a file imports from the places that decide. */
function deciding({ path, text }: SourceFile): readonly string[] {
  return [...text.matchAll(NAMED)].flatMap(([, isType, names = "", from = ""]) => {
    const isDeciding = DECIDING.some((place) => targetOf(path, from).startsWith(place));
    if (isType !== undefined || !isDeciding) return [];
    const listed = names.split(",").map((name) => name.trim());
    return listed.filter((name) => name !== "" && !name.startsWith("type "));
  });
}

const sources = readSources();
const importing = (name: string): readonly string[] => {
  const named = new RegExp(String.raw`import (?:type )?\{[^}]*\b${name}\b[^}]*\} from`);
  return sources.filter(({ text }) => named.test(text)).map(({ path }) => path);
};
const files = sources.filter(({ path }) => ENTRANCES.some((place) => path.startsWith(place)));

describe("the entrances of proxied requests and of another proxy's questions", () => {
  it("no entrance of proxied requests or of questions has a rule, a limit or a header function of its own", () => {
    expect(files.length).toBeGreaterThanOrEqual(4);
    const found = files.flatMap((file) => deciding(file).map((name) => `${file.path}: ${name}`));
    expect(found.filter((line) => !READING.some((name) => line.endsWith(`: ${name}`)))).toEqual([]);
    // No other form of import hides one.
    const odd = /^import (?!type )(?!(?:type )?\{)|\bimport\(/m;
    expect(files.filter(({ text }) => odd.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it.each([
    ["proxy", "http/proxied/answer-proxied.ts"],
    ["decideForward", "http/proxied/answer-forward.ts"],
  ])("one file alone calls %s, and both entrances are handed its function", (called, caller) => {
    expect(importing(called)).toEqual([caller]);
    expect(importing("AnswerComing")).toEqual([
      "http/create-app.ts",
      "http/own/answer-own.ts",
      "http/proxied/answer-forward.ts",
      "http/proxied/answer-proxied.ts",
      "http/proxied/coming-requests.ts",
      "runtimes/node/short-way/short-way.ts",
    ]);
  });

  it("an import of a rule into an entrance is found", () => {
    const path = "runtimes/node/short-way/short-way.ts";
    const text = 'import { isPassed } from "../../../proxy/wire/header-rules.ts";';
    expect(deciding({ path, text })).toEqual(["isPassed"]);
    expect(deciding({ path, text: text.replace("{", "{ type Fields,") })).toEqual(["isPassed"]);
  });
});
