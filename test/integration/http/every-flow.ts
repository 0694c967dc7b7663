import { customer, user } from "../../cases-extra/people.ts";
import {
  type Answer,
  askForCode,
  bearer,
  call,
  logIn,
  newestCode,
  post,
  refresh,
  resend,
  select,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import type { TestGateway } from "../../support/gateway/test-gateway.ts";

const PHONES = ["1", "2", "3", "4", "5", "6", "7"].map((digit) => `987654321${digit}`);
const [OWNER, SHARED, STOPPED, CONFLICT, INACTIVE, AS_ID, STRANGER] = PHONES as [
  ...[string, string, string, string, string, string, string],
];

/** Documents in which phones and e-mails stand where the legacy backend would not have them. */
export const DOCUMENTS = {
  customers_v2: [
    customer("c-1", OWNER, { name: `Asha ${OWNER}`, address: `Ring ${OWNER}` }),
    customer("c-2", SHARED),
    customer("c-3", `+91 ${SHARED}`),
    customer("c-4", STOPPED, { status: "stopped" }),
    customer("c-5", CONFLICT, { user_id: CONFLICT }),
    customer("c-6", INACTIVE, { user_id: "inactive@example.com" }),
    customer(AS_ID, AS_ID, { user_id: AS_ID }),
  ],
  users: [
    user(CONFLICT, { role: "admin", email: "admin@earlybird.com" }),
    user("inactive@example.com", {
      email: "off@example.com",
      phone: INACTIVE,
      is_active: false,
    }),
    user(AS_ID, { email: `${AS_ID}@customer.earlybird.com`, customer_v2_id: AS_ID }),
  ],
};

export interface Flown {
  readonly answers: readonly Answer[];
  /** Everything that must not be found where it does not belong, by kind. */
  readonly secrets: Readonly<Record<"codes" | "tokens" | "phones" | "emails", readonly string[]>>;
}

const TOKENS = [
  "challenge_id",
  "selection_token",
  "access_token",
  "refresh_token",
  "device_token",
] as const;

/** Every flow in every outcome that these routes have, and all that was secret in them. */
export async function flyThrough(gateway: TestGateway): Promise<Flown> {
  const answers: Answer[] = [];
  const codes = new Set<string>();
  const keep = async (answering: Promise<Answer>) => {
    const answer = await answering;
    await gateway.runtime.settle();
    for (const { code } of gateway.outbox.latest()) codes.add(code);
    answers.push(answer);
    return answer.body;
  };
  const as = (token: string, method: string, path: string) =>
    keep(call(gateway, method, path, undefined, bearer(token)));

  for (const phone of [OWNER, STOPPED, CONFLICT, INACTIVE, AS_ID]) {
    const { challenge_id } = await keep(askForCode(gateway, phone));
    const code = newestCode(gateway, phone) ?? "";
    await keep(verify(gateway, challenge_id, wrongFor(code)));
    await keep(resend(gateway, challenge_id));
    await keep(resend(gateway, challenge_id, { channel: "call" }));
    await keep(verify(gateway, challenge_id, code));
    await keep(verify(gateway, challenge_id, code));
  }
  const shared = await keep(askForCode(gateway, `0${SHARED}`));
  const listed = await keep(
    verify(gateway, shared.challenge_id, newestCode(gateway, SHARED) ?? ""),
  );
  await keep(select(gateway, listed.selection_token, "c-1"));
  await keep(select(gateway, listed.selection_token, "c-3"));
  await keep(select(gateway, listed.selection_token, "c-2"));

  const stranger = await keep(askForCode(gateway, STRANGER));
  for (let tries = 0; tries < 6; tries++) {
    await keep(verify(gateway, stranger.challenge_id, "123456"));
  }
  for (let sends = 0; sends < 4; sends++) await keep(askForCode(gateway, STRANGER));

  const login = await keep(logIn(gateway, OWNER));
  await keep(askForCode(gateway, OWNER, { device_token: login.device_token }));
  await as(login.access_token, "GET", "/auth/me");
  await as(login.access_token, "GET", "/auth/sessions");
  const next = await keep(refresh(gateway, login.refresh_token));
  await keep(call(gateway, "GET", "/auth/me", undefined, bearer(next.access_token)));
  await gateway.runtime.settle();
  gateway.clock.advance(11_000);
  await keep(refresh(gateway, login.refresh_token));
  await as(next.access_token, "GET", "/auth/me");
  for (const path of [OWNER, encodeURIComponent(next.access_token), "admin@earlybird.com"]) {
    await as(login.access_token, "DELETE", `/auth/sessions/${path}`);
    await keep(call(gateway, "GET", `/problems/${path}`));
    await keep(call(gateway, "GET", `/${path}?phone=${OWNER}`));
  }
  const last = await keep(logIn(gateway, AS_ID));
  await as(last.access_token, "DELETE", "/auth/sessions");
  for (const body of [
    { phone: [OWNER], device_token: login.device_token },
    { phone: OWNER, channel: OWNER },
    { phone: `${OWNER} or ${SHARED}` },
    { challenge_id: OWNER, code: login.refresh_token },
    login.access_token,
  ]) {
    await keep(post(gateway, "/auth/otp", body));
    await keep(post(gateway, "/auth/otp/verify", body));
    await keep(post(gateway, "/auth/token", body));
  }
  return { answers, secrets: secretsOf(answers, codes) };
}

function secretsOf(answers: readonly Answer[], codes: ReadonlySet<string>): Flown["secrets"] {
  const tokens = answers.flatMap(({ body }) => TOKENS.map((name) => body?.[name]));
  return {
    codes: [...codes],
    tokens: [...new Set(tokens.filter((token) => typeof token === "string"))],
    phones: PHONES,
    emails: DOCUMENTS.users.map(({ email }) => email as string),
  };
}
