import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { originOf } from "../../../../src/core/address/origin.ts";
import { messageHosts, pageHost } from "../../../../src/core/otp/page-host.ts";

const site = {
  publicUrl: originOf(new URL("https://door.example:8443")),
  allowedOrigins: [
    "https://app.example",
    "https://localhost",
    "http://localhost:3000",
    "http://127.0.0.1:3000",
    "http://[::1]:3000",
    "capacitor://localhost",
  ],
};

describe("the host of a page that asks for a code", () => {
  it.each([
    ["https://door.example:8443", "door.example"],
    ["https://app.example", "app.example"],
  ])("the host of a page that asks for a code is the one in the settings: %s", (origin, host) => {
    expect(pageHost(origin, site)).toBe(host);
  });

  it.each([
    ["no origin at all", undefined],
    ["a sandboxed page", "null"],
    ["another site", "https://evil.example"],
    ["the right host on another port", "https://door.example"],
    ["the right host in clear text", "http://app.example"],
    ["a host that begins like ours", "https://app.example.evil.example"],
    ["a host with our name before an @", "https://app.example@evil.example"],
    ["a path after the origin", "https://app.example/"],
    ["capitals, which no browser sends", "https://APP.example"],
    ["two origins", "https://app.example https://evil.example"],
    ["a line break and a second last line", "https://app.example\n@evil.example #000000"],
    ["an app's own scheme", "capacitor://localhost"],
    ["a Capacitor app on Android, whose page is localhost", "https://localhost"],
    ["a page of the developer's machine", "http://localhost:3000"],
    ["its address", "http://127.0.0.1:3000"],
    ["its address in IPv6", "http://[::1]:3000"],
    ["nothing", ""],
  ])("the host of a page that asks for a code is none for %s", (_, origin) => {
    expect(pageHost(origin, site)).toBeNull();
  });

  it("the host of a page that asks for a code is localhost where the gateway itself is on this machine", () => {
    const here = { ...site, publicUrl: originOf(new URL("http://localhost:8787")) };
    expect(pageHost("http://localhost:3000", here)).toBe("localhost");
    expect(messageHosts(here, "otp.example")).toContain("localhost");
  });

  it("the host of a page that asks for a code is none where every origin is allowed: the text would name any page", () => {
    const open = { ...site, allowedOrigins: ["*"] };
    expect(pageHost("https://evil.example", open)).toBeNull();
    expect(pageHost("*", open)).toBeNull();
    expect(messageHosts(open, "otp.example")).toEqual(["door.example", "otp.example"]);
  });

  it("the host of a page that asks for a code is one of the settings' for any text", () => {
    const hosts = messageHosts(site, "otp.example");
    expect(hosts).toEqual(["door.example", "app.example", "otp.example"]);
    const piece = fc.constantFrom(
      "https://",
      "app.example",
      "door.example",
      ":8443",
      ".",
      "@",
      "/",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(text, (origin) => {
        const host = pageHost(origin, site);
        expect(host === null || hosts.includes(host)).toBe(true);
      }),
    );
  });
});
