import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePolicy } from "../../../../src/proxy/policy/compile-policy.ts";
import {
  canonicalOf,
  canonicalTarget,
  isAmbiguousTarget,
} from "../../../../src/proxy/wire/canonical-target.ts";

const at = (target: string) => canonicalTarget(`http://door.example${target}`);
const path = (target: string) => {
  const read = at(target);
  return read.ok ? read.value.path : null;
};

/** Starlette behind uvicorn (LEGACY 6): the whole path is decoded, then split. */
const backendSegments = (forwarded: string) => decodeURIComponent(forwarded).split("/").slice(1);

describe("the path of a request", () => {
  it.each([
    ["/", "/"],
    ["/api/orders", "/api/orders"],
    ["/api/orders/", "/api/orders/"],
    ["/api/%6f%72ders", "/api/orders"],
    ["/a/%7E%2d%5F%2E%2e.", "/a/~-_..."],
    ["/a/x%20y", "/a/x%20y"],
    ["/a/x y", "/a/x%20y"],
    ["/a/x+y", "/a/x%2By"],
    ["/a/%e0%a4%85", "/a/%E0%A4%85"],
    ["/a/अ", "/a/%E0%A4%85"],
    ["/a/100%25", "/a/100%25"],
    ["/a/b@c:d,e=f", "/a/b%40c%3Ad%2Ce%3Df"],
    ["/a/'(!)*", "/a/'(!)*"],
    ["/A/b", "/A/b"],
  ])("the path of a request: %s is forwarded as %s", (sent, forwarded) => {
    expect(path(sent)).toBe(forwarded);
  });

  it.each([
    ...["//", "/a//b", "/a//", "//a", "/%2F", "/a%2Fb", "/a%2fb", "/a%5Cb", "/a%5cb"],
    ...["/a/%00", "/a/%0A", "/a%0a", "/a/%0d%0aX:y", "/a/%7F", "/a/%C2%85", "/a/%E2%80%A8"],
    ...["/a/%2e%2e%2fb", "/a/..%2fb", "/a/.%252e/b", "/a/%252e%252e/b", "/a/%2525", "/a/%252Fb"],
    ...["/a/%", "/a/%2", "/a/%zz", "/a/%u0041", "/a/%C0%AF", "/a/%ED%A0%80", "/a/%FF", "/a/%E0%A4"],
    ...["/a;b", "/a/%3Bb", "/a;jsessionid=1/b", "/a/%3Fx=1", "/a/%23b", "/a/b%3f", "/a\\\\b"],
  ])("the path of a request: %s is refused", (sent) => {
    expect(at(sent)).toEqual({ ok: false, failure: { reason: "request-malformed" } });
  });

  it("the path of a request is refused with a fragment, and where the URL is none", () => {
    for (const url of ["", "/api/orders", "http://", "http://h/a#b", "http://h/a#"]) {
      expect(canonicalTarget(url).ok).toBe(false);
    }
  });

  it("the path of a request keeps its query as it came", () => {
    for (const query of ["", "?a=1", "?a=%2F&a=2", "?a=b?c", "?customer_id="]) {
      expect(at(`/a${query}`)).toEqual({ ok: true, value: { path: "/a", query } });
    }
    expect(at("/a?")).toEqual({ ok: true, value: { path: "/a", query: "" } });
  });
});

/** Segments of anything, spelled in any way. */
const spelling = fc.oneof(
  fc.constantFrom(
    "%2F",
    "%2f",
    "%5C",
    "%25",
    "%252e",
    "..",
    ".",
    "%2e",
    ";",
    "%00",
    "a",
    "id",
    "+",
  ),
  fc
    .string({ unit: "binary", maxLength: 6 })
    .filter((text) => text.isWellFormed())
    .map(encodeURIComponent),
  fc.string({ unit: "grapheme-ascii", maxLength: 6 }),
);
const target = fc
  .array(
    fc.array(spelling, { maxLength: 3 }).map((parts) => parts.join("")),
    { maxLength: 5 },
  )
  .map((segments) => `/${segments.join("/")}`);
