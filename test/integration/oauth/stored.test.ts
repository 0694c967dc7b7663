import { expect, test } from "vitest";
import {
  codeFor,
  exchange,
  oauthGateway,
  pageLogin,
  pkce,
} from "../../support/gateway/oauth-client.ts";
import { documented, fieldsOf, withoutLists } from "../../support/house/stored-fields.ts";

/** The database, as whoever copies it has it, after a login at the page and a code that was used. */
async function afterGrant() {
  const gateway = await oauthGateway();
  const { cookie, deviceToken } = await pageLogin(gateway);
  const proof = pkce();
  const code = await codeFor(gateway, cookie, proof, { nonce: "n-1" });
  const { body } = await exchange(gateway, code, proof);
  const rows = gateway.file.sql.all("SELECT key, value FROM state");
  const secrets = [cookie, code, deviceToken, body.refresh_token, body.access_token];
  return { proof, rows, secrets: secrets as readonly string[] };
}

test("docs/storage.md names every field that the login page and its clients leave behind", async () => {
  const { rows } = await afterGrant();
  const user = rows.find(({ key }) => String(key).includes("user/"));
  const { record } = JSON.parse(String(user?.["value"]));
  const lists = ["Record `user/<key>`", "Of the login page, in record `user/<key>`"];
  const fields = withoutLists(fieldsOf(record).filter((field) => field !== "devices"));
  const names = withoutLists(lists.flatMap(documented));
  expect(fields.filter((field) => !names.includes(field))).toEqual([]);
  const ofThePage = withoutLists(documented(lists[1] ?? ""));
  expect(ofThePage.filter((name) => !fields.includes(name))).toEqual([]);
  expect(ofThePage.length).toBeGreaterThan(10);
});

test("nothing stored is a cookie, a code, a token or a verifier, whole or its secret part", async () => {
  const { proof, rows, secrets } = await afterGrant();
  const text = JSON.stringify(rows);
  expect(text).not.toContain(proof.verifier);
  for (const secret of secrets) {
    const raw = Buffer.from(secret.split(".").at(-1) ?? "", "base64url").subarray(-30, -12);
    expect(text).not.toContain(secret);
    for (const encoding of ["hex", "base64", "base64url"] as const) {
      expect(text.includes(raw.toString(encoding)), encoding).toBe(false);
    }
  }
});
