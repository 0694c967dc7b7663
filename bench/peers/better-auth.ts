/**
 * better-auth's phone plugin on its own SQLite adapter, with the journal of Doorstep's embedded
 * store. Sending is a function call. Argument: the database's file.
 */
import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { phoneNumber } from "better-auth/plugins";
import { announce } from "./listen.ts";

/** As many as Doorstep's outbox keeps. */
const KEPT = 100;
const database = new DatabaseSync(`${process.argv[2]}`);
database.exec("PRAGMA journal_mode = WAL");
database.exec("PRAGMA synchronous = FULL");

interface Message {
  readonly to: string;
  readonly code: string;
  /** As Doorstep's outbox has it. */
  readonly sent_at: string;
}

let messages: readonly Message[] = [];

const auth = betterAuth({
  database,
  baseURL: "http://127.0.0.1",
  secret: "a-secret-of-the-benchmark-that-opens-nothing",
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: "error" },
  plugins: [
    phoneNumber({
      sendOTP: ({ code, phoneNumber: to }) => {
        messages = [{ to, code, sent_at: new Date().toISOString() }, ...messages].slice(0, KEPT);
      },
      signUpOnVerification: { getTempEmail: (phone) => `${phone.slice(1)}@customer.example.com` },
    }),
  ],
});
await (await getMigrations(auth.options)).runMigrations();

const answer = toNodeHandler(auth);
await announce(
  createServer((incoming, outgoing) => {
    if (incoming.url !== "/dev/outbox") return void answer(incoming, outgoing);
    outgoing.writeHead(200, { "content-type": "application/json" });
    outgoing.end(JSON.stringify({ messages }));
  }),
);
