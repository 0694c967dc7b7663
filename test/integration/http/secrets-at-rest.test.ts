import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChallengeHandle, SessionId, UserId } from "../../../src/core/ids.ts";
import { deriveCode } from "../../../src/core/otp/code.ts";
import { mintBearer, readBearer } from "../../../src/core/secrets/bearer.ts";
import { readRefreshToken } from "../../../src/flows/sessions/issue-tokens.ts";
import { customer } from "../../cases-extra/people.ts";
import {
  askForCode,
  bearer,
  call,
  logIn,
  newestCode,
  refresh,
  verify,
} from "../../support/gateway/client.ts";
import { type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import { DOCUMENTS, type Flown, flyThrough } from "./every-flow.ts";

const folder = mkdtempSync("/tmp/doorstep-rest-");
afterAll(() => rmSync(folder, { recursive: true }));

/** The database as whoever copies the disk has it: the file, its log, its index. */
function bytesAtRest(): Buffer {
  const names = readdirSync(folder);
  expect(names).toContain("doorstep.db-wal");
  return Buffer.concat(names.map((name) => readFileSync(`${folder}/${name}`)));
}

describe("the database file, searched as bytes after every flow", () => {
  let gateway: TestGateway;
  let flown: Flown;
  let texts: string[];

  beforeAll(async () => {
    gateway = await testGateway({ path: `${folder}/doorstep.db`, documents: DOCUMENTS });
    flown = await flyThrough(gateway);
    const during = bytesAtRest();
    gateway.file.sql.all("PRAGMA wal_checkpoint(TRUNCATE)");
    texts = [during, bytesAtRest()].map((bytes) => bytes.toString("latin1"));
    gateway.file.close();
  });

  test("the database file, searched as bytes after every flow holds what it should: the records, and the phones of live challenges", () => {
    for (const text of texts) {
      expect(text).toContain('"sessions":[{"sid"');
      expect(text).toContain('"challenges":[');
      expect(text).toContain("+919876543211");
    }
  });

  test("the database file, searched as bytes after every flow holds no code", () => {
    const { codes } = flown.secrets;
    expect(codes.length).toBeGreaterThan(5);
    for (const text of texts) {
      for (const code of codes) expect(text).not.toMatch(new RegExp(`(?<!\\w)${code}(?!\\w)`));
    }
  });

  test("the database file, searched as bytes after every flow holds no token and no challenge id, whole or its secret part, as text or as bytes", () => {
    for (const token of flown.secrets.tokens) {
      const part = token.split(".").at(-1) ?? "";
      const raw = Buffer.from(part, "base64url");
      // The locator in front is public: it names the record.
      const secret = raw.subarray(-30, -12);
      for (const text of texts) {
        expect(text.includes(token), "a token").toBe(false);
        expect(text.includes(part), "the end of a token").toBe(false);
        for (const encoding of ["latin1", "hex", "base64", "base64url"] as const) {
          expect(text.includes(secret.toString(encoding)), encoding).toBe(false);
        }
      }
    }
  });
});

describe("the keys alone, without the database,", () => {
  const PHONE = "9876500001";

  /** A victim, and a thief who has every key, every algorithm, and an empty store. */
  async function theft() {
    const documents = { customers_v2: [customer("c-1", PHONE)] };
    const victim = await testGateway({ documents });
    const thief = await testGateway({ clock: victim.clock });
    const login = (await logIn(victim, PHONE)).body;
    return { login, thief: thief.gateway, victim };
  }

  test("the keys alone, without the database, make no refresh token: every seed that can be thought of is refused", async () => {
    const { login, thief, victim } = await theft();
    const reference = await readRefreshToken(thief, login.refresh_token);
    if (reference === null) throw new Error("the keys are the same");
    const { sid, userKey } = reference;
    const owner = Buffer.from(login.user.id);
    const seeds = [Buffer.alloc(0), Buffer.alloc(32), Buffer.alloc(32, 255), owner];
    const known = [sid, userKey, login.device_token, login.access_token, login.refresh_token];
    for (const seed of [...seeds, ...known.map((text) => Buffer.from(text)), randomSeed()]) {
      const forged = await refreshTokenFrom(thief, userKey, sid, seed);
      expect(forged).not.toBe(login.refresh_token);
      // It is well-formed, under a good key, and names the right session: the seed alone is wrong.
      expect(await readRefreshToken(thief, forged)).not.toBeNull();
      const refused = await refresh(victim, forged);
      expect(refused.body).toMatchObject({ error: "invalid_grant", code: "token-invalid" });
    }
    expect((await refresh(victim, login.refresh_token)).status).toBe(200);
  });

  test("the keys with the seed of the record derive the very token", async () => {
    const { login, thief, victim } = await theft();
    const { sid, userKey } = (await readRefreshToken(thief, login.refresh_token)) ?? {};
    const [row] = victim.file.sql.all(`SELECT value FROM state WHERE key LIKE '"user/%'`);
    const [session] = JSON.parse(row?.["value"] as string).record.sessions;
    const seed = Buffer.from(session.seed, "base64url");
    const made = await refreshTokenFrom(thief, userKey ?? "", sid as SessionId, seed);
    expect(made).toBe(login.refresh_token);
  });

  test("the keys alone, without the database, make no code", async () => {
    const { thief, victim } = await theft();
    const { challenge_id } = (await askForCode(victim, PHONE)).body;
    const { keyring } = thief;
    const reference = await readBearer(keyring, "challenge", 25, challenge_id);
    const handle = Buffer.from(reference?.locator ?? [])
      .subarray(16)
      .toString("base64url");
    const guess = await deriveCode(
      keyring,
      keyring.currentId,
      handle as ChallengeHandle,
      Buffer.alloc(32),
    );
    // One in a million is chance; then the guess is not the thief's merit.
    if (guess !== newestCode(victim, PHONE)) {
      expect((await verify(victim, challenge_id, guess ?? "")).status).toBe(400);
    }
  });

  test("the keys alone, without the database, make no device token: a lane of one's own needs the seed", async () => {
    const { login, thief, victim } = await theft();
    const { keyring } = thief;
    const real = await readBearer(keyring, "device", 25, login.device_token);
    if (real === null) throw new Error("the keys are the same");
    const { keyId, locator } = real;
    const forged = await mintBearer(keyring, "device", keyId, locator, new Uint8Array(32));
    while ((await askForCode(victim, PHONE)).status === 202);
    const asks = (device_token: string | null) => askForCode(victim, PHONE, { device_token });
    expect((await asks(forged)).status).toBe(429);
    expect((await asks(login.device_token)).status).toBe(202);
  });

  test("the keys alone, without the database, make no access token that outlives its session", async () => {
    const { login, thief, victim } = await theft();
    const { token } = await thief.tokens.issue({
      sub: login.user.id as UserId,
      client_id: "doorstep",
      customer_v2_id: null,
      role: "customer",
      sid: "AAAAAAAAAAAAAAAAAAAAAA" as SessionId,
      auth_time: 0,
      amr: ["otp"],
    });
    const answer = await call(victim, "GET", "/auth/me", undefined, bearer(token));
    expect(answer.status).toBe(401);
  });
});

const randomSeed = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32)));

/** The gateway's own derivation, with a seed of one's choice: generation 0 of the session. */
async function refreshTokenFrom(
  { keyring }: TestGateway["gateway"],
  userKey: string,
  sid: SessionId,
  seed: Buffer,
): Promise<string> {
  const locator = Buffer.concat([
    ...[userKey, sid].map((text) => Buffer.from(text, "base64url")),
    Buffer.alloc(4),
  ]);
  const bytes = Uint8Array.from(locator);
  const token = await mintBearer(keyring, "refresh", keyring.currentId, bytes, seed);
  if (token === null) throw new Error("no such key");
  return token;
}
