import { Agent, fetch } from "undici";
import type { GatewayProcess } from "./gateway-process.ts";

type Target = Pick<GatewayProcess, "url">;

export interface WireAnswer {
  readonly status: number;
  readonly headers: globalThis.Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

/**
 * Each request comes from a network of its own: what one source may do is for the tests of sources,
 * which name the client themselves, from the address that is trusted to.
 */
let asked = 0;
function anotherAddress(): string {
  asked++;
  return `127.${100 + (Math.floor(asked / 150) % 150)}.${100 + (asked % 150)}.1`;
}

/** One request over a real socket. */
export async function send(
  { url }: Target,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<WireAnswer> {
  const json = body === undefined ? {} : { "content-type": "application/json" };
  const agent = new Agent(
    headers["x-forwarded-for"] === undefined ? { localAddress: anotherAddress() } : {},
  );
  const response = await fetch(url + path, {
    method,
    dispatcher: agent,
    headers: { ...json, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  await agent.close();
  const isJson = (response.headers.get("content-type") ?? "").includes("json");
  return {
    status: response.status,
    headers: new globalThis.Headers([...response.headers]),
    body: isJson && text !== "" ? JSON.parse(text) : text,
  };
}

export const ask = (gateway: Target, phone: string): Promise<WireAnswer> =>
  send(gateway, "POST", "/auth/otp", { phone });

export const verify = (gateway: Target, challenge_id: string, code: string): Promise<WireAnswer> =>
  send(gateway, "POST", "/auth/otp/verify", { challenge_id, code });

export const refresh = (gateway: Target, refresh_token: string): Promise<WireAnswer> =>
  send(gateway, "POST", "/auth/token", { grant_type: "refresh_token", refresh_token });

export const withToken = (
  gateway: Target,
  method: string,
  path: string,
  token: string,
): Promise<WireAnswer> =>
  send(gateway, method, path, undefined, { authorization: `Bearer ${token}` });

export interface OpenChallenge {
  readonly id: string;
  readonly code: string;
}

/** Asks for a code and takes it from this gateway's outbox; one at a time for each gateway. */
export async function openChallenge(gateway: Target, phone: string): Promise<OpenChallenge> {
  const before = JSON.stringify(await newestMessage(gateway, phone));
  const asked = await ask(gateway, phone);
  if (asked.status !== 202) throw new Error(`no code: ${JSON.stringify(asked.body)}`);
  for (let tries = 0; tries < 300; tries++) {
    const message = await newestMessage(gateway, phone);
    if (JSON.stringify(message) !== before) {
      return { id: asked.body.challenge_id, code: message?.code ?? "" };
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("no message came");
}

interface Message {
  readonly to: string;
  readonly code: string;
}

/** @param phone ten digits */
async function newestMessage(gateway: Target, phone: string): Promise<Message | undefined> {
  const { body } = await send(gateway, "GET", "/dev/outbox");
  return (body.messages as Message[]).find(({ to }) => to === `+91${phone}`);
}

/** Logs in, to the token response. */
export async function logInAt(gateway: Target, phone: string): Promise<WireAnswer["body"]> {
  const { code, id } = await openChallenge(gateway, phone);
  const { body, status } = await verify(gateway, id, code);
  if (status !== 200) throw new Error(`no login: ${JSON.stringify(body)}`);
  return body;
}

/** The claims of an access token, unverified. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
}
