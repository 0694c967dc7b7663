import { describe, expect, it } from "vitest";
import { attack } from "../../../support/proxy/attack-policy.ts";
import { claims } from "../../../support/proxy/earlybird-policy.ts";

const P = "/api/phase0-v2";

describe("a staff member's write of a customer", () => {
  const write = (role: "admin" | "marketing_staff", body: string) =>
    attack("PATCH", `${P}/customers/c-9`, body, { role, claims: claims(null, "staff-1") });

  it.each([
    ...[
      '{"id":"c-1"}',
      '{"_id":"x"}',
      '{"user_id":"u-9"}',
      '{"user_id":null}',
      '{"$set":{"id":"c-1"}}',
    ],
    ...[
      '{"user_id.x":1}',
      '{"a":[{"user_id":"u-9"}]}',
      '{"\\u0075ser_id":"u-9"}',
      '{"name":"A","name":"B"}',
    ],
  ])("a staff member's write of a customer: %s is refused to everybody", async (body) => {
    expect((await write("admin", body)).ok).toBe(false);
    expect((await write("marketing_staff", body)).ok).toBe(false);
  });
  it("a staff member's write of a customer may change a phone as admin, and not as marketing staff", async () => {
    const body = '{"phone":"9876500009","name":"A"}';
    expect(await write("admin", body)).toMatchObject({
      ok: true,
      value: { fields: { ends: "c-9" } },
    });
    for (const spelling of [
      body,
      '{"name":"A","phone.x":1}',
      '{"more":{"phone":"9876500001"}}',
      '{"phone":null}',
      '{"phone":["9876500001"]}',
      '{"phone":{"$ne":null}}',
    ]) {
      const verdict = await write("marketing_staff", spelling);
      expect(verdict.ok, spelling).toBe(false);
    }
    expect((await write("marketing_staff", '{"name":"A"}')).ok).toBe(true);
  });
  it("a staff member's write of a customer may send the phone as it is stored, in any spelling, as marketing staff", async () => {
    const same = ["9876500001", "+91 98765 00001", 9876500001, "09876500001", "9876500001.0"];
    for (const phone of same) {
      const body = `{"phone":${JSON.stringify(phone)},"name":"A","previous_balance":1.0}`;
      const verdict = await write("marketing_staff", body);
      expect(verdict.ok && new TextDecoder().decode(verdict.value.body ?? undefined)).toBe(body);
    }
    for (const phone of ["9876500002", "987650000", "9876500001,9876500002", "+1 9876500001"]) {
      const verdict = await write("marketing_staff", JSON.stringify({ phone }));
      expect(verdict).toEqual({ ok: false, failure: { reason: "route-denied" } });
    }
  });
  it("a staff member's write of a customer may send no phone for a customer who is not there, or there twice", async () => {
    const body = '{"phone":"9876500001"}';
    const verdict = await attack("PATCH", `${P}/customers/c-8`, body, {
      role: "marketing_staff",
      claims: claims(null, "staff-1"),
    });
    expect(verdict).toEqual({ ok: false, failure: { reason: "route-denied" } });
  });
});
