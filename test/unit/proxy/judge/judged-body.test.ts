import { describe, expect, it } from "vitest";
import { readJudgedBody } from "../../../../src/proxy/judge/judged-body.ts";
import { bodyOf } from "../../../../src/proxy/wire/bounded-body.ts";
import { freeRoom } from "../../../support/proxy/free-room.ts";
import { failure, judge, MALFORMED, ruleOf, utf8 } from "../../../support/proxy/judge-sent.ts";

describe("a judged body", () => {
  const rule = ruleOf("POST /a", { own: { "body.c": "customer_v2_id" } });
  const good = '{"c":"c-1"}';

  it.each([
    ...["application/json", "Application/JSON", "application/json; charset=utf-8"],
    ...['application/json;charset="UTF-8"', "application/json ; charset=utf-8 "],
  ])("is JSON under %s", async (contentType) => {
    const judged = await judge(rule, { body: good, contentType });
    expect(judged.ok && new TextDecoder().decode(judged.value.body ?? undefined)).toBe(good);
  });
  it.each([
    ...[null, "", "text/plain", "application/x-www-form-urlencoded", "application/vnd.api+json"],
    ...[
      "application/json; charset=utf-16",
      "application/json; charset=latin1",
      "application/json,",
    ],
    ...["application/json, text/plain", "application/json; charset=utf-8; charset=utf-16"],
    ...["application/json;", "multipart/form-data; boundary=x", "application/jsonp", "text/json"],
  ])("is not taken under %s", async (contentType) => {
    expect(await judge(rule, { body: good, contentType })).toEqual(
      failure("unsupported-media-type"),
    );
  });
  it("has no content coding", async () => {
    for (const contentEncoding of ["gzip", "identity", "", "br, gzip"]) {
      expect(await judge(rule, { body: good, contentEncoding })).toEqual(
        failure("unsupported-media-type"),
      );
    }
  });
  it("is not copied where it came in one chunk, and keeps no larger memory alive", async () => {
    const slab = utf8(`${good}${good}`);
    const read = (...chunks: readonly Uint8Array[]) => {
      const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      const sent = {
        length,
        read: async (take: (chunk: Uint8Array) => boolean) => {
          for (const chunk of chunks) take(chunk);
        },
      };
      return readJudgedBody(rule, sent, freeRoom());
    };
    const whole = utf8(good);
    const kept = await read(whole);
    expect(kept.ok && kept.value).toBe(whole);
    for (const chunks of [[slab.subarray(0, 11)], [slab.subarray(0, 5), slab.subarray(5, 11)]]) {
      const copied = await read(...chunks);
      expect(copied).toEqual({ ok: true, value: whole });
      expect(copied.ok && copied.value.buffer.byteLength).toBe(whole.length);
    }
  });
  it("is 1 MiB at most, or what `max_body` says", async () => {
    const MAX_BYTES = 1024 * 1024;
    const sized = (bytes: number) => `{"c":"c-1","d":"${"x".repeat(bytes - 18)}"}`;
    expect((await judge(rule, { body: sized(MAX_BYTES) })).ok).toBe(true);
    expect(await judge(rule, { body: sized(MAX_BYTES + 1) })).toEqual(failure("payload-too-large"));
    const send = (bytes: number) =>
      readJudgedBody(
        rule,
        bodyOf(new Request("http://door.example/", { method: "POST", body: sized(bytes) })),
        freeRoom(),
      );
    expect(await send(MAX_BYTES)).toEqual({
      ok: true,
      value: utf8(sized(MAX_BYTES)),
    });
    expect(await send(MAX_BYTES + 1)).toEqual(failure("payload-too-large"));
    expect(
      await readJudgedBody(rule, bodyOf(new Request("http://door.example/")), freeRoom()),
    ).toEqual({
      ok: true,
      value: new Uint8Array(),
    });
  });
});

describe("the fields that follow a verdict", () => {
  const limited = ruleOf("POST /a", { limit: { address: "9/1m", "body.email": "3/1m" } });
  const key = async (email: unknown) => {
    const judged = await judge(limited, { body: JSON.stringify({ email }) });
    return judged.ok ? [...judged.value.fields.counted.values()] : judged.failure.reason;
  };

  it("count the spellings of one e-mail as one", async () => {
    for (const email of ["Admin@EarlyBird.com", " admin@earlybird.com", "admin@earlybird.com\t"]) {
      expect(await key(email)).toEqual(["admin@earlybird.com"]);
    }
  });
  it("count nothing that the backend could take for another", async () => {
    for (const email of [
      ...[
        "A <admin@earlybird.com>",
        "admin@ｅarlybird.com",
        "admin@early\u00adbird.com",
        '"admin"@x.in',
      ],
      ...["admin(1)@x.in", "ad min@x.in", "", " ", null, 7, ["admin@x.in"], { a: 1 }],
    ]) {
      expect(await key(email)).toBe("request-malformed");
    }
    expect(await judge(limited, { body: null })).toEqual(MALFORMED);
  });
  it("name the customer whose sessions end, as it was sent", async () => {
    const rule = ruleOf("PUT /a/:id", { ends: "path.id", limit: { "path.id": "1/1m" } });
    const judged = await judge(rule, { id: "C-7" });
    expect(judged).toMatchObject({ ok: true, value: { fields: { ends: "C-7" } } });
    expect(judged.ok && [...judged.value.fields.counted]).toEqual([
      ["policy/PUT /a/:id customer path.id", "c-7"],
    ]);
  });
});
