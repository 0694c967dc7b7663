import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { type BodyKind, readBody } from "../../../src/http/middleware/request-body.ts";
import { bodyOf } from "../../../src/proxy/wire/bounded-body.ts";

const SCHEMA = z.object({ phone: z.string(), channel: z.optional(z.enum(["sms", "call"])) });
const KIB = 1024;
type Sent = string | Uint8Array<ArrayBuffer> | ReadableStream | null;

function read(
  body: Sent,
  type: string | null = "application/json",
  kind: BodyKind = "json",
  headers = {},
) {
  const init = {
    method: "POST",
    body,
    headers: { ...(type === null ? {} : { "content-type": type }), ...headers },
    duplex: "half",
  };
  const request = new Request("https://door.example/", init as RequestInit);
  const header = (name: string) => request.headers.get(name) ?? undefined;
  return readBody({ body: bodyOf(request), header }, kind, SCHEMA);
}
const failure = (reason: string, more = {}) => ({ ok: false, failure: { reason, ...more } });
const value = (read: object) => ({ ok: true, value: read });
const MALFORMED = failure("request-malformed");
const invalid = (...errors: (readonly [string, string])[]) =>
  failure("validation-failed", {
    errors: errors.map(([pointer, detail]) => ({ pointer, detail })),
  });

/** A body that comes in such pieces, and counts how many were asked for. */
function pieces(list: readonly Uint8Array[]) {
  let asked = 0;
  let cancelled = false;
  const stream = new ReadableStream(
    {
      pull(controller) {
        const next = list[asked++];
        if (next === undefined) controller.close();
        else controller.enqueue(next);
      },
      cancel() {
        cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, asked: () => asked, cancelled: () => cancelled };
}

describe("a JSON body", () => {
  it("a JSON body is read as the schema describes it; what the schema does not know is dropped", async () => {
    const read1 = await read(
      '{"phone":"9876543210","channel":"sms","admin":true,"__proto__":{"x":1}}',
    );
    expect(read1).toEqual(value({ phone: "9876543210", channel: "sms" }));
    expect({}).not.toHaveProperty("x");
  });
  it("a JSON body is taken under its media type in any case and with parameters, and under no other", async () => {
    for (const type of [
      "application/json",
      "Application/JSON; charset=utf-8",
      "application/json;x",
    ])
      expect((await read('{"phone":"1"}', type)).ok).toBe(true);
    for (const type of [
      "text/plain",
      "application/jsonp",
      "application/problem+json",
      "text/json",
      "",
      ",application/json",
    ])
      expect(await read('{"phone":"1"}', type)).toEqual(failure("unsupported-media-type"));
    expect(await read(new TextEncoder().encode('{"phone":"1"}'), null)).toEqual(
      failure("unsupported-media-type"),
    );
  });
  it("a JSON body is malformed where it is no JSON or no UTF-8", async () => {
    for (const text of ["", "{", "{'phone':1}", '{"phone":"1"}x', "undefined", "NaN", "phone=1"])
      expect(await read(text)).toEqual(MALFORMED);
    expect(await read(Uint8Array.of(0x7b, 0xff, 0x7d))).toEqual(MALFORMED);
    expect(await read(Uint8Array.of(0x22, 0xc3))).toEqual(MALFORMED);
    for (const bad of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe0, 0xa4]]) {
      const bytes = [...Buffer.from('{"phone":"'), ...bad, ...Buffer.from('"}')];
      expect(await read(Uint8Array.from(bytes))).toEqual(MALFORMED);
    }
    expect(await read(null)).toEqual(MALFORMED);
    const utf16 = Buffer.from('\ufeff{"phone":"1"}', "utf16le");
    expect(await read(new Uint8Array(utf16))).toEqual(MALFORMED);
  });
  it("a JSON body is malformed where the connection breaks off", async () => {
    const broken = new ReadableStream({
      pull: (controller) => controller.error(new Error("gone")),
    });
    expect(await read(broken)).toEqual(MALFORMED);
  });
  it("a JSON body is read however its characters are cut into pieces", async () => {
    const bytes = new TextEncoder().encode('{"phone":"९८७ 😀"}');
    const single = [...bytes].map((byte) => Uint8Array.of(byte));
    expect(await read(pieces(single).stream)).toEqual(value({ phone: "९८७ 😀" }));
  });
});

