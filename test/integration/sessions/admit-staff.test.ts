import { describe, expect, test } from "vitest";
import { user } from "../../cases-extra/people.ts";
import { claimsOf } from "../../support/gateway/client.ts";
import { ofStores, recorder } from "../../support/gateway/recorder.ts";
import { START, type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import { change, remove } from "../linking/sqlite-world.ts";
import { admitted, env, expectRefused, HOUR, MINUTE, staff, staffToken } from "./admitting.ts";

describe("a member of staff", () => {
  async function withStaff(users = [staff]) {
    const ports = recorder();
    const gateway = await testGateway({ env, documents: { users }, ...ports.options });
    const asked = () => ofStores(ports.take()).map(({ method, port }) => `${port}.${method}`);
    return { asked, gateway };
  }

  test("a member of staff is admitted by the backend's own token, without session or customer", async () => {
    const { gateway } = await withStaff();
    const caller = await admitted(gateway, staffToken({ customer_v2_id: "c-1" }));
    const nobodyElse = { customerId: null, sessionId: null };
    expect(caller).toMatchObject({ role: "admin", sub: "admin-001", ...nobodyElse });
    const { exp, iat, iss, jti, ...claims } = claimsOf(await caller.upstreamToken());
    expect(claims).toEqual({ sub: "admin-001", role: "admin", email: "admin@earlybird.com" });
    expect(exp).toBe(START / 1000 + 300);
  });

  test("a member of staff is read once in ten seconds, however many requests there are", async () => {
    const { asked, gateway } = await withStaff();
    const many = () =>
      Promise.all(Array.from({ length: 100 }, () => admitted(gateway, staffToken({}))));
    await many();
    gateway.clock.advance(9_999);
    await many();
    expect(asked()).toEqual(["directory.findUsers"]);
    gateway.clock.advance(1);
    await many();
    expect(asked()).toEqual(["directory.findUsers"]);
  });

  const CHANGES: [string, (gateway: TestGateway) => void][] = [
    ["is made inactive", ({ file }) => change(file, "users", "admin-001", { is_active: false })],
    ["gets another role", ({ file }) => change(file, "users", "admin-001", { role: "supplier" })],
    ["becomes a customer", ({ file }) => change(file, "users", "admin-001", { role: "customer" })],
    ["is deleted", ({ file }) => remove(file, "users", "admin-001")],
    [
      "gets a duplicate with the same id",
      ({ file }) =>
        void file.sql.run(
          "INSERT INTO users (key, doc) VALUES (?, ?)",
          '"t"',
          JSON.stringify(staff),
        ),
    ],
  ];
  test.each(CHANGES)("a member of staff who %s is out within ten seconds", async (_, alter) => {
    const { gateway } = await withStaff();
    await admitted(gateway, staffToken({}));
    alter(gateway);
    gateway.clock.advance(9_999);
    await admitted(gateway, staffToken({}));
    gateway.clock.advance(1);
    await expectRefused(gateway, staffToken({}), "token-invalid");
  });

  test("a member of staff whose role or e-mail changed is told to the backend as now", async () => {
    const { gateway } = await withStaff();
    const says = async (token: string) =>
      claimsOf(await (await admitted(gateway, token)).upstreamToken());
    expect(await says(staffToken({}))).toMatchObject({ email: "admin@earlybird.com" });
    change(gateway.file, "users", "admin-001", { email: "new@earlybird.com", role: "supplier" });
    gateway.clock.advance(10_000);
    const token = staffToken({ role: "supplier" });
    expect(await says(token)).toMatchObject({ email: "new@earlybird.com", role: "supplier" });
  });

  test("a staff token that is not the backend's own is refused, and no store is asked", async () => {
    const { asked, gateway } = await withStaff();
    const at = START / 1000;
    for (const token of [
      staffToken({ exp: undefined }),
      staffToken({ exp: at + 26 * HOUR }),
      staffToken({ iss: "https://door.example" }),
      staffToken({ aud: "x" }),
      staffToken({ role: "customer" }),
      staffToken({ role: "Admin" }),
      staffToken({ sub: "" }),
      staffToken({}, "another-secret-of-more-than-thirty-two-bytes"),
      staffToken({}, "your-jwt-secret-key"),
    ]) {
      await expectRefused(gateway, token, "token-invalid");
    }
    await expectRefused(gateway, staffToken({ exp: at }), "token-expired");
    expect(asked()).toEqual([]);
  });

  test("a member of staff is expired on time, remembered or not", async () => {
    const { gateway } = await withStaff();
    const token = staffToken({ exp: START / 1000 + 60 });
    await admitted(gateway, token);
    gateway.clock.advance(MINUTE);
    await expectRefused(gateway, token, "token-expired");
  });

  test("a customer's own legacy token opens nothing, whatever its users record says", async () => {
    const { gateway } = await withStaff([user("u-1"), staff]);
    await expectRefused(gateway, staffToken({ sub: "u-1", role: "customer" }), "token-invalid");
    await expectRefused(gateway, staffToken({ sub: "u-1", role: "admin" }), "token-invalid");
  });
});
