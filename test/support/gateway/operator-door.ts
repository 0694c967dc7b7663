import { REVOKE, SESSIONS, UNLOCK, WHO } from "../../../src/http/routes/admin/admin-operations.ts";
import { customer, user } from "../../cases-extra/people.ts";
import { expectProblem } from "../../integration/http/expect-problem.ts";
import { ADMIN_TOKEN } from "./admin-token.ts";
import { askForCode, bearer, call, challengeFor, verify, wrongFor } from "./client.ts";
import { type TestGateway, type TestOptions, testGateway } from "./test-gateway.ts";

export const ORIGIN = "http://localhost:3000";
export const PHONE = "9876500001";
export const OTHER = "9876500002";
export const RARE = "9876500003";
/** Two customers whom an index finds, and one with a rare spelling of the phone. */
export const documents = {
  customers_v2: [
    customer("c-1", PHONE),
    customer("c-2", OTHER, { user_id: "u-2" }),
    customer("c-3", [...RARE].join(" ")),
  ],
  users: [user("u-2", { customer_v2_id: "c-2", phone: OTHER, email: "ravi@example.com" })],
};
/** The routes below /auth/admin. */
export const NAMES = [WHO, UNLOCK, SESSIONS, REVOKE].map(({ name }) => name);
/** A good body for each route. */
export const BODIES: Readonly<Record<string, object>> = {
  who: { who: PHONE },
  unlock: { phone: PHONE, apply: true },
  sessions: { who: PHONE },
  "sessions/revoke": { who: PHONE, apply: true },
};

/** A gateway with ADMIN_TOKEN, where many codes may be asked for. */
export const openDoor = (options: TestOptions = {}) =>
  testGateway({
    documents,
    ...options,
    env: {
      ADMIN_TOKEN,
      OTP_SENDS_PER_PHONE: "1000/1h",
      OTP_SENDS_PER_DEVICE: "1000/1h",
      ...options.env,
    },
  });

/** One call as the operator, or with other headers. */
export const ask = (
  gateway: TestGateway,
  name: string,
  body: object,
  headers = bearer(ADMIN_TOKEN),
) => call(gateway, "POST", `/auth/admin/${name}`, body, headers);

/** The audit lines since the gateway began, without their time. */
export const audited = ({ lines }: TestGateway) =>
  lines.map((line) => JSON.parse(line)).filter(({ event }) => event === "audit");

/** Guesses wrongly until the phone, or the known device in `more`, is locked. */
export async function lock(gateway: TestGateway, more: object = {}): Promise<void> {
  for (let tries = 0; tries < 20; tries += 5) {
    const { challenge_id, code } = await challengeFor(gateway, PHONE, more);
    for (let n = 0; n < 5; n++) await verify(gateway, challenge_id, wrongFor(code));
  }
  expectProblem(await askForCode(gateway, PHONE, more), 429, "rate-limited");
}