describe("a body that does not fit", () => {
  it("a body that does not fit is refused by field, without its value", async () => {
    expect(await read("{}")).toEqual(invalid(["/phone", "must be of type string"]));
    expect(await read('{"phone":9876543210}')).toEqual(
      invalid(["/phone", "must be of type string"]),
    );
    expect(await read('{"phone":{"$ne":null}}')).toEqual(
      invalid(["/phone", "must be of type string"]),
    );
    expect(await read('{"phone":"1","channel":"secret-77"}')).toEqual(
      invalid(["/channel", "must be one of: sms, call"]),
    );
    expect(await read('{"channel":1}')).toEqual(
      invalid(["/phone", "must be of type string"], ["/channel", "must be one of: sms, call"]),
    );
    for (const text of ["null", "[]", '"9876543210"', "7", "true", '[{"phone":"1"}]'])
      expect(await read(text)).toEqual(invalid(["", "must be of type object"]));
  });
  it("a body that does not fit never sees what was sent repeated, whatever it was", async () => {
    const secret = "98765secret43210";
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 3 }), async (json) => {
        const text = JSON.stringify({ phone: [json, secret], channel: secret, [secret]: json });
        expect(JSON.stringify(await read(text))).not.toContain(secret);
      }),
    );
  });
});

describe("a form", () => {
  const form = (text: string, kind: BodyKind = "form-or-json") =>
    read(text, "application/x-www-form-urlencoded", kind);

  it("a form is read at the token endpoint alone, where JSON is too", async () => {
    expect(await form("phone=98+76%35&other=1")).toEqual(value({ phone: "98 765" }));
    expect(await form("phone=1", "json")).toEqual(failure("unsupported-media-type"));
    expect((await read('{"phone":"1"}', "application/json", "form-or-json")).ok).toBe(true);
  });
  it("a form is malformed with a name twice, in whatever spelling", async () => {
    for (const text of [
      "phone=1&phone=2",
      "phone=1&phone=1",
      "phone=1&ph%6fne=2",
      "x=1&phone=1&x=",
    ])
      expect(await form(text)).toEqual(MALFORMED);
  });
  it("a form leaves out what is empty", async () => {
    expect(await form("phone=1&channel=")).toEqual(value({ phone: "1" }));
    expect(await form("phone=")).toEqual(invalid(["/phone", "must be of type string"]));
    expect(await form("")).toEqual(invalid(["/phone", "must be of type string"]));
  });
  it("a form takes a trap of JavaScript for a name like any other", async () => {
    expect(await form("__proto__=x&constructor=y&phone=1")).toEqual(value({ phone: "1" }));
  });
});

describe("the size of a body", () => {
  const sized = (bytes: number) => `{"phone":"${"9".repeat(bytes - 12)}"}`;

  it("the size of a body may be 16 KiB and not a byte more, in bytes and not in characters", async () => {
    expect((await read(sized(16 * KIB))).ok).toBe(true);
    expect(await read(sized(16 * KIB + 1))).toEqual(failure("payload-too-large"));
    expect(await read(`{"phone":"${"९".repeat(6 * KIB)}"}`)).toEqual(failure("payload-too-large"));
  });
  it("the size of a body is refused by its declared length before any of it is read", async () => {
    const body = pieces([new TextEncoder().encode('{"phone":"1"}')]);
    const headers = { "content-length": String(1024 * KIB) };
    expect(await read(body.stream, "application/json", "json", headers)).toEqual(
      failure("payload-too-large"),
    );
    expect(body.asked()).toBe(0);
  });
  it("the size of a body is counted as it comes: a declared length that is missing, untrue or no number saves nothing", async () => {
    for (const length of [undefined, "1", "-1", "abc", "1e3", ""]) {
      const body = pieces(Array.from({ length: 1024 }, () => new Uint8Array(KIB).fill(0x39)));
      const headers = length === undefined ? {} : { "content-length": length };
      expect(await read(body.stream, "application/json", "json", headers)).toEqual(
        failure("payload-too-large"),
      );
      expect(body.asked()).toBe(17);
      expect(body.cancelled()).toBe(true);
    }
  });
});
