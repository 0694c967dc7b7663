import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { policyCommand } from "../../../src/cli/commands/policy.ts";
import { StartError } from "../../../src/runtimes/shared/start-error.ts";

const P = "/api/phase0-v2";
const BIN = join(import.meta.dirname, "../../../src/cli/doorstep.ts");

async function run(args: readonly string[], env: Record<string, string> = {}) {
  let [out, err] = ["", ""];
  const io = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
  };
  const code = await policyCommand(args, io, env);
  return { code, out, err };
}
const check = (...args: readonly string[]) => run(["check", ...args]);
const verdictOf = ({ out }: { out: string }) => /^verdict\s+(.*)$/m.exec(out)?.[1];

describe("doorstep policy check", () => {
  it("doorstep policy check names the rule that decides, what it looks at, and the verdict", async () => {
    const args = ["GET", `${P}/customers/c-1`, "--role", "customer", "--user", "u-1", "--customer"];
    const own = await check(...args, "c-1");
    expect(own.code).toBe(0);
    expect(own.out).toContain(`GET ${P}/customers/:id  for customer\n`);
    expect(own.out).toContain("path.id is customer_v2_id\n");
    expect(verdictOf(own)).toBe("allowed");
    const other = await check(...args, "c-2");
    expect(other.code).toBe(1);
    expect(verdictOf(other)).toBe("denied: not-owner (path.id)");
  });

  it.each([
    [["GET", `${P}/users`, "--role", "admin"], 0, "allowed"],
    [["get", `${P}/users/`, "--role", "admin"], 0, "allowed"],
    [["GET", `${P}/users`, "--role", "customer"], 1, "denied: route-denied"],
    [["GET", `${P}/users`], 1, "denied: token-missing"],
    [["GET", `${P}/users`, "--role", "none"], 1, "denied: token-missing"],
    [["GET", "/api/products"], 0, "allowed"],
    [["GET", "/api/api/disputes", "--role", "admin"], 1, "denied: route-denied"],
    [["GET", `${P}/../users`, "--role", "admin"], 1, "denied: request-malformed"],
    [["GET", `${P}%2Fusers`, "--role", "admin"], 1, "denied: request-malformed"],
    [["GET", "//api", "--role", "admin"], 1, "denied: request-malformed"],
    [
      ["GET", `${P}/subscriptions?customer_id=`, "--role", "customer", "--customer", "c-1"],
      0,
      "allowed",
    ],
    [
      ["PATCH", `${P}/customers/c-1`, "--role", "marketing_staff", "--body", '{"user_id":"1"}'],
      1,
      "denied: route-denied",
    ],
    [
      ["PATCH", `${P}/customers/c-1`, "--role", "marketing_staff", "--body", '{"phone":"1"}'],
      0,
      "allowed, if the parts that are not judged here also pass",
    ],
    [
      [
        ...["POST", `${P}/customer/c-1/add-product`, "--role", "customer", "--customer", "c-1"],
        ...["--body", '{"product_id":{"$ne":null},"date":"2026-12-01","quantity":"nan"}'],
      ],
      1,
      "denied: validation-failed (/product_id must be of type string)",
    ],
    [["PATCH", `${P}/customers/c-1`, "--role", "admin", "--body", '{"phone":"1"}'], 0, "allowed"],
    [
      ["PATCH", `${P}/customers/c-1`, "--role", "admin", "--body", "{"],
      1,
      "denied: request-malformed",
    ],
  ])("doorstep policy check: %j: %i, %s", async (args, code, verdict) => {
    const checked = await check(...args);
    expect(verdictOf(checked)).toBe(verdict);
    expect(checked.code).toBe(code);
  });

  it("doorstep policy check says what it could not judge, and judges the rest", async () => {
    const pause = ["POST", `${P}/customer/c-1/pause`, "--role", "customer"];
    const bare = await check(...pause);
    expect(verdictOf(bare)).toBe("allowed, if the parts that are not judged here also pass");
    expect(bare.out).toContain("path.id: not given here");
    expect(bare.out).toContain("body.subscription_id: not given here");
    const sent = '{"subscription_id":"s-1","start_date":"2026-12-01"}';
    const body = ["--customer", "c-1", "--body", sent];
    const whole = await check(...pause, ...body);
    expect(whole.out).toContain("the owner of subscriptions_v2 s-1: needs the store");
    expect(whole.code).toBe(0);
    const foreign = await check(...pause, "--customer", "c-2");
    expect(verdictOf(foreign)).toBe("denied: not-owner (path.id)");
  });

  it.each([
    [],
    ["check"],
    ["check", "GET"],
    ["check", "GET", "/a", "/b"],
    ["check", "GET", "/a", "--role", "boss"],
    ["check", "GET", "/a", "--role", "toString"],
    ["check", "GET", "/a", "--roll", "admin"],
    ["lint", "GET"],
    ["lint", "--role", "admin"],
    ["mend"],
  ])("doorstep policy check shows its usage for %j", async (...args) => {
    const { code, err, out } = await run(args.flat());
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("Usage: doorstep policy");
  });
});

