import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { sessionsCommand } from "../../../src/cli/commands/sessions.ts";
import { unlockCommand } from "../../../src/cli/commands/unlock.ts";
import { whoCommand } from "../../../src/cli/commands/who.ts";
import { ADMIN_TOKEN } from "./admin-token.ts";

const COMMANDS = { who: whoCommand, unlock: unlockCommand, sessions: sessionsCommand };
export const PHONE = "9876500001";

export type Env = Readonly<Record<string, string>>;

/** One command line to its end. */
export async function run(line: readonly string[], env: Env = { ADMIN_TOKEN }, answer?: string) {
  const written = { out: "", err: "" };
  const to = (stream: "out" | "err") => (text: string) => {
    written[stream] += text;
  };
  const [command = "", ...args] = line;
  const ask = async (question: string) => {
    to("err")(question);
    return answer ?? "";
  };
  const io = { out: to("out"), err: to("err"), ...(answer === undefined ? {} : { ask }) };
  const code = await COMMANDS[command as keyof typeof COMMANDS](args, io, env);
  return { code, ...written };
}

export interface Asked {
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** Something that listens where a gateway should; gone when the test is over. */
export async function listener(answer: RequestListener) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const { authorization } = request.headers;
    asked.push({ url: request.url, authorization, body: JSON.parse(String(Buffer.concat(parts))) });
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close().closeAllConnections());
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A listener's answer to every request. */
export const answering =
  (status: number, body: unknown, headers: Env = {}): RequestListener =>
  (_, response) =>
    void response
      .writeHead(status, headers)
      .end(typeof body === "string" ? body : JSON.stringify(body));

export const NOBODY = { anybody: false, users: [], complete: true };
export const LANE = {
  customer_id: null,
  failures: 15,
  wrong_codes: 20,
  locked_until: "2026-11-27T00:00:00.000Z",
  sends: 3,
  send_allowed_at: null,
};
