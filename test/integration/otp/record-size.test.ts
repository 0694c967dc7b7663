import { describe, expect, test } from "vitest";
import { forgetCodes } from "../../../src/flows/otp/forget-codes.ts";
import { customer } from "../../cases-extra/people.ts";
import { askForCode, challengeFor, verify } from "../../support/gateway/client.ts";
import { type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";

const KNOWN = "9876500001";
const UNKNOWN = "9876599999";
const MINUTE = 60_000;
/** In Redis a record is `version expiresAt value`: 24 digits, 13 digits and two blanks more. */
const REDIS_BYTES = 24 + 13 + 2;

/** Bytes and end of each phone's record, as SQLite stores them. */
const records = ({ file }: TestGateway) =>
  file.sql
    .all(
      "SELECT length(CAST(value AS BLOB)) AS bytes, expires_at FROM state WHERE key LIKE '%phone/%'",
    )
    .map(({ bytes, expires_at }) => ({ bytes: Number(bytes), endsAt: Number(expires_at) }));

const gatewayOf = () => testGateway({ documents: { customers_v2: [customer("c-1", KNOWN)] } });

async function askThrice(gateway: TestGateway, phone: string): Promise<string> {
  await askForCode(gateway, phone);
  gateway.clock.advance(MINUTE);
  await askForCode(gateway, phone);
  gateway.clock.advance(MINUTE);
  return (await askForCode(gateway, phone)).body.challenge_id;
}

describe("the record of an unknown phone", () => {
  test("the record of an unknown phone has at most 150 bytes once its codes are over, in SQLite and in Redis", async () => {
    const gateway = await gatewayOf();
    await askThrice(gateway, UNKNOWN);
    await forgetCodes(gateway.gateway);
    expect(records(gateway)[0]?.bytes, "its codes are still good").toBeGreaterThan(500);
    gateway.clock.advance(6 * MINUTE);
    await forgetCodes(gateway.gateway);
    const [record] = records(gateway);
    expect((record?.bytes ?? 0) + REDIS_BYTES).toBeLessThanOrEqual(150);
    console.log(`three messages: ${record?.bytes} bytes in SQLite`);
  });

  test("the record of an unknown phone lives as long as a known one, and is as long", async () => {
    const seen = [];
    for (const phone of [KNOWN, UNKNOWN]) {
      const gateway = await gatewayOf();
      await askThrice(gateway, phone);
      gateway.clock.advance(6 * MINUTE);
      await forgetCodes(gateway.gateway);
      seen.push(records(gateway));
    }
    expect(seen[0]).toEqual(seen[1]);
    expect(seen[0]).toHaveLength(1);
  });

  test("a record without its codes forgets no budget, no wrong code and no lock", async () => {
    const gateway = await gatewayOf();
    const challenge_id = await askThrice(gateway, UNKNOWN);
    for (let n = 0; n < 3; n++) await verify(gateway, challenge_id, "100000");
    gateway.clock.advance(6 * MINUTE);
    await forgetCodes(gateway.gateway);
    expect((await askForCode(gateway, UNKNOWN)).status, "three messages in ten minutes").toBe(429);
    const { record } = JSON.parse(
      String(
        gateway.file.sql.all("SELECT value FROM state WHERE key LIKE '%phone/%'")[0]?.["value"],
      ),
    );
    expect(record).toMatchObject({ common: { failures: 3 } });
    expect(record).not.toHaveProperty("challenges");
  });

  test("a code that is still good is taken out of no record, and works", async () => {
    const gateway = await gatewayOf();
    await askForCode(gateway, KNOWN);
    gateway.clock.advance(4 * MINUTE);
    const { challenge_id, code } = await challengeFor(gateway, KNOWN);
    gateway.clock.advance(2 * MINUTE);
    await forgetCodes(gateway.gateway);
    expect((await verify(gateway, challenge_id, code)).status).toBe(200);
  });
});
