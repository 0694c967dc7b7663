import type { Phone } from "../../../src/core/ids.ts";
import { parseTypedPhone } from "../../../src/core/phone/phone.ts";
import type { TestGateway } from "./test-gateway.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

/** What answers: the app in process, or one behind a socket. */
export interface Answering {
  readonly app: { request(path: string, init?: RequestInit): Response | Promise<Response> };
}

/** A gateway that a person logs in at, and the messages that it sends. */
export interface LoginPlace
  extends Answering,
    Pick<TestGateway, "settings">,
    Readonly<{
      outbox: Pick<TestGateway["outbox"], "latest">;
      runtime: Pick<TestGateway["runtime"], "settle">;
    }> {}

/** Calls the app as a client would, in process. */
export async function call(
  { app }: Answering,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { "content-type": "application/json" };
  return send({ app }, path, { method, headers: { ...type, ...headers }, ...sent });
}

/** A request of any kind, as it is. */
export async function send({ app }: Answering, path: string, init: RequestInit): Promise<Answer> {
  const headers = new Headers(init.headers);
  if (!headers.has("host")) headers.set("host", "localhost:8787");
  const response = await app.request(path, { ...init, headers });
  const text = await response.text();
  const json = (response.headers.get("content-type") ?? "").includes("json");
  return {
    status: response.status,
    headers: response.headers,
    body: json ? JSON.parse(text) : text,
  };
}

export const post = (test: Answering, path: string, body: unknown): Promise<Answer> =>
  call(test, "POST", path, body);

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** The newest code that was sent to a phone, or undefined. */
export function newestCode({ outbox, settings }: LoginPlace, phone: string): string | undefined {
  const to = parseTypedPhone(phone, settings.rules.phone) as Phone;
  return outbox.latest().find((message) => message.to === to)?.code;
}

/** Asks for a code and waits until it is sent, or until it is clear that none is. */
export async function askForCode(
  test: LoginPlace,
  phone: string,
  more: object = {},
): Promise<Answer> {
  const answer = await post(test, "/auth/otp", { phone, ...more });
  await test.runtime.settle();
  return answer;
}

/** Asks for a code that is sent, and gives it with its challenge. */
export async function challengeFor(
  test: LoginPlace,
  phone: string,
  more: object = {},
): Promise<{ readonly challenge_id: string; readonly code: string }> {
  const asked = await askForCode(test, phone, more);
  const code = newestCode(test, phone);
  if (asked.status !== 202 || code === undefined) throw new Error(`no code: ${asked.status}`);
  return { challenge_id: asked.body.challenge_id, code };
}

export const verify = (test: Answering, challenge_id: string, code: string): Promise<Answer> =>
  post(test, "/auth/otp/verify", { challenge_id, code });

export const resend = (test: Answering, challenge_id: string, more: object = {}): Promise<Answer> =>
  post(test, "/auth/otp/resend", { challenge_id, ...more });

export const select = (
  test: Answering,
  selection_token: string,
  customer_v2_id: string,
): Promise<Answer> => post(test, "/auth/otp/select", { selection_token, customer_v2_id });

/** The refresh grant, as a client of RFC 6749 sends it. */
export const refresh = (
  test: Answering,
  refresh_token: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Answer> =>
  send(test, "/auth/token", {
    method: "POST",
    body: new URLSearchParams({ grant_type: "refresh_token", refresh_token, ...more }),
  });

/** What an access token says. */
export function claimsOf(accessToken: string): Readonly<Record<string, unknown>> {
  const payload = accessToken.split(".")[1] ?? "";
  return JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
}

/** Logs a phone in, from the request for a code to the answer of the last step. */
export async function logIn(
  test: LoginPlace,
  phone: string,
  options: { readonly pick?: string; readonly deviceToken?: string } = {},
): Promise<Answer> {
  const more = options.deviceToken === undefined ? {} : { device_token: options.deviceToken };
  const asked = await askForCode(test, phone, more);
  if (asked.status !== 202) return asked;
  const { challenge_id } = asked.body;
  const code = newestCode(test, phone);
  if (code === undefined) throw new Error("no code was sent");
  const verified = await post(test, "/auth/otp/verify", { challenge_id, code });
  if (verified.body.selection_token === undefined) return verified;
  const { selection_token } = verified.body;
  return post(test, "/auth/otp/select", { selection_token, customer_v2_id: options.pick });
}

/** A code that is not this one. */
export const wrongFor = (code: string): string => (code === "123456" ? "654321" : "123456");
