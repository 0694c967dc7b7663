import { afterEach, describe, expect, test } from "vitest";
import { checkDirectory } from "../../../src/flows/otp/directory-health.ts";
import { AdapterError } from "../../../src/ports/adapter-error.ts";
import { customer } from "../../cases-extra/people.ts";
import {
  type Answer,
  askForCode,
  bearer,
  call,
  challengeFor,
  logIn,
  post,
  refresh,
  resend,
  select,
  verify,
} from "../../support/gateway/client.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";
import { expectOauthError, expectProblem, retryAfter } from "./expect-problem.ts";
import { faults } from "./failing-ports.ts";

const PHONE = "9876500001";
const SHARED = "9876500002";
const ports = faults();
const gateway = await testGateway({
  ...ports.options,
  env: { OTP_SENDS_PER_PHONE: "100/1h" },
  documents: {
    customers_v2: [customer("c-1", PHONE), customer("c-2", SHARED), customer("c-3", SHARED)],
  },
});
const login = (await logIn(gateway, PHONE)).body;
const { challenge_id, code } = await challengeFor(gateway, PHONE);
const shared = await challengeFor(gateway, SHARED);
const { selection_token } = (await verify(gateway, shared.challenge_id, shared.code)).body;
gateway.clock.advance(30_000);

/** What a runtime with timers does every few seconds. */
const watchDirectory = () => checkDirectory(gateway.gateway);

afterEach(async () => {
  ports.heal();
  await watchDirectory();
});

/** Every route that asks a store, and which stores it cannot do without. */
const ROUTES: Readonly<
  Record<string, [("state" | "directory" | "limits")[], () => Promise<Answer>]>
> = {
  "POST /auth/otp": [
    ["state", "directory", "limits"],
    () => post(gateway, "/auth/otp", { phone: PHONE }),
  ],
  "POST /auth/otp, unknown phone": [
    ["state", "directory", "limits"],
    () => post(gateway, "/auth/otp", { phone: "9876599999" }),
  ],
  "POST /auth/otp/resend": [["state"], () => resend(gateway, challenge_id)],
  "POST /auth/otp/verify": [
    ["state", "directory", "limits"],
    () => verify(gateway, challenge_id, code),
  ],
  "POST /auth/otp/select": [["state", "directory"], () => select(gateway, selection_token, "c-2")],
  "GET /auth/me": [["state", "directory"], () => get("/auth/me")],
  "GET /auth/sessions": [["state"], () => get("/auth/sessions")],
  "DELETE /auth/sessions": [["state"], () => get("/auth/sessions", "DELETE")],
  "DELETE /auth/sessions/x": [["state"], () => get("/auth/sessions/x", "DELETE")],
  "POST /auth/logout": [["state"], () => get("/auth/logout", "POST")],
  "GET /readyz": [["state", "directory", "limits"], () => call(gateway, "GET", "/readyz")],
};
const get = (path: string, method = "GET") =>
  call(gateway, method, path, undefined, bearer(login.access_token));

describe("a store that is down is 503 with Retry-After", () => {
  const cases = Object.entries(ROUTES).flatMap(([name, [stores, run]]) =>
    stores.map((store) => ({ name, store, run })),
  );
  test.each(cases)(
    "a store that is down is 503 with Retry-After: $name, $store down",
    async ({ run, store }) => {
      ports.failOn((port) => port === store);
      await watchDirectory();
      const answer = await run();
      expectProblem(answer, 503, "store-unavailable");
      expect(retryAfter(answer)).toBeGreaterThanOrEqual(1);
      expect(retryAfter(answer)).toBeLessThanOrEqual(60);
      expect(JSON.stringify(answer.body)).not.toMatch(/ECONN|10\.0|sqlite|state|directory/i);
    },
  );

  test.each(["state", "directory", "limits"])("POST /auth/token, %s down", async (store) => {
    ports.failOn((port) => port === store);
    const answer = await refresh(gateway, login.refresh_token);
    expectOauthError(answer, 503, "temporarily_unavailable", "store-unavailable");
    expect(retryAfter(answer)).toBeGreaterThanOrEqual(1);
  });

  test("a database that is closed says so as well, to known and unknown phones alike", async () => {
    const closed = await testGateway({ documents: { customers_v2: [customer("c-1", PHONE)] } });
    closed.file.close();
    for (const phone of [PHONE, "9876599999"]) {
      expectProblem(await askForCode(closed, phone), 503, "store-unavailable");
    }
  });

  test("the log says which store, the health check stays alive", async () => {
    ports.failOn(() => true);
    gateway.lines.length = 0;
    await post(gateway, "/auth/otp", { phone: PHONE });
    expect(gateway.lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ level: "error", status: 503, error: "test call unavailable" }),
    );
    expect((await call(gateway, "GET", "/healthz")).status).toBe(200);
  });
});

describe("what nobody expected is 500, and tells nothing", () => {
  const secret = `secret ${PHONE} asha@example.com 123456 at /srv/doorstep`;
  const thrown: [string, () => unknown][] = [
    ["an error", () => new Error(secret)],
    ["a text", () => secret],
    ["nothing", () => undefined],
    ["an adapter that failed", () => new AdapterError("t", "x", "failed", { cause: secret })],
  ];
  test.each(thrown)(
    "what nobody expected is 500, and tells nothing: %s is thrown",
    async (_, make) => {
      ports.throwing(make);
      ports.failOn(() => true);
      gateway.lines.length = 0;
      const answers = [
        await post(gateway, "/auth/otp", { phone: PHONE }),
        await verify(gateway, challenge_id, code),
        await get("/auth/me"),
      ];
      for (const answer of answers) {
        expectProblem(answer, 500, "internal");
        expect(JSON.stringify([...answer.headers])).not.toMatch(/secret|98765|asha@|123456|\/srv/);
      }
      expectOauthError(
        await refresh(gateway, login.refresh_token),
        500,
        "server_error",
        "internal",
      );
      expect(gateway.lines.length).toBeGreaterThan(0);
      expect(gateway.lines.join()).not.toMatch(/secret|98765|asha@|123456|\/srv/);
    },
  );

  test("a sender that throws after the answer changes nothing for the client", async () => {
    ports.throwing(() => new Error(secret));
    ports.failOn((port) => port === "sender");
    expect((await askForCode(gateway, PHONE)).status).toBe(202);
    expect(gateway.runtime.errors).toHaveLength(1);
  });
});

test("after all of that the same challenge, token and choice still work", async () => {
  expect((await refresh(gateway, login.refresh_token)).status).toBe(200);
  expect((await verify(gateway, challenge_id, code)).status).toBe(200);
  expect((await select(gateway, selection_token, "c-2")).status).toBe(200);
});
