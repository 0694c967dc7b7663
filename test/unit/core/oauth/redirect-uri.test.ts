import { describe, expect, test } from "vitest";
import {
  formActionOf,
  matchesRedirect,
  needsConfirmation,
  parseRedirectUri,
  type RedirectUri,
} from "../../../../src/core/oauth/redirect-uri.ts";

function parsed(uri: string): RedirectUri {
  const read = parseRedirectUri(uri);
  if (!read.ok) throw new Error(`${uri} ${read.failure}`);
  return read.value;
}

describe("a redirect URI is registered", () => {
  test.each([
    ["https://app.example.com/cb", "https"],
    ["https://app.example.com", "https"],
    ["https://app.example.com:8443/cb?from=app", "https"],
    ["https://app.example.com/@me/cb", "https"],
    ["http://127.0.0.1/cb", "loopback"],
    ["http://127.0.0.1:8080/cb", "loopback"],
    ["http://[::1]/cb", "loopback"],
    ["com.example.app:/cb", "private-use"],
    ["com.example.app://signed-in", "private-use"],
    ["http://localhost:3000/cb", "plain-http"],
    ["http://127.0.0.2/cb", "plain-http"],
    ["http://app.example.com/cb", "plain-http"],
  ])("a redirect URI is registered: %s, as %s", (uri, kind) => {
    expect(parseRedirectUri(uri)).toEqual({ ok: true, value: { kind, uri } });
  });
});

describe("a redirect URI is refused", () => {
  test.each([
    ["", "must be made of the characters of a URI"],
    ["/cb", "must be an absolute URI"],
    ["https://app.example.com/cb#here", "must have no fragment"],
    ["https://app.example.com/cb#", "must have no fragment"],
    ["https://*.example.com/cb", "must have no wildcard"],
    ["https://app.example.com/*", "must have no wildcard"],
    ["https://user@app.example.com/cb", "must have no user name"],
    ["https://user:word@app.example.com/cb", "must have no user name"],
    ["https://@app.example.com/cb", "must have no user name"],
    ["https://app.example.com\\@evil.com/cb", "must be made of the characters of a URI"],
    ["https://app.example.com/c b", "must be made of the characters of a URI"],
    ["https://app.example.com/c\nb", "must be made of the characters of a URI"],
    ["https://äpp.example.com/cb", "must be made of the characters of a URI"],
    ["HTTPS://app.example.com/cb", "must be spelled as a browser spells it"],
    ["https://App.example.com/cb", "must be spelled as a browser spells it"],
    ["https://app.example.com:443/cb", "must be spelled as a browser spells it"],
    ["https://app.example.com/a/../cb", "must be spelled as a browser spells it"],
    ["https://app.example.com/a/%2e%2e/cb", "must be spelled as a browser spells it"],
    ["https:app.example.com/cb", "must be spelled as a browser spells it"],
    ["http://0x7f.1/cb", "must be spelled as a browser spells it"],
    ["https://app.example.com/cb?code=1", "must have no parameter that the answer adds"],
    ["https://app.example.com/cb?%73tate=1", "must have no parameter that the answer adds"],
    ["https://app.example.com/cb?iss=x", "must have no parameter that the answer adds"],
    ["javascript:alert(1)", "must begin with https:"],
    ["data:text/html,x", "must begin with https:"],
    ["file:///etc/passwd", "must begin with https:"],
    ["myapp:/cb", "must begin with https:"],
    ["myapp://cb.example", "must begin with https:"],
    ["com.example.app:cb", "must begin with https:"],
    ["ftp://app.example.com/cb", "must begin with https:"],
    [`https://app.example.com/${"x".repeat(500)}`, "must have at most 512 characters"],
  ])("no URI that two readers could read in two ways, or that is no app's: %j", (uri, reason) => {
    const read = parseRedirectUri(uri);
    expect(read).toEqual({ ok: false, failure: expect.stringContaining(reason) });
  });
});

