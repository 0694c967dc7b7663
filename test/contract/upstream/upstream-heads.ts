import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { expect } from "vitest";
import type { HeaderList } from "../../../src/ports/upstream.ts";
import { rawAnswer } from "../../support/proxy/raw-upstream.ts";
import type { Promised } from "../state/promise.ts";
import { type Answer, ask, type MakeUpstream, withRaw } from "./upstream-instance.ts";

const linesOf = (head: string): readonly string[] => head.split("\r\n");
const ok = rawAnswer("ok");

/** The answer's fields in their order, without those that Node's server writes. */
function fieldsOf({ raw }: Answer): readonly string[] {
  const own = ["date", "connection", "keep-alive"];
  const lines = raw.flatMap((text, i) => (i % 2 === 0 ? [`${text}: ${raw[i + 1]}`] : []));
  return lines.filter((line) => !own.includes(line.split(":")[0]?.toLowerCase() ?? ""));
}

export function declareHeads(promised: Promised, make: MakeUpstream): void {
  declareRequests(promised, make);
  declareAnswers(promised, make);
}

function declareRequests(promised: Promised, make: MakeUpstream): void {
  const given: HeaderList = [
    ["authorization", "Bearer x.y.z"],
    ["x-odd", "\u00e9 \u00ff"],
    ["user-agent", "doorstep"],
    ["accept", "text/plain"],
    ["accept-language", "hi"],
  ];

  promised("sends the method, the target byte for byte, and the headers given", async () => {
    const { door, upstream } = await withRaw(make, ({ socket }) => socket.write(ok), {
      request: () => ({ headers: given }),
    });
    const targets = [
      "/",
      "/api/orders/?a=1&a=2&b=%20%2F%2e&c=+",
      "/api/%E0%A4%86/x;y=1/@:~!$&()*,=?q=/?:@",
      "//double//",
    ];
    for (const [i, target] of targets.entries()) {
      for (const method of ["GET", "DELETE"]) await ask(door, method, target);
      const [get, del] = upstream.requests().slice(2 * i);
      expect(linesOf(get?.head ?? "")[0]).toBe(`GET ${target} HTTP/1.1`);
      expect(linesOf(del?.head ?? "")[0]).toBe(`DELETE ${target} HTTP/1.1`);
      for (const [name, value] of given) {
        expect(linesOf(get?.head.toLowerCase() ?? "")).toContain(`${name}: ${value}`.toLowerCase());
      }
    }
  });

  promised("adds no header but host, connection and framing", async () => {
    const { door, upstream } = await withRaw(make, ({ socket }) => socket.write(ok), {
      request: () => ({ headers: [["x-only", "1"]] }),
    });
    await ask(door, "GET", "/");
    await ask(door, "POST", "/", ["Content-Type", "text/plain"], "body");
    const lines = upstream.requests().map(({ head }) => linesOf(head).slice(1));
    const host = `host: 127.0.0.1:${upstream.port}`;
    expect(lines[0]).toEqual([host, "connection: keep-alive", "x-only: 1"]);
    expect(lines[1]).toEqual([host, "connection: keep-alive", "x-only: 1", "content-length: 4"]);
  });

  promised("sends a name that is given twice as two lines, in order", async () => {
    const { door, upstream } = await withRaw(make, ({ socket }) => socket.write(ok), {
      request: () => ({
        headers: [
          ["x-two", "b"],
          ["x-one", "1"],
          ["x-two", "a"],
        ],
      }),
    });
    await ask(door);
    const lines = linesOf(upstream.requests()[0]?.head ?? "");
    expect(lines.filter((line) => line.startsWith("x-"))).toEqual([
      "x-two: b",
      "x-one: 1",
      "x-two: a",
    ]);
  });
}

