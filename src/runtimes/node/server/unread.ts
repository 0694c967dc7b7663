import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { toBase64url } from "../../../core/bytes.ts";
import type { Site } from "../../../http/route.ts";
import { type UnreadFailure, unreadAnswer } from "../../../http/unread-request.ts";
import type { Log } from "../../../ports/log.ts";
import type { Runtime } from "../../../ports/runtime.ts";
import type { Head } from "../../../ports/upstream.ts";
import type { Connections } from "./connections.ts";

/** The gateway's answers to requests that its app never sees. */
export interface Unread {
  /**
   * @param origin of the request, where it is known
   * @param cause for the log
   */
  answer(
    failure: UnreadFailure,
    origin: string | null,
    cause: string,
  ): Promise<Head & { readonly body: string }>;
}

/** With one log line for each, which says that the gateway ended it. */
export function unreadAnswers(
  site: Pick<Site, "allowedOrigins" | "publicUrl">,
  log: Log,
  { randomBytes }: Pick<Runtime, "randomBytes">,
): Unread {
  return {
    async answer(failure, origin, cause) {
      const requestId = toBase64url(randomBytes(12));
      const answer = await unreadAnswer(site, failure, { origin, requestId });
      log.write("info", "request-not-read", {
        request_id: requestId,
        status: answer.status,
        code: failure.reason,
        ended_by: "gateway",
        cause,
      });
      return answer;
    },
  };
}

const REASONS: Readonly<Record<string, UnreadFailure["reason"]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "request-timeout",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "payload-too-large",
  HPE_HEADER_OVERFLOW: "head-too-large",
};

interface ParserError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer;
}

/**
 * Answers a request that Node's parser refused or gave up. Behind open answers to earlier requests
 * a refusal would be taken for theirs: then the connection only ends.
 */
export async function refuseUnread(
  error: ParserError,
  socket: Duplex,
  connections: Connections,
  unread: Unread,
): Promise<void> {
  const { code = "", rawPacket } = error;
  // The client went away, or never sent a byte: browsers open connections for later use.
  if (code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const connection = connections.of(socket as IncomingMessage["socket"]);
  const latest = connection?.latest;
  if (latest?.incoming.complete) return connection?.end();
  const isAlone = connection === undefined || connection.underWay <= 1;
  if (!isAlone || latest?.outgoing.headersSent) return void socket.destroy();
  const reason = REASONS[code] ?? "request-malformed";
  const origin = latest?.incoming.headers.origin ?? originIn(rawPacket);
  const head = await unread.answer({ reason }, origin, code);
  if (socket.writable) socket.end(asBytes(head), "latin1");
  socket.once("finish", () => socket.destroy());
}

/** Answers a request in its turn, as the app would. */
export async function refuse(
  failure: UnreadFailure,
  { incoming, outgoing }: { incoming: IncomingMessage; outgoing: ServerResponse },
  cause: string,
  unread: Unread,
): Promise<void> {
  const origin = incoming.headers.origin ?? null;
  const { body, headers, status } = await unread.answer(failure, origin, cause);
  if (outgoing.headersSent || outgoing.destroyed) return;
  outgoing.shouldKeepAlive = false;
  const length = ["content-length", `${Buffer.byteLength(body)}`];
  outgoing.writeHead(status, [...headers.flat(), ...length]);
  outgoing.end(body);
}

/** From a head that was never read whole: it only chooses among the allowed origins. */
function originIn(rawPacket: Buffer | undefined): string | null {
  const text = rawPacket?.subarray(0, 64 * 1024).toString("latin1") ?? "";
  return /\r\norigin:[\t ]*([!-~]+)[\t ]*\r\n/i.exec(text)?.[1] ?? null;
}

function asBytes({ body, headers, status }: Head & { readonly body: string }): string {
  const bytes = Buffer.from(body).toString("latin1");
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  const first = `HTTP/1.1 ${status} ${STATUS_CODES[status]}`;
  const framing = [`content-length: ${bytes.length}`, "connection: close"];
  return [first, ...lines, ...framing, "", bytes].join("\r\n");
}
