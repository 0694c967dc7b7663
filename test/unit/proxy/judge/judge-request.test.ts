import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OwnershipQuestion } from "../../../../src/core/linking/ownership.ts";
import { judgeRequest } from "../../../../src/proxy/judge/judge-request.ts";
import { readJudgedBody } from "../../../../src/proxy/judge/judged-body.ts";
import { compilePolicy } from "../../../../src/proxy/policy/compile-policy.ts";
import type { PolicyRule } from "../../../../src/proxy/policy/policy.ts";
import { bodyOf } from "../../../../src/proxy/wire/bounded-body.ts";
import { claims, lookUps } from "../../../support/proxy/earlybird-policy.ts";
import { freeRoom } from "../../../support/proxy/free-room.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

function ruleOf(match: string, more: Readonly<Record<string, unknown>>): PolicyRule {
  const policy = compilePolicy({ rules: [{ match, allow: ["customer"], ...more }] });
  const rule = policy.ok ? policy.value.rules[0] : undefined;
  if (rule === undefined) throw new Error(JSON.stringify(policy));
  return rule;
}

interface Sent {
  readonly id?: string;
  readonly query?: string;
  readonly body?: string | Uint8Array<ArrayBuffer> | null;
  readonly contentType?: string | null;
  readonly contentEncoding?: string | null;
}

async function judge(
  rule: PolicyRule,
  {
    body = null,
    contentEncoding = null,
    contentType = "application/json",
    id = "c-1",
    query = "",
  }: Sent,
  who = claims("c-1"),
  owns: (question: OwnershipQuestion) => boolean = () => true,
) {
  const bytes = typeof body === "string" ? utf8(body) : body;
  const parts = { params: { id }, query, contentType, contentEncoding, body: bytes };
  return judgeRequest(rule, parts, who, lookUps(owns));
}
const failure = (reason: string, more = {}) => ({ ok: false, failure: { reason, ...more } });
const MALFORMED = failure("request-malformed");
const notOwner = (field: string) => failure("not-owner", { field });

describe("a rule that looks at nothing", () => {
  it("forwards query and body byte for byte, whatever they are", async () => {
    const body = Uint8Array.from([0xff, 0, 0x7b]);
    const sent = { query: "?a=%zz;&a", body, contentType: "text/plain", contentEncoding: "gzip" };
    const judged = await judge(ruleOf("POST /a/:id", {}), sent);
    expect(judged).toEqual({
      ok: true,
      value: { query: "?a=%zz;&a", body, fields: { counted: new Map(), ends: null } },
    });
    expect(judged.ok && judged.value.body).toBe(body);
  });
});

describe("own", () => {
  const path = ruleOf("POST /a/:id", { own: { "path.id": "customer_v2_id" } });
  const query = ruleOf("GET /a", { own: { "query.c": "sub" } });
  const both = ruleOf("POST /a/:id", {
    own: {
      "body.s": { collection: "subscriptions_v2", owner: ["customer_id", "customerId"] },
      "path.id": "customer_v2_id",
    },
  });

  it("compares a field with the claim, letter by letter", async () => {
    expect((await judge(path, { id: "c-1" })).ok).toBe(true);
    for (const id of ["C-1", "c-1 ", "c-2", "c-10", "", "null"]) {
      const judged = await judge(path, { id });
      expect(judged).toEqual(id === "" ? MALFORMED : notOwner("path.id"));
    }
    expect((await judge(query, { query: "?c=u-1" })).ok).toBe(true);
    expect(await judge(query, { query: "?c=c-1" })).toEqual(notOwner("query.c"));
  });

  it("refuses whoever has no such claim", async () => {
    expect(await judge(path, { id: "null" }, claims(null))).toEqual(notOwner("path.id"));
    const rule = ruleOf("GET /a/:id", { own: { "path.id": "sub" } });
    expect(
      await judgeRequest(
        rule,
        { params: { id: "u-1" }, query: "", body: null, contentType: null, contentEncoding: null },
        null,
        lookUps(() => true),
      ),
    ).toEqual(notOwner("path.id"));
    expect(await judge(path, { id: "" }, claims(""))).toEqual(MALFORMED);
  });

  it("asks about a document only when everything else holds, and all must hold", async () => {
    const asked: OwnershipQuestion[] = [];
    const ask = (owned: boolean) => (question: OwnershipQuestion) => {
      asked.push(question);
      return owned;
    };
    const body = '{"s":"s-1"}';
    expect(await judge(both, { id: "c-2", body }, claims("c-1"), ask(true))).toEqual(
      notOwner("path.id"),
    );
    expect(asked).toEqual([]);
    expect(await judge(both, { body }, claims("c-1"), ask(false))).toEqual(notOwner("body.s"));
    expect((await judge(both, { body }, claims("c-1"), ask(true))).ok).toBe(true);
    const question = {
      collection: "subscriptions_v2",
      id: "s-1",
      ownerFields: ["customer_id", "customerId"],
      owner: "c-1",
    };
    expect(asked).toEqual([question, question]);
  });

  it("lets what the store throws through: it is no answer", async () => {
    const down = new Error("down");
    const parts = {
      params: { id: "c-1" },
      query: "",
      body: utf8('{"s":"s"}'),
      contentType: "application/json",
      contentEncoding: null,
    };
    const failing = { ...lookUps(() => true), isOwner: () => Promise.reject(down) };
    await expect(judgeRequest(both, parts, claims("c-1"), failing)).rejects.toBe(down);
  });

  it("never asks about a text that is not well-formed", async () => {
    const judged = await judge(both, { body: '{"s":"\\ud800"}' }, claims("c-1"), () => {
      throw new Error("asked");
    });
    expect(judged).toEqual(notOwner("body.s"));
  });

  it("is found among the object's own members alone", async () => {
    const rule = ruleOf("POST /a/:toString", {
      own: { "body.constructor": "sub", "path.toString": "sub" },
    });
    expect(await judge(rule, { body: "{}" })).toEqual(MALFORMED);
  });
});

