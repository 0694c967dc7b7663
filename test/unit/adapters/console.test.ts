import { describe, expect, it } from "vitest";
import { logAudit } from "../../../src/adapters/console/audit.ts";
import { jsonLog } from "../../../src/adapters/console/log.ts";
import { consoleSender } from "../../../src/adapters/console/sender.ts";
import type { CustomerId, Phone, PhoneKey, SessionId, UserId } from "../../../src/core/ids.ts";
import type { CodeMessage } from "../../../src/core/otp/message.ts";
import type { LogLevel } from "../../../src/ports/log.ts";

const NOW = Date.parse("2026-11-22T08:00:00.123Z");
const UUID = "1a2b3c4d-0000-4000-8000-000000000042";
const MESSAGE: CodeMessage = {
  to: "+919876543210" as Phone,
  channel: "sms",
  locale: "en",
  code: "012345",
  reference: "dsv_k.AAAA",
  text: "012345 is your code",
};

function logger(level: LogLevel | "silent" = "debug") {
  const lines: string[] = [];
  const options = { now: () => NOW, write: (line: string) => void lines.push(line) };
  const parsed = () => lines.map((line) => JSON.parse(line));
  return { log: jsonLog({ ...options, level }), audit: logAudit(options), lines, parsed };
}

describe("a log line", () => {
  it("a log line is one line of JSON with time, level and event first", () => {
    const { lines, log } = logger();
    log.write("info", "request", {
      status: 200,
      route: "/auth/otp",
      ok: true,
      none: null,
      not: undefined,
    });
    expect(lines).toEqual([
      '{"time":"2026-11-22T08:00:00.123Z","level":"info","event":"request","status":200,"route":"/auth/otp","ok":true,"none":null}',
    ]);
  });
  it("a log line stays one line, whatever a field holds", () => {
    const { lines, log, parsed } = logger();
    const odd = 'a"\\\n{"level":"error"}\r\u2028\u0000\u001b[31m';
    log.write("warn", "odd", { detail: odd });
    expect(lines[0]).not.toMatch(/\p{Cc}/u);
    expect(parsed()[0]).toMatchObject({ level: "warn", detail: odd });
  });
  it("a log line is written from its level on, and never where the log is silent", () => {
    const levels = ["debug", "info", "warn", "error"] as const;
    const written = (least: LogLevel | "silent") => {
      const { log, parsed } = logger(least);
      for (const level of levels) log.write(level, level);
      return parsed().map(({ event }) => event);
    };
    expect(levels.map((level) => written(level))).toEqual(
      levels.map((_, from) => levels.slice(from)),
    );
    expect(written("silent")).toEqual([]);
  });
  it("a log line loses phones, codes, tokens and e-mails, in every field but those that we ourselves make", () => {
    const { lines, log, parsed } = logger();
    const secrets = {
      a: "+91 98765 43210",
      b: "code 012345",
      c: "dsr_k1.AAAAAAAAAAAAAAAAAAAA",
      d: "x@y.example",
    };
    log.write("error", "leak", { ...secrets, customer_id: "9876543210", user_id: UUID });
    expect(lines[0]).not.toMatch(/98765|012345|dsr_|@/);
    expect(parsed()[0]).toMatchObject({ customer_id: "[redacted]", user_id: UUID });
    const ours = {
      request_id: "AAAA012345678",
      phone_key: "123456789012345678901w",
      session_id: "0123456789012345678901",
    };
    log.write("info", "ours", ours);
    expect(parsed()[1]).toMatchObject(ours);
  });
});

describe("an audit event", () => {
  it("an audit event is a line that names who and what, and leaves out what it does not know", () => {
    const { audit, parsed } = logger();
    audit.record({
      name: "link.written",
      phoneKey: "key" as PhoneKey,
      userId: UUID as UserId,
      customerId: "c-1" as CustomerId,
      sessionId: "sid" as SessionId,
      detail: "sms",
    });
    audit.record({ name: "otp.sent" });
    const time = "2026-11-22T08:00:00.123Z";
    expect(parsed()).toEqual([
      {
        time,
        level: "info",
        event: "audit",
        name: "link.written",
        phone_key: "key",
        user_id: UUID,
        customer_id: "c-1",
        session_id: "sid",
        detail: "sms",
      },
      { time, level: "info", event: "audit", name: "otp.sent" },
    ]);
  });
  it("an audit event is written also where the operator's log is silent: it has no level", () => {
    const { audit, lines } = logger("silent");
    audit.record({ name: "session.reused" });
    expect(lines.length).toBe(1);
  });
  it("an audit event loses a phone that hides in an id of the legacy data", () => {
    const { audit, lines } = logger();
    audit.record({
      name: "link.conflict",
      userId: "9876543210" as UserId,
      detail: "several-users: 9876543210, x@y.in",
    });
    expect(lines[0]).not.toMatch(/98765|@/);
  });
});

describe("the console sender", () => {
  const sender = () =>
    consoleSender({
      now: () => NOW,
      randomBytes: (length) => new Uint8Array(length).fill(7),
    });

  it("the console sender keeps what it was given, newest first, with the time", async () => {
    const outbox = sender();
    expect(await outbox.send(MESSAGE)).toEqual({ ok: true, value: { messageId: "BwcHBwcHBwcH" } });
    await outbox.send({ ...MESSAGE, code: "543210" });
    expect(outbox.latest().map(({ code, sentAt }) => [code, sentAt])).toEqual([
      ["543210", NOW],
      ["012345", NOW],
    ]);
    expect(outbox.latest()[1]).toEqual({ ...MESSAGE, sentAt: NOW });
  });
  it("the console sender keeps a hundred and forgets the oldest", async () => {
    const outbox = sender();
    for (let n = 0; n < 103; n++) await outbox.send({ ...MESSAGE, code: String(n) });
    expect(outbox.latest().length).toBe(100);
    expect(outbox.latest().at(-1)?.code).toBe("3");
  });
  it("the console sender gives out a list that later messages do not change", async () => {
    const outbox = sender();
    const before = outbox.latest();
    await outbox.send(MESSAGE);
    expect(before).toEqual([]);
  });
  it("the console sender serves every channel, has nobody to ask how it is, and is no secret store for another", async () => {
    const [one, other] = [sender(), sender()];
    expect(one.channels).toEqual(["sms", "whatsapp", "call"]);
    expect(one.probe).toBeNull();
    await one.send(MESSAGE);
    await one.reportShown(MESSAGE.to);
    expect(other.latest()).toEqual([]);
  });
});
