import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OwnershipQuestion } from "../../../../src/core/linking/ownership.ts";
import { judgeRequest } from "../../../../src/proxy/judge/judge-request.ts";
import { claims, lookUps } from "../../../support/proxy/earlybird-policy.ts";
import {
  failure,
  judge,
  MALFORMED,
  notOwner,
  ruleOf,
  utf8,
} from "../../../support/proxy/judge-sent.ts";

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