describe("a judged query", () => {
  const own = ruleOf("GET /a", { own: { "query.c": "customer_v2_id" } });
  it.each([
    ...["?c=c-2&c=c-1", "?c=c-1&c=c-1", "?c=c-1&%63=c-2", "?c=c-1&c", "?c=c-1&c=", "?c", "?c=", ""],
    ...["?", "?c=c-1;c=c-2", "?c=c-1&d=%zz", "?c=%FF", "?%FF=1&c=c-1", "?c=c-1&a;b", "?d=c-1"],
  ])("%s is refused", async (query) => {
    expect(await judge(own, { query })).toEqual(MALFORMED);
  });
  it.each([
    ["?c=c-1", "?c=c-1"],
    ["?%63=%63-1", "?c=c-1"],
    ["?c=c%2D1&m=2026-10", "?c=c-1&m=2026-10"],
    ["?a+b=1+2&&c=c-1&d", "?a%20b=1%202&c=c-1&d="],
    ["?c=c-1&d=%2B%26%3D", "?c=c-1&d=%2B%26%3D"],
    ["?C=c-2&c=c-1&c%20=c-2", "?C=c-2&c=c-1&c%20=c-2"],
  ])("%s is forwarded as %s", async (query, forwarded) => {
    expect(await judge(own, { query })).toMatchObject({ ok: true, value: { query: forwarded } });
  });
  it("reads to Python as it was judged", () => {
    const name = fc.constantFrom("c", "d", "+", "%63", "%", "c%20", "a=b", "é");
    return fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, name), { maxLength: 4 }), async (pairs) => {
        const query = `?${pairs.map((pair) => pair.join("=")).join("&")}`;
        const judged = await judge(ruleOf("GET /a", { forbid: ["x"] }), { query });
        if (!judged.ok) return;
        const seen = [...new URLSearchParams(judged.value.query)];
        expect(seen).toEqual([...new URLSearchParams(query)]);
      }),
    );
  });
});

describe("set", () => {
  const rule = ruleOf("GET /a", { set: { "query.c": "customer_v2_id" } });
  it.each([
    ["", "?c=c-1"],
    ["?c=", "?c=c-1"],
    ["?c=c-2&m=1&%63=c-3&c", "?m=1&c=c-1"],
    ["?C=c-2", "?C=c-2&c=c-1"],
  ])("makes of %s the caller's own %s", async (query, forwarded) => {
    expect(await judge(rule, { query })).toMatchObject({ ok: true, value: { query: forwarded } });
  });
  it("writes the claim so that it stays one value", async () => {
    const judged = await judge(rule, {}, claims("c&c=2 +é"));
    expect(judged.ok && [...new URLSearchParams(judged.value.query)]).toEqual([["c", "c&c=2 +é"]]);
  });
  it("never forwards without a claim, and no query that cannot be read", async () => {
    expect(await judge(rule, {}, claims(null))).toEqual(notOwner("query.c"));
    expect(await judge(rule, { query: "?a;c=" })).toEqual(MALFORMED);
  });
  it("puts the claim into a body, in place of whatever is there", async () => {
    const inBody = ruleOf("POST /a", { set: { "body.c": "customer_v2_id" } });
    for (const body of ['{"c":{"x":[1]},"d":1}', '{"d":1}', '{"\\u0063":null,"d":1}']) {
      const judged = await judge(inBody, { body });
      expect(
        judged.ok && JSON.parse(new TextDecoder().decode(judged.value.body ?? undefined)),
      ).toEqual({ c: "c-1", d: 1 });
    }
    for (const body of ["[]", "null", '"c"', "7", null, ""]) {
      expect(await judge(inBody, { body })).toEqual(MALFORMED);
    }
  });
});

describe("forbid", () => {
  const rule = ruleOf("PATCH /a/:id", { forbid: ["id", "_id", "user_id"] });
  it.each([
    ...['{"id":"x"}', '{"a":{"_id":1}}', '[{"b":[{"user_id":null}]}]', '{"user_id.x":1}'],
    ...['{"a.user_id":1}', '{"\\u0069d":1}', '{"a":{"id.":1}}', '{".id":1}'],
  ])("denies the body %s", async (body) => {
    expect(await judge(rule, { body })).toEqual(failure("route-denied"));
  });
  it.each(["?id=1", "?%69d=", "?a=1&user_id", "?user_id.x=1"])(
    "denies the query %s",
    async (query) => {
      expect(await judge(rule, { query })).toEqual(failure("route-denied"));
    },
  );
  it("forwards anything else byte for byte, and a call without a body", async () => {
    for (const body of [
      '{"name" : "id", "Id":1,"ids":1.0,"note":"user_id","big":12345678901234567890}',
      "[]",
      "null",
    ]) {
      const judged = await judge(rule, { body });
      expect(judged.ok && new TextDecoder().decode(judged.value.body ?? undefined)).toBe(body);
    }
    for (const body of [null, ""]) {
      expect((await judge(rule, { body, contentType: null })).ok).toBe(true);
    }
  });
});

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
