import { describe, expect, it } from "vitest";
import { loaded, problemsOf } from "../../support/gateway/load-settings.ts";

describe("a secret from a file", () => {
  const token = "token-of-16-characters";
  const options = {
    readFile: (path: string) => {
      const text = { "/run/token": `${token}\n`, "/run/empty": "\n", "/run/short": "short-token" }[
        path
      ];
      if (text === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
      return text;
    },
  };

  it("is read through the caller, without the newline at its end", () => {
    const { settings } = loaded({ METRICS_TOKEN_FILE: "/run/token" }, options);
    expect(settings.server.metricsToken).toBe(token);
  });

  it.each([
    ["/run/missing", "names a file that cannot be read"],
    ["/run/empty", "names an empty file"],
  ])("names X_FILE where %s is no use, and does not name the path", (path, reason) => {
    const setting = "INDEX_KEY_FILE";
    const env = { NODE_ENV: "development", [setting]: path };
    expect(problemsOf(env, options)).toEqual([{ setting, reason }]);
  });

  it("is one problem in production too, not a missing key besides", () => {
    const env = { NODE_ENV: "production", INDEX_KEY_FILE: "/run/missing" };
    const names = problemsOf(env, options).map(({ setting }) => setting);
    expect(names).toContain("INDEX_KEY_FILE");
    expect(names).not.toContain("INDEX_KEY");
  });

  it("names X where the file's text is wrong", () => {
    const problems = problemsOf({ METRICS_TOKEN_FILE: "/run/short" }, options);
    expect(problems.map(({ setting }) => setting)).toEqual(["METRICS_TOKEN"]);
    expect(JSON.stringify(problems)).not.toContain("short-token");
  });

  it("must not stand beside the setting itself", () => {
    const env = { METRICS_TOKEN: token, METRICS_TOKEN_FILE: "/run/token" };
    expect(problemsOf(env, options)).toEqual([
      { setting: "METRICS_TOKEN_FILE", reason: "must not be set beside METRICS_TOKEN" },
    ]);
  });

  it("is refused where there are no files", () => {
    expect(problemsOf({ METRICS_TOKEN_FILE: "/run/token" })).toEqual([
      { setting: "METRICS_TOKEN_FILE", reason: "cannot be used: this runtime has no files" },
    ]);
  });
});
