import { describe, expect, test } from "vitest";
import type { ProblemCode } from "../../../src/http/problems/problems.ts";
import { customer, user } from "../../cases-extra/people.ts";
import { call, logIn, post, send, wrongFor } from "../../support/gateway/client.ts";
import { compatCodeFor, compatSend, compatVerify } from "../../support/gateway/compat-client.ts";
import { type TestOptions, testGateway } from "../../support/gateway/test-gateway.ts";
import { retryAfter } from "../http/expect-problem.ts";
import { faults } from "../http/failing-ports.ts";
import { documentsOf } from "../linking/sqlite-world.ts";
import { DOCUMENTS, expectCompatProblem, newGateway, PHONE } from "./compat-gateway.ts";

describe("whose account cannot be opened here is told so after the proof:", () => {
  const cases: [string, number, ProblemCode, NonNullable<TestOptions["documents"]>][] = [
    [
      "a phone of several customers",
      409,
      "several-accounts",
      { customers_v2: [customer("c-1", PHONE), customer("c-2", PHONE)] },
    ],
    [
      "a stopped customer",
      403,
      "customer-stopped",
      { customers_v2: [customer("c-1", PHONE, { status: "stopped" })] },
    ],
    [
      "a disabled login",
      403,
      "user-inactive",
      {
        customers_v2: [customer("c-1", PHONE, { user_id: "u-1" })],
        users: [user("u-1", { customer_v2_id: "c-1", is_active: false })],
      },
    ],
    [
      "records that contradict each other",
      409,
      "link-conflict",
      {
        customers_v2: [customer("c-1", PHONE, { user_id: "u-1" })],
        users: [user("u-1", { role: "admin" })],
      },
    ],
  ];
  test.each(cases)(
    "a customer with an account problem is told so after the proof: %s",
    async (_, status, code, documents) => {
      const gateway = await newGateway({}, documents);
      const before = documentsOf(gateway.file);
      const otp = await compatCodeFor(gateway, PHONE);
      const wrong = await compatVerify(gateway, PHONE, wrongFor(otp));
      expectCompatProblem(wrong, 400, "otp-rejected", { attempts_remaining: 4 });
      expectCompatProblem(await compatVerify(gateway, PHONE, otp), status, code);
      expect(documentsOf(gateway.file)).toEqual(before);
    },
  );

  test("a phone of several customers who cannot log in is told so after the proof", async () => {
    const customers_v2 = [
      customer("c-1", PHONE, { status: "stopped" }),
      customer("c-2", PHONE, { user_id: "u-2" }),
    ];
    const users = [user("u-2", { customer_v2_id: "c-2", is_active: false })];
    const gateway = await newGateway({}, { customers_v2, users });
    const otp = await compatCodeFor(gateway, PHONE);
    expectCompatProblem(await compatVerify(gateway, PHONE, otp), 403, "user-inactive");
  });

  test("one of several customers still logs in by a code of /auth/otp", async () => {
    const gateway = await newGateway({}, cases[0]?.[3]);
    const otp = await compatCodeFor(gateway, PHONE);
    const refused = await compatVerify(gateway, PHONE, otp);
    expect(JSON.stringify(refused.body)).not.toMatch(/selection|c-1|c-2|dss_/);
    expect((await logIn(gateway, PHONE, { pick: "c-2" })).body.customer.id).toBe("c-2");
  });
});

describe("neither route ever answers 401, which would wipe the page's login:", () => {
  const PATHS = ["/api/auth/otp/send", "/api/auth/otp/verify"];

  test.each(PATHS)("the old web app's routes never answer 401: %s, for any body", async (path) => {
    const gateway = await newGateway();
    const bodies = [
      "",
      "{",
      "[]",
      "null",
      "{}",
      '{"phone":1,"otp":2}',
      `{"phone":"${PHONE}"}`,
      `{"phone":"12","otp":"123456"}`,
      `{"phone":"${PHONE}","otp":"1"}`,
      `{"phone":{"$ne":null},"otp":"123456"}`,
      `{"phone":"${PHONE}","otp":"${"1".repeat(20_000)}"}`,
    ];
    const heads: Record<string, string>[] = [
      {},
      { authorization: "Bearer garbage" },
      { authorization: "Basic eDp5" },
      { "content-type": "text/plain" },
    ];
    for (const body of bodies) {
      for (const headers of heads) {
        const type = { "content-type": "application/json", ...headers };
        const answer = await send(gateway, path, { method: "POST", body, headers: type });
        if (answer.status === 200) continue;
        expect([400, 413, 415, 422, 429]).toContain(answer.status);
        expect(answer.headers.get("www-authenticate")).toBeNull();
        expect(typeof answer.body.detail).toBe("string");
        expect(answer.body.message).toBe(answer.body.detail);
      }
    }
  });

  test.each(PATHS)(
    "the old web app's routes never answer 401: %s by another method",
    async (path) => {
      const gateway = await newGateway();
      for (const method of ["GET", "PUT", "DELETE"]) {
        const answer = await call(gateway, method, path);
        expectCompatProblem(answer, 405, "method-not-allowed");
      }
    },
  );

  test("the old web app's routes never answer 401: with a field that does not fit, both sentence and list are there", async () => {
    const gateway = await newGateway();
    const text = (pointer: string) => ({ pointer, detail: "must be of type string" });
    expectCompatProblem(
      await post(gateway, "/api/auth/otp/verify", { phone: 1 }),
      422,
      "validation-failed",
      { errors: [text("/phone"), text("/otp")] },
    );
    expectCompatProblem(await compatVerify(gateway, PHONE, "12 34"), 422, "validation-failed", {
      errors: [{ pointer: "/otp", detail: "must be six digits" }],
    });
    for (const answer of [
      await compatSend(gateway, "12"),
      await compatVerify(gateway, "12", "123456"),
    ]) {
      expectCompatProblem(answer, 422, "phone-unsupported");
    }
  });

  test("the old web app's routes never answer 401: with a store down, or the limits of phone and address spent", async () => {
    const ports = faults();
    const env = {
      OTP_SENDS_PER_PHONE: "1/10m",
      LIMIT_OTP_PER_ADDRESS: "3/1h",
      LIMIT_VERIFY_PER_ADDRESS: "1/1h",
    };
    const gateway = await testGateway({
      ...ports.options,
      env,
      documents: DOCUMENTS,
      peer: "127.0.0.1",
    });
    ports.failOn((port) => port === "state");
    for (const answer of [
      await compatSend(gateway, PHONE),
      await compatVerify(gateway, PHONE, "123456"),
    ]) {
      expectCompatProblem(answer, 503, "store-unavailable");
      expect(retryAfter(answer)).toBeGreaterThan(0);
    }
    ports.heal();
    expect((await compatSend(gateway, PHONE)).status).toBe(200);
    // Past the wait: before it the same page would get the code that is on its way.
    gateway.clock.advance(31_000);
    for (const answer of [
      await compatSend(gateway, PHONE),
      await compatSend(gateway, PHONE),
      await compatVerify(gateway, PHONE, "123456"),
    ]) {
      expectCompatProblem(answer, 429, "rate-limited");
      expect(retryAfter(answer)).toBeGreaterThan(0);
    }
  });
});
