import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HeaderList } from "../../../../src/ports/upstream.ts";
import { judgeAnswer } from "../../../../src/proxy/judge/judge-answer.ts";
import {
  answer,
  JSON_HEAD,
  problem,
  UNJUDGEABLE,
  USERS,
  utf8,
} from "../../../support/proxy/judge-given.ts";

describe("redaction", () => {
  it("redaction takes the names out at any depth, under any spelling, and leaves the rest", async () => {
    const body =
      '[{"id":"u-1","password_hash":"$2b$12$x","profile":{"password":{"a":1},"tags":[{"passw\\u006frd":null,"b":[]}]}}]';
    expect(await answer(USERS, body)).toMatchObject({
      status: 200,
      body: '[{"id":"u-1","profile":{"tags":[{"b":[]}]}}]',
    });
    expect(await answer(USERS, '{"password":1,"password":2,"passwords":3}')).toMatchObject({
      body: '{"passwords":3}',
    });
  });
  it("redaction leaves no hash in any answer that it passes", async () => {
    const value = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom("secret-hash", 1, null, true),
        fc.array(tie("json"), { maxLength: 3 }),
        fc.dictionary(
          fc.constantFrom("password", "password_hash", "a", "toString", "user"),
          tie("json"),
          { maxKeys: 4, noNullPrototype: true },
        ),
      ),
    })).json;
    const without = (json: unknown): unknown => {
      if (Array.isArray(json)) return json.map(without);
      if (typeof json !== "object" || json === null) return json;
      const kept = Object.entries(json).filter(([key]) => !key.startsWith("password"));
      return Object.fromEntries(kept.map(([key, member]) => [key, without(member)]));
    };
    await fc.assert(
      fc.asyncProperty(value, async (json) => {
        const judged = await answer(USERS, JSON.stringify(json));
        expect("body" in judged && judged.body).toBe(JSON.stringify(without(json)));
      }),
      { numRuns: 500 },
    );
  });
  it("redaction drops what described the old bytes, and nothing else of the head", async () => {
    const kept: HeaderList = [
      ...JSON_HEAD,
      ["x-total", "1"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ];
    const old: HeaderList = [
      ...([
        ["content-length", "20"],
        ["etag", '"x"'],
        ["content-md5", "x"],
        ["digest", "x"],
      ] as const),
      ...([
        ["content-digest", "x"],
        ["repr-digest", "x"],
      ] as const),
    ];
    expect(await answer(USERS, '{"password":1}', 200, [...kept, ...old])).toMatchObject({
      headers: kept,
    });
  });
  it("redaction does not judge what holds another member twice, or one that hides in JavaScript", async () => {
    for (const body of [
      '{"a":{"password_hash":"x"},"a":1}',
      '{"a":1,"\\u0061":2}',
      '[{"b":{"a":1,"b":2,"a":3}}]',
      '{"__proto__":{"password":1}}',
      '{"a":{"__pr\\u006fto__":1}}',
    ]) {
      expect(await answer(USERS, body)).toEqual(UNJUDGEABLE);
    }
  });
  it("redaction leaves every number, text and blank as the backend wrote it", async () => {
    const body =
      '{ "id":9007199254740993 , "2":1.0,"1":-0.0,"big":12345678901234567890,"e":1E+2,"t":"\\u0061\\/","password_hash":"x" }\n';
    expect(await answer(USERS, body)).toMatchObject({
      body: body.replace(',"password_hash":"x"', ""),
    });
    const untouched = body.replace("password_hash", "passwords");
    const head: HeaderList = [...JSON_HEAD, ["etag", '"x"'], ["content-length", "142"]];
    expect(await answer(USERS, untouched, 200, head)).toMatchObject({
      body: untouched,
      headers: head,
    });
  });
  it("redaction lets others have their turn while it reads a long answer", async () => {
    const list = Array.from({ length: 40_000 }, (_, n) => ({ id: `u-${n}`, password: "x", n }));
    const body = utf8(JSON.stringify(list));
    let turns = 0;
    const others = setInterval(() => turns++, 0);
    const judged = await judgeAnswer(USERS, { status: 200, headers: JSON_HEAD }, body, {
      login: null,
      problem,
    });
    clearInterval(others);
    expect(judged.ok && judged.value.body?.length).toBe(
      body.length - 40_000 * ',"password":"x"'.length,
    );
    expect(turns).toBeGreaterThan(2);
  });
  it("redaction judges errors as well, and passes what has no body", async () => {
    expect(await answer(USERS, '{"detail":[{"input":{"password":"x"}}]}', 422)).toMatchObject({
      status: 422,
      body: '{"detail":[{"input":{}}]}',
    });
    for (const status of [200, 204, 304, 307, 500]) {
      expect(await answer(USERS, "", status, [["location", "/x"]])).toEqual({
        status,
        headers: [["location", "/x"]],
        body: null,
      });
    }
  });
  it.each([400, 404, 500, 503])(
    "redaction keeps the status %d of an error that it cannot judge, under a body of our own",
    async (status) => {
      const head: HeaderList = [
        ...([
          ["content-type", "text/plain"],
          ["content-length", "30"],
          ["etag", '"x"'],
        ] as const),
        ...([
          ["retry-after", "7"],
          ["content-encoding", "gzip"],
        ] as const),
      ];
      const judged = await answer(USERS, "password_hash: $2b$12$x", status, head);
      expect(judged).toMatchObject({
        status,
        headers: [
          ["retry-after", "7"],
          ["content-type", "application/problem+json"],
        ],
      });
      expect(JSON.stringify(judged)).not.toContain("$2b$");
      expect("body" in judged && judged.body).toBe(problem(status));
    },
  );
  it.each<[string, HeaderList]>([
    ["no type", []],
    ["another type", [["content-type", "text/html"]]],
    ["two types", [...JSON_HEAD, ["content-type", "text/html"]]],
    ["another charset", [["content-type", "application/json; charset=utf-16"]]],
    ["a coding", [...JSON_HEAD, ["content-encoding", "gzip"]]],
    ["two codings", [...JSON_HEAD, ["content-encoding", "identity, br"]]],
    ["a range", [...JSON_HEAD, ["content-range", "bytes 0-9/100"]]],
  ])("redaction does not judge an answer with %s", async (_, headers) => {
    expect(await answer(USERS, '{"a":1}', 200, headers)).toEqual(UNJUDGEABLE);
  });
  it.each<[string, string | Uint8Array<ArrayBuffer>, number?]>([
    ["broken off", '{"password_hash":"x'],
    ["a part of one", '"$2b$12$x"', 206],
    ["several documents", '{"a":1}\n{"password":1}'],
    ["no UTF-8", Uint8Array.from([0x22, 0xff, 0x22])],
    ["marked by a byte order mark", '\ufeff{"password":1}'],
    ["too deep to walk", "[".repeat(400_000) + "]".repeat(400_000)],
  ])("redaction does not judge JSON that is %s", async (_, body, status) => {
    expect(await answer(USERS, body, status)).toEqual(UNJUDGEABLE);
  });
  it("redaction reads JSON under its other names", async () => {
    for (const type of [
      "application/problem+json",
      "application/json; charset=utf-8",
      "Application/JSON",
    ]) {
      expect(await answer(USERS, '{"password":1}', 200, [["content-type", type]])).toMatchObject({
        body: "{}",
      });
    }
  });
});
