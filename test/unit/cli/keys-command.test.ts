import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { parseEnv } from "node:util";
import { calculateJwkThumbprint } from "jose";
import { describe, expect, it } from "vitest";
import { keysCommand } from "../../../src/cli/commands/keys.ts";
import { createAccessTokens } from "../../../src/tokens/access-tokens.ts";
import { generateKeys } from "../../../src/tokens/generate-keys.ts";
import { readPrivateJwks } from "../../../src/tokens/private-jwks.ts";

async function run(...args: string[]) {
  let out = "";
  let err = "";
  const io = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
  };
  const code = await keysCommand(args, io, {});
  return { code, out, err };
}

const NAMES = ["JWT_PRIVATE_JWKS", "SECRET_KEYS", "INDEX_KEY"];
const firstKey = (jwks: string) => (JSON.parse(jwks) as { keys: [Record<string, string>] }).keys[0];

describe("doorstep keys generate", () => {
  it("doorstep keys generate prints the three settings on stdout and nothing secret on stderr", async () => {
    const { code, out, err } = await run("generate");
    expect(code).toBe(0);
    expect(out.split("\n").map((line) => line.split("=")[0])).toEqual([...NAMES, ""]);
    for (const value of Object.values(parseEnv(out))) expect(err).not.toContain(value);
    expect(err).toContain("shown once");
  });

  it("doorstep keys generate prints lines that a shell and an env file read alike", async () => {
    const { out } = await run("generate");
    const script = `${out}\nprintf '%s\\n' "$JWT_PRIVATE_JWKS" "$SECRET_KEYS" "$INDEX_KEY"`;
    const shell = execFileSync("sh", ["-c", script], { encoding: "utf8" }).trimEnd().split("\n");
    const file = parseEnv(out);
    expect(shell).toEqual(NAMES.map((name) => file[name]));
  });

  it("doorstep keys generate prints with --json an object of texts, as wrangler secret bulk takes it", async () => {
    const { code, out } = await run("generate", "--json");
    const values = JSON.parse(out) as Record<string, unknown>;
    expect(code).toBe(0);
    expect(Object.keys(values)).toEqual(NAMES);
    expect(Object.values(values).every((value) => typeof value === "string")).toBe(true);
  });

  it("doorstep keys generate makes an ES256 key, or one of the algorithm asked for, that a gateway signs with", async () => {
    for (const [args, alg, kty] of [
      [[], "ES256", "EC"],
      [["--alg", "ES256"], "ES256", "EC"],
      [["--alg=EdDSA"], "EdDSA", "OKP"],
      [["--alg", "RS256"], "RS256", "RSA"],
    ] as const) {
      const { out } = await run("generate", ...args);
      const jwks = parseEnv(out)["JWT_PRIVATE_JWKS"] ?? "";
      expect(firstKey(jwks)).toMatchObject({ alg, kty, use: "sig" });
      const options = { issuer: "i", audience: "a", ttlSeconds: 900, now: Date.now };
      const [published] = (
        await createAccessTokens({
          privateJwks: readPrivateJwks(jwks),
          ...options,
        })
      ).jwks().keys;
      expect(published).toMatchObject({ alg, kty });
    }
  });

  it("doorstep keys generate never prints the same twice", async () => {
    const [a, b] = [parseEnv((await run("generate")).out), parseEnv((await run("generate")).out)];
    for (const name of NAMES) expect(a[name]).not.toBe(b[name]);
  });

  for (const args of [
    [],
    ["rotate"],
    ["list"],
    ["generate", "again"],
    ["generate", "--alg"],
    ["generate", "--alg", "HS256"],
    ["generate", "--alg", "es256"],
    ["generate", "--alg", "toString"],
    ["generate", "--jsom"],
    ["generate", "--json=yes"],
    ["--json"],
  ]) {
    it(`doorstep keys generate answers [${args.join(" ")}] with its usage, exit code 2 and no key`, async () => {
      const { code, out, err } = await run(...args);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toContain("Usage: doorstep keys");
    });
  }
});

describe("doorstep keys client", () => {
  it("doorstep keys client prints a new secret each time, and the hash that OAUTH_CLIENTS takes for it", async () => {
    const [a, b] = [await run("client"), await run("client")];
    const [, secret = "", hash] =
      /^client_secret: ([\w-]{43})\nclient_secret_sha256: ([\w-]{43})\n$/.exec(a.out) ?? [];
    expect(hash).toBe(createHash("sha256").update(secret).digest("base64url"));
    expect(a.out).not.toBe(b.out);
    expect(a.err).not.toContain(secret);
  });
});

describe("generated keys", () => {
  it("generated keys name the signing key by its RFC 7638 thumbprint", async () => {
    for (const alg of ["ES256", "EdDSA", "RS256"] as const) {
      const key = firstKey((await generateKeys({ algorithms: [alg] })).jwtPrivateJwks);
      expect(key["kid"]).toBe(await calculateJwkThumbprint(key));
    }
  });

  it("generated keys name the secret key by its month and four letters, and hold 32 bytes", async () => {
    const { secretKeys, indexKey } = await generateKeys({ now: () => Date.UTC(2026, 10, 22) });
    const [id = "", secret = ""] = secretKeys.split(":");
    expect(id).toMatch(/^k2026-11-[a-z2-7]{4}$/);
    expect(id).toMatch(/^[a-z0-9-]{1,16}$/);
    for (const key of [secret, indexKey]) {
      expect(key).toMatch(/^[A-Za-z0-9+/]{43}=$/);
      expect(Buffer.from(key, "base64")).toHaveLength(32);
    }
    expect(secret).not.toBe(indexKey);
  });
});
