import { describe, expect, test } from "vitest";
import { type AdmissionFailure, admitCaller } from "../../../src/flows/sessions/admit-caller.ts";
import { bearer, call, logIn, refresh } from "../../support/gateway/client.ts";
import { compatLogIn } from "../../support/gateway/compat-client.ts";
import { type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import { change, remove } from "../linking/sqlite-world.ts";

import {
  admitted,
  documents,
  env,
  expectRefused,
  MINUTE,
  PHONE,
  withSession,
} from "./admitting.ts";

describe("a session that was ended", () => {
  test("a session that was ended on another node is refused within ten seconds, to the millisecond", async () => {
    const { gateway, token } = await withSession();
    const { directory, state } = gateway.gateway;
    const { clock } = gateway;
    const shared = { wrapDirectory: () => directory, wrapState: () => state };
    const other = await testGateway({ env, clock, ...shared });
    await admitted(gateway, token);
    await call(other, "DELETE", "/auth/sessions", undefined, bearer(token));
    gateway.clock.advance(9_999);
    await admitted(gateway, token);
    gateway.clock.advance(1);
    await expectRefused(gateway, token, "token-invalid");
  });

  test("a session that was ended is refused at once where it was not seen of late", async () => {
    const { gateway, token } = await withSession();
    await call(gateway, "POST", "/auth/logout", undefined, bearer(token));
    await expectRefused(gateway, token, "token-invalid");
  });

  test("a session that was ended by its own time is refused although it is remembered", async () => {
    const short = { ...env, COMPAT_TOKEN_TTL: "2h" };
    const { gateway } = await withSession({ env: short, documents });
    const { access_token } = (await compatLogIn(gateway, PHONE)).body;
    gateway.clock.advance(2 * 60 * MINUTE - 1);
    await admitted(gateway, access_token);
    gateway.clock.advance(1);
    await expectRefused(gateway, access_token, "token-expired");
  });

  test("a session that was ended begins no login of the same user: a new session is admitted at once", async () => {
    const { gateway, token } = await withSession();
    await admitted(gateway, token);
    const again = (await logIn(gateway, PHONE)).body.access_token;
    await admitted(gateway, again);
  });
});

describe("the link of a session in use", () => {
  const CONFIRMED = ["directory.findCustomers", "directory.findUsers"];

  test("the link of a session in use is confirmed 15 minutes after the login, once, and again 15 minutes later", async () => {
    const { asked, gateway, token } = await withSession();
    gateway.clock.advance(15 * MINUTE - 1);
    await admitted(gateway, token);
    expect(asked()).toEqual(["state.read"]);
    gateway.clock.advance(1);
    await Promise.all(Array.from({ length: 100 }, () => admitted(gateway, token)));
    expect(asked()).toEqual(CONFIRMED);
    gateway.clock.advance(15 * MINUTE - 1);
    await admitted(gateway, token);
    expect(asked()).toEqual(["state.read"]);
    gateway.clock.advance(1);
    await admitted(gateway, token);
    expect(asked()).toEqual(CONFIRMED);
  });

  test("the link of a session in use is not confirmed again where a refresh has just done so", async () => {
    const { asked, gateway, login } = await withSession();
    gateway.clock.advance(14 * MINUTE);
    const next = (await refresh(gateway, login.refresh_token)).body.access_token;
    await gateway.runtime.settle();
    asked();
    gateway.clock.advance(14 * MINUTE);
    await admitted(gateway, next);
    // The session; the receipt of the new generation is noted after the answer.
    expect(asked()).toContain("state.read");
    await gateway.runtime.settle();
    expect(asked().filter((call) => call.startsWith("directory."))).toEqual([]);
  });

  const CHANGES: [string, AdmissionFailure["reason"], (gateway: TestGateway) => void][] = [
    [
      "the customer is stopped",
      "customer-stopped",
      ({ file }) => change(file, "customers_v2", "c-1", { status: "stopped" }),
    ],
    [
      "the user is disabled",
      "user-inactive",
      ({ file }) => change(file, "users", "u-1", { is_active: false }),
    ],
    [
      "the phone is another",
      "token-invalid",
      ({ file }) => change(file, "customers_v2", "c-1", { phone: "9876500002" }),
    ],
    ["the customer is gone", "token-invalid", ({ file }) => remove(file, "customers_v2", "c-1")],
    [
      "the user is staff",
      "token-invalid",
      ({ file }) => change(file, "users", "u-1", { role: "admin" }),
    ],
  ];
  test.each(CHANGES)(
    "the link of a session in use no longer stands where %s: the session ends for good",
    async (_, reason, alter) => {
      const { gateway, token } = await withSession();
      await admitted(gateway, token);
      alter(gateway);
      gateway.clock.advance(15 * MINUTE);
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => admitCaller(gateway.gateway, token)),
      );
      for (const answer of answers) expect(answer).toEqual({ ok: false, failure: { reason } });
      await expectRefused(gateway, token, "token-invalid");
      expect(gateway.lines.filter((line) => line.includes('"session.ended"'))).toHaveLength(1);
    },
  );
});