describe("an asked redirect URI is the registered one", () => {
  const https = parsed("https://app.example.com/cb");

  test("an asked redirect URI is the registered one letter by letter", () => {
    expect(matchesRedirect(https, "https://app.example.com/cb")).toBe(true);
  });

  test.each([
    "https://app.example.com/cb/",
    "https://app.example.com/CB",
    "https://APP.example.com/cb",
    "HTTPS://app.example.com/cb",
    "http://app.example.com/cb",
    "https://app.example.com:443/cb",
    "https://app.example.com:8443/cb",
    "https://app.example.com./cb",
    "https://app.example.com.evil.com/cb",
    "https://app.example.com@evil.com/cb",
    "https://evil.com/https://app.example.com/cb",
    "https://app.example.com/%63b",
    "https://app.example.com/cb%00",
    "https://app.example.com/cb?",
    "https://app.example.com/cb?next=https://evil.com",
    "https://app.example.com/cb#x",
    "https://app.example.com/cb;x",
    "https://app.example.com/cb/../evil",
    " https://app.example.com/cb",
    "https://app.example.com/cb\n",
    "//app.example.com/cb",
    "",
  ])("an asked redirect URI is the registered one and not %j", (shown) => {
    expect(matchesRedirect(https, shown)).toBe(false);
  });

  test.each([
    ["http://127.0.0.1/cb", "http://127.0.0.1/cb"],
    ["http://127.0.0.1/cb", "http://127.0.0.1:49152/cb"],
    ["http://127.0.0.1:8080/cb", "http://127.0.0.1:49152/cb"],
    ["http://127.0.0.1:8080/cb", "http://127.0.0.1/cb"],
    ["http://[::1]/cb", "http://[::1]:65535/cb"],
    ["http://127.0.0.1", "http://127.0.0.1:1"],
  ])("the URI of a loopback address whatever its port: %s, %s", (registered, shown) => {
    expect(matchesRedirect(parsed(registered), shown)).toBe(true);
  });

  test.each([
    "http://127.0.0.1:49152/CB",
    "http://127.0.0.1:49152/cb/",
    "http://127.0.0.1:49152/cb?x=1",
    "http://127.0.0.1:49152",
    "http://127.0.0.1:0/cb",
    "http://127.0.0.1:080/cb",
    "http://127.0.0.1:65536/cb",
    "http://127.0.0.1:99999/cb",
    "http://127.0.0.1:/cb",
    "http://127.0.0.1:80@evil.com/cb",
    "http://127.0.0.1.evil.com/cb",
    "http://127.0.0.1:80.evil.com/cb",
    "http://127.0.0.2:49152/cb",
    "http://localhost:49152/cb",
    "http://[::1]:49152/cb",
    "https://127.0.0.1:49152/cb",
    "http://127.1:49152/cb",
    "http://2130706433:49152/cb",
    "http://127.0.0.1:49152/cb\n",
  ])("the URI of a loopback address, and no other program's: %j", (shown) => {
    expect(matchesRedirect(parsed("http://127.0.0.1/cb"), shown)).toBe(false);
  });

  test("an asked redirect URI is the registered one of plain http in development with the port that was registered", () => {
    const dev = parsed("http://localhost:3000/cb");
    expect(matchesRedirect(dev, "http://localhost:3000/cb")).toBe(true);
    expect(matchesRedirect(dev, "http://localhost:3001/cb")).toBe(false);
  });
});

test("a click is asked for where any program of the device could get the code", () => {
  const asked = (uri: string) => needsConfirmation(parsed(uri));
  expect(asked("http://127.0.0.1/cb")).toBe(true);
  expect(asked("com.example.app:/cb")).toBe(true);
  expect(asked("https://app.example.com/cb")).toBe(false);
});

test.each([
  ["https://app.example.com/cb?x=1", "https://app.example.com"],
  ["http://127.0.0.1:49152/cb", "http://127.0.0.1:49152"],
  ["com.example.app:/cb", "com.example.app:"],
])("form-action for %s is %s", (uri, source) => {
  expect(formActionOf(uri)).toBe(source);
});