/** A pattern for every length. */
const ANY = compilePolicy({
  rules: Array.from({ length: 40 }, (_, length) => ({
    match: `GET /${Array.from({ length }, (_, at) => `:p${at}`).join("/")}`,
    allow: "public",
  })),
});

describe("whatever path is sent", () => {
  it("the spelling of a path is the same when it is judged again", () => {
    fc.assert(
      fc.property(target, (sent) => {
        const once = path(sent);
        if (once === null) return;
        expect(path(once)).toBe(once);
        expect(isAmbiguousTarget(once)).toBe(false);
        // And any client of the upstream that parses it sends it so.
        expect(new URL(`http://backend.example${once}`).pathname).toBe(once);
      }),
      { numRuns: 1500 },
    );
  });
  it("the backend sees the segments that the rule matched", () => {
    fc.assert(
      fc.property(target, (sent) => {
        const once = path(sent);
        if (once === null) return;
        const found = ANY.ok ? ANY.value.find("GET", once) : null;
        const seen = backendSegments(once);
        if (seen.at(-1) === "") seen.pop();
        expect(Object.values(found?.params ?? {})).toEqual(seen);
        for (const segment of seen) {
          expect(["", ".", ".."]).not.toContain(segment);
          // Who decodes a second time sees the same.
          expect(segment).not.toMatch(/%[0-9a-f]{2}/i);
        }
      }),
      { numRuns: 1500 },
    );
  });
  it("a path is refused only for what is in it: plain segments always pass", () => {
    const plain = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1, maxLength: 6 }), (segments) => {
        expect(path(`/${segments.join("/")}`)).toBe(`/${segments.join("/")}`);
      }),
    );
  });
});

describe("a raw request-target", () => {
  it.each([
    ...[
      "",
      "*",
      "a",
      "http://door.example/api",
      "HTTP://x/",
      "//door.example/",
      "door.example:443",
    ],
    ...["/a\\b", "\\a", "/a/../b", "/a/./b", "/..", "/.", "/a/%2e%2e/b", "/a/%2E/b", "/a/.%2e/b"],
    ...[
      "/a/%2e.",
      "/a#b",
      "/a?b#c",
      "/a b",
      "/a\tb",
      "/a\u0000",
      "/a\u007f",
      "/\u00e9",
      "/अ",
      "/a\n",
    ],
  ])("a raw request-target: %j is ambiguous", (raw) => {
    expect(isAmbiguousTarget(raw)).toBe(true);
  });
  it.each([
    ...[
      "/",
      "/api/orders/",
      "/a?b=/../c",
      "/a?b=c\\d",
      "/a/...",
      "/a/.b",
      "/a/b..",
      "/a/%2f",
      "/a//b",
    ],
    ...["/a?x=http://y", "/a/%E0%A4%85"],
  ])("a raw request-target: %j is not ambiguous", (raw) => {
    expect(isAmbiguousTarget(raw)).toBe(false);
  });
});

describe("a target that is in its one spelling already", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "/",
      "//",
      ".",
      "..",
      "%2e",
      "?",
      "&",
      "=",
      "'",
      ";",
      "\\",
      "#",
      "*",
      "a",
      "c-1",
      "%41",
    ),
    fc.string({ unit: "binary-ascii", maxLength: 3 }),
    fc.string({ unit: "grapheme", maxLength: 2 }),
  );
  const raw = fc.array(piece, { maxLength: 9 }).map((pieces) => `/${pieces.join("")}`);

  it("a target in its one spelling is what a URL would be made of it, however it is decided", () => {
    fc.assert(
      fc.property(raw, (text) => {
        expect(canonicalOf(text)).toEqual(at(text));
        // What no URL changes, and no reader reads in two ways, is ambiguous by no rule.
        const read = canonicalOf(text);
        const isKept = read.ok && read.value.path + read.value.query === text;
        const isOdd =
          !/^\/(?!\/)[!-~]*$/.test(text) || /#|^[^?]*(?:\\|\/\.{1,2}(?:[/?]|$))/.test(text);
        if (isKept && !isOdd) expect(isAmbiguousTarget(text)).toBe(false);
        if (isOdd) expect(isAmbiguousTarget(text)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });
});