function declareAnswers(promised: Promised, make: MakeUpstream): void {
  promised("passes every status and its headers on, and follows no redirect", async () => {
    const { door, upstream } = await withRaw(make, ({ head, socket }) => {
      const status = / \/(\d+)/.exec(head)?.[1];
      socket.write(rawAnswer("body", ["Location: http://127.0.0.1:1/elsewhere"], `${status} Word`));
    });
    const statuses = [200, 201, 301, 302, 303, 307, 308, 400, 401, 403, 404, 422, 500, 503, 599];
    for (const status of statuses) {
      const answer = await ask(door, "GET", `/${status}`);
      expect(answer.status).toBe(status);
      expect(answer.headers.location).toBe("http://127.0.0.1:1/elsewhere");
      expect(answer.body.toString()).toBe("body");
    }
    expect(upstream.requests()).toHaveLength(statuses.length);
  });

  promised("shows the plan what came, and writes the head that the plan gives", async () => {
    const seen: unknown[] = [];
    const { door } = await withRaw(
      make,
      ({ socket }) => socket.write(rawAnswer("body", ["X-Upstream: 1", "X-Two: a", "X-Two: b"])),
      {
        plan: (head) => {
          seen.push(Object.fromEntries(head.headers)["x-upstream"], head.status);
          return { kind: "stream", head: { status: 203, headers: [["x-own", "1"]] } };
        },
      },
    );
    const answer = await ask(door);
    expect(seen).toEqual(["1", 200]);
    expect([answer.status, answer.body.toString()]).toEqual([203, "body"]);
    expect(answer.headers).toMatchObject({ "x-own": "1" });
    expect(answer.headers["x-upstream"]).toBeUndefined();
  });

  promised(
    "writes the answer's fields in order, repeated ones as lines, byte for byte",
    async () => {
      const fields = [
        "x-z: 1",
        "set-cookie: a=1",
        "x-a: \u00e9\u00ff",
        "set-cookie: b=2",
        "x-z: 2",
      ];
      const { door } = await withRaw(make, ({ socket }) =>
        socket.write(rawAnswer("body", fields), "latin1"),
      );
      expect(fieldsOf(await ask(door))).toEqual(["content-length: 4", ...fields]);
    },
  );

  promised("keeps several cookies apart", async () => {
    const fields = ["set-cookie: a=1, b", "set-cookie: b=2"];
    const { door } = await withRaw(make, ({ socket }) =>
      socket.write(rawAnswer("body", fields), "latin1"),
    );
    const { headers } = await ask(door);
    expect(headers).toMatchObject({ "set-cookie": ["a=1, b", "b=2"] });
  });

  promised("keeps the bytes of a value, also where the body is long in coming", async () => {
    const { door, upstream } = await withRaw(make, ({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\nX-A: \u00e9\u00ff\r\nContent-Length: 4\r\n\r\n", "latin1");
    });
    const sent = request({ port: door.port, host: "127.0.0.1", agent: false }).end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    expect(answer.headers["x-a"]).toBe("\u00e9\u00ff");
    (await upstream.request(1)).socket.write("body");
    answer.resume();
    await once(answer, "end");
  });

  promised("keeps the upstream's connection fields from the client's connection", async () => {
    const { door } = await withRaw(make, ({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\nConnection: close, x-a\r\nKeep-Alive: timeout=99\r\n");
      socket.end("Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n");
    });
    const answer = await ask(door, "GET", "/", ["Connection", "keep-alive"]);
    expect(answer.headers.connection).toBe("keep-alive");
    expect(answer.headers["keep-alive"]).not.toBe("timeout=99");
    expect(answer.body.toString()).toBe("body");
  });

  promised("passes neither interim answers nor trailers on", async () => {
    const { door } = await withRaw(make, ({ socket }) => {
      socket.write("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 102 P\r\n\r\n");
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n");
      socket.write("4\r\nbody\r\n0\r\nX-Trailer: 1\r\n\r\n");
    });
    const answer = await ask(door);
    expect([answer.status, answer.body.toString()]).toEqual([200, "body"]);
    expect(answer.raw.join().toLowerCase()).not.toMatch(/link|x-trailer/);
  });
}