describe("doorstep policy lint", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "doorstep-policy-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const lint = (text: string) => {
    const path = join(folder, "policy.json");
    writeFileSync(path, text);
    return run(["lint"], { POLICY_FILE: path });
  };

  it("doorstep policy lint lists the accepted risks of the shipped policy, each with its rule", async () => {
    const { code, out } = await run(["lint"]);
    expect(code).toBe(0);
    expect(out).toContain("no errors, 7 accepted risks, 0 without a schema\n");
    expect(out).toMatch(/^rules\[\d+\] {2,}POST \/api\/orders +The .+at a price of their own/m);
    expect(
      out.match(/^rules\[\d+\] {2}(?:GET|POST) \/api\/shared-delivery-link\/:link_id.+$/gm)?.length,
    ).toBe(5);
  });
  it("doorstep policy lint names what customers and strangers may send without a schema, and no rule of staff's", async () => {
    const rules = [
      { match: "POST /a", allow: ["customer", "admin"], body: { type: "object" } },
      { match: "PUT /b", allow: "public" },
      { match: "GET /c", allow: ["customer"] },
      { match: "GET /d", allow: "public", query: false },
      { match: "POST /e", allow: ["admin"] },
    ];
    const { code, out } = await lint(JSON.stringify({ rules }));
    expect(code).toBe(0);
    expect(out.trimEnd().split("\n")).toEqual([
      "5 rules, no errors, 0 accepted risks, 3 without a schema",
      "",
      "rules[0]  POST /a  customers or strangers may send any query",
      "rules[1]  PUT /b   customers or strangers may send any query and any body",
      "rules[2]  GET /c   customers or strangers may send any query",
    ]);
  });
  it("doorstep policy lint says of the gateway's own routes that no rule decides them", async () => {
    for (const path of ["/healthz", "/auth/otp?x=1", "/api/auth/otp/send"]) {
      const { code, out } = await run(["check", "GET", path]);
      expect([code, out]).toEqual([
        0,
        expect.stringContaining("The gateway answers this path itself"),
      ]);
    }
  });
  it("doorstep policy lint lists every error with its position and the rule's text", async () => {
    const rules = [
      { match: "GET /auth/me", allow: "public" },
      { match: "GET /a/:id", allow: ["customer"], own: { "path.x": "sub" } },
    ];
    const { code, out } = await lint(JSON.stringify({ rules }));
    expect(code).toBe(1);
    expect(out).toMatch(
      /^rules\[0\] +GET \/auth\/me +never matches: \/auth\/\* is a path of the gateway itself$/m,
    );
    expect(out).toMatch(/^rules\[1\]\.own +GET \/a\/:id +path\.x is not in the pattern$/m);
  });
  it("doorstep policy lint warns of headers by which an upstream may let people in", async () => {
    const rules = [{ match: "GET /a", allow: "public", headers: ["X-Admin"] }];
    const { code, out } = await lint(JSON.stringify({ rules, headers: ["X-App-Version"] }));
    expect(code).toBe(0);
    expect(out).toMatch(/^headers: x-admin may tell the backend who the caller is/m);
    expect(out).not.toContain("x-app-version");
  });
  it("doorstep policy lint finds errors before it checks a call, and says so of a file that is no JSON", async () => {
    expect(await lint("{")).toMatchObject({
      code: 1,
      out: expect.stringContaining("is not valid JSON"),
    });
  });
  it("doorstep policy lint cannot go on without the file", async () => {
    const missing = run(["lint"], { POLICY_FILE: join(folder, "none.json") });
    await expect(missing).rejects.toThrow(StartError);
    await expect(missing).rejects.toThrow("POLICY_FILE cannot be read (ENOENT)");
  });
  it("doorstep policy lint works from any folder", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [BIN, "policy", "lint"], {
      cwd: folder,
    });
    expect(stdout).toContain("no errors");
  });
});
