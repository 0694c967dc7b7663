import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { originOf } from "../../../../src/core/address/origin.ts";
import { namesUpstream, rewriteLocation } from "../../../../src/proxy/wire/rewrite-location.ts";

const UPSTREAM = "http://127.0.0.1:9885";
const AT_UPSTREAM = originOf(new URL(UPSTREAM));
const GATEWAY = "https://api.earlybird.example/api/orders";

describe("a redirect of the upstream", () => {
  it.each([
    [
      "to itself, as the backend writes it",
      "http://127.0.0.1:9885/api/orders/?x=1",
      "/api/orders/?x=1",
    ],
    ["by https, behind a load balancer", "https://127.0.0.1:9885/api/orders/", "/api/orders/"],
    ["without a scheme", "//127.0.0.1:9885/api/orders/", "/api/orders/"],
    ["in capitals", "HTTP://127.0.0.1:9885/A", "/A"],
    ["with a user", "http://user:secret@127.0.0.1:9885/a", "/a"],
    ["without a path", "http://127.0.0.1:9885", "/"],
    ["with backslashes", "http:\\\\127.0.0.1:9885\\a", "/a"],
    ["with a fragment", "http://127.0.0.1:9885/a?b#c", "/a?b#c"],
  ])("a redirect of the upstream: %s becomes a path", (_, value, expected) => {
    expect(rewriteLocation(value, AT_UPSTREAM)).toBe(expected);
  });

  it.each(["/api/orders/", "orders/", "?page=2", "#top", "/a//b"])(
    "a redirect of the upstream that is a path stays: %s",
    (value) => {
      expect(rewriteLocation(value, AT_UPSTREAM)).toBe(value);
    },
  );

  it.each([
    "https://pay.example/checkout?back=1",
    "//cdn.example/a.png",
    "http://127.0.0.1:9886/",
    "http://127.0.0.1/",
    "http://127.0.0.1.evil.example:9885/",
    "http://127.0.0.1:9885@evil.example/",
    "earlybird://orders",
    "mailto:a@b.example",
  ])("a redirect of the upstream to elsewhere stays: %s", (value) => {
    expect(rewriteLocation(value, AT_UPSTREAM)).toBe(value);
  });

  it.each(["http://[", "//", "http://a b/"])(
    "a redirect of the upstream that is no URL is dropped: %s",
    (value) => {
      expect(rewriteLocation(value, AT_UPSTREAM)).toBeNull();
    },
  );

  it("a redirect of the upstream never becomes another host: a path that begins with two slashes stays a path", () => {
    for (const path of [
      "//evil.example/a",
      "///evil.example",
      "/\\evil.example",
      "/\t/evil.example",
    ]) {
      const rewritten = rewriteLocation(`${UPSTREAM}${path}`, AT_UPSTREAM) ?? "";
      expect(new URL(rewritten, GATEWAY).host, path).toBe("api.earlybird.example");
    }
  });

  it("a redirect of the upstream with the upstream's default port spelt or not is the same", () => {
    for (const origin of ["http://legacy", "http://legacy:80"]) {
      expect(rewriteLocation("http://legacy:80/a", originOf(new URL(origin)))).toBe("/a");
      expect(rewriteLocation("http://legacy/a", originOf(new URL(origin)))).toBe("/a");
    }
  });

  it("a redirect of the upstream stays with the gateway and names no upstream, whatever its path", () => {
    const signs = [
      "/",
      "//",
      "\\",
      ".",
      "..",
      "%2F",
      "%2e",
      "?",
      "#",
      ":",
      "@",
      "\t",
      "a",
      "evil.example",
    ];
    const path = fc
      .array(fc.constantFrom(...signs), { maxLength: 8 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(path, (rest) => {
        const value = `${UPSTREAM}/${rest}`;
        const rewritten = rewriteLocation(value, AT_UPSTREAM) ?? "";
        expect(namesUpstream(rewritten, AT_UPSTREAM)).toBe(false);
        const [asked, meant] = [new URL(rewritten, GATEWAY), new URL(value)];
        expect(asked.origin).toBe("https://api.earlybird.example");
        expect(asked.pathname + asked.search).toBe(meant.pathname + meant.search);
      }),
    );
  });
});
